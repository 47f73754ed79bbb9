// ActorWriter: writes who was behind events, as rows and as pages.
//
// `actors` has a row for each event, for SQL to count and choose by. For a few scattered events DuckDB goes through a
// row group of 122,880 there for each of them, in every column. So the same stands in `actor_pages` as well, packed and
// found by an index: a page for those of a host's events whose numbers differ in their last ten bits only.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "store/duckdb/engine/engine.h"

namespace spoor::store::duckdb {

using TakeActor = std::function<void(std::uint64_t seq, const Actor& actor)>;

/// The page that the actor of an event is in.
constexpr std::uint64_t actor_place_of(std::uint64_t seq) { return seq >> 10; }
constexpr std::uint64_t first_of_actor_place(std::uint64_t place) { return place << 10; }

/// What a page of `actor_pages` says.
Result<void> read_actor_page(std::uint64_t place, std::string_view packed, const TakeActor& take);

/// Makes the pages only.
class ActorPageWriter {
public:
    static Result<ActorPageWriter> open(Connection& connection, std::uint32_t generation);

    /// A host's events come in order of their numbers; sessions and processes are places among those of the host.
    Result<void> add(std::uint64_t seq, std::uint32_t host, const Actor& actor);
    Result<void> flush();

private:
    struct OpenPage {
        std::uint64_t place = 0;
        std::vector<std::pair<std::uint64_t, Actor>> actors = {};  // by numbers of events
    };
    ActorPageWriter(Appender appender, std::uint32_t generation)
        : appender_(std::move(appender)), generation_(generation) {}
    Result<void> close(std::uint32_t host, OpenPage& page);

    Appender appender_;
    std::uint32_t generation_;
    std::map<std::uint32_t, OpenPage> open_;  // by host
};

class ActorWriter {
public:
    static Result<ActorWriter> open(Connection& connection, std::uint32_t generation);

    /// As above. Nobody is behind an event that was not added.
    Result<void> add(std::uint64_t seq, std::uint32_t host, const Actor& actor);
    Result<void> flush();

private:
    ActorWriter(Appender rows, ActorPageWriter pages, std::uint32_t generation)
        : rows_(std::move(rows)), pages_(std::move(pages)), generation_(generation) {}

    Appender rows_;
    ActorPageWriter pages_;
    std::uint32_t generation_;
};

}  // namespace spoor::store::duckdb
