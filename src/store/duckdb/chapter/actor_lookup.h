// ActorLookup: who was behind events, by their numbers.
//
// Actors stand in a table by host and number; a few are found by ranges of both. When many of a chapter have been asked
// for, all of them are read at once.
#pragma once
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace spoor::store::duckdb {

class DuckStore;
struct ChapterEntry;

class ActorLookup {
public:
    explicit ActorLookup(DuckStore& store) : store_(&store) {}

    /// Gives events their actors, by numbers over all hosts. `seqs` are the events' numbers.
    Result<void> stamp(std::span<const std::uint64_t> seqs, std::span<Event> events);

private:
    struct Chapter {
        std::size_t asked = 0;
        std::vector<Actor> actors = {};  // by place in the chapter, once most of them are wanted
    };
    Result<void> read_chapter(std::uint32_t number, Chapter& chapter);
    Result<void> read_some(std::span<const std::uint64_t> seqs, std::span<const Event> events,
                           std::unordered_map<std::uint64_t, Actor>& found);

    DuckStore* store_;
    std::unordered_map<std::uint32_t, Chapter> chapters_;
};

}  // namespace spoor::store::duckdb
