// Shelf: what was read from the store not long ago, for whoever asks for it again.
//
// Pages never change, so one that was unpacked is good for as long as its chapter is there, and chapters get new
// numbers. Who keeps a store open is asked the same again and again: to find a page in memory takes a hundredth of what
// a statement does.
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "store/duckdb/chapter/form.h"
#include "store/duckdb/chapter/words.h"

namespace spoor::store::duckdb {

/// Pages by number; those that were asked for longest ago make room.
template <typename Page>
class Shelf {
public:
    explicit Shelf(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    /// Null when it is not there.
    std::shared_ptr<const Page> find(std::uint64_t number) {
        const auto known = places_.find(number);
        if (known == places_.end()) return nullptr;
        pages_.splice(pages_.begin(), pages_, known->second);
        return known->second->page;
    }

    void put(std::uint64_t number, std::shared_ptr<const Page> page, std::size_t bytes) {
        if (bytes > most_bytes_ || places_.contains(number)) return;
        pages_.push_front({number, std::move(page), bytes});
        places_.emplace(number, pages_.begin());
        bytes_ += bytes;
        while (bytes_ > most_bytes_) {
            bytes_ -= pages_.back().bytes;
            places_.erase(pages_.back().number);
            pages_.pop_back();
        }
    }

    std::size_t bytes() const { return bytes_; }

private:
    struct Kept {
        std::uint64_t number = 0;
        std::shared_ptr<const Page> page;
        std::size_t bytes = 0;
    };
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::list<Kept> pages_;  // asked for last first
    std::unordered_map<std::uint64_t, typename std::list<Kept>::iterator> places_;
};

/// Who was behind events, by their numbers, as far as the present conclusions tell; sessions and processes by their
/// places among those of the event's host.
using ActorsOf = std::unordered_map<std::uint64_t, Actor>;

class Shelves {
public:
    explicit Shelves(std::size_t most_bytes)
        : words(most_bytes / 2), events(most_bytes / 2), most_actors_(most_bytes / kBytesForAnActor) {}

    Shelf<Words> words;  // by place
    Shelf<Page> events;  // by the number of the first event

    /// Also of events that nobody was behind.
    const ActorsOf& actors() const { return actors_; }
    void put_actor(std::uint64_t event, const Actor& actor) {
        if (actors_.size() >= most_actors_) actors_.clear();
        if (most_actors_ > 0) actors_.emplace(event, actor);
    }
    /// There are other conclusions now.
    void forget_actors() { actors_.clear(); }

private:
    static constexpr std::size_t kBytesForAnActor = 1024;  // of pages: an event takes so many there, and 56 here
    ActorsOf actors_;
    std::size_t most_actors_;
};

}  // namespace spoor::store::duckdb
