// ActorLookup: who was behind events, by their numbers.
//
// A few are looked up in their pages (actor_writer.h). When many of a chapter have been asked for, all of its rows are
// read at once.
#pragma once
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "store/duckdb/chapter/actor_writer.h"
#include "store/duckdb/chapter/shelf.h"

namespace spoor::store::duckdb {

class Connection;
class DuckStore;
struct ChapterEntry;

/// The statement that asks for the actors that a condition is true of, and what it yields.
std::string select_actors(const DuckStore& store, const std::string& where);
Result<void> each_actor(Connection& connection, const std::string& sql, const TakeActor& take);

/// Calls `take` with what the pages of these places say.
using TakeActorOfHost = std::function<void(std::uint64_t seq, HostId host, const Actor& actor)>;
Result<void> each_paged_actor(DuckStore& store, const std::set<std::uint64_t>& places, const TakeActorOfHost& take);

class ActorLookup {
public:
    /// Those of `known`, which must outlive this, are not looked up.
    ActorLookup(DuckStore& store, const ActorsOf& known) : store_(&store), known_(&known) {}

    /// Gives events their actors, by numbers over all hosts. `seqs` are the events' numbers.
    Result<void> stamp(std::span<const std::uint64_t> seqs, std::span<Event> events);

private:
    struct Chapter {
        std::size_t asked = 0;
        std::vector<Actor> actors = {};  // by place in the chapter, once most of them are wanted
    };
    Result<void> read_chapter(std::uint32_t number, Chapter& chapter);
    Result<void> read_some(std::span<const std::uint64_t> seqs, ActorsOf& found);

    DuckStore* store_;
    const ActorsOf* known_;
    std::unordered_map<std::uint32_t, Chapter> chapters_;
};

}  // namespace spoor::store::duckdb
