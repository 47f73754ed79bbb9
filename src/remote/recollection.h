// Recollection: of the history that a server has, what was asked for so far.
//
// A server's history may have millions of sessions; a search names a few. They come as store::Recalled, in pieces that
// overlap, whose records are known by the server's numbers. Here they get places in one History, which they keep.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "store/archive.h"

namespace spoor::remote {

class Recollection {
public:
    const History& history() const { return history_; }
    TextPool& texts() { return history_.texts; }

    /// The texts of what was recalled are in texts().
    void add(store::Recalled recalled);

    /// Of what the actors of events name, that which is not there yet.
    store::RecallQuery missing(std::span<const Event> events) const;
    /// Turns what actors say, by the server's numbers, into indices of `history()`.
    void resolve(std::span<Event> events) const;
    /// The server's number of a session.
    std::uint32_t number_of(std::uint32_t session) const { return numbers_[session]; }
    std::uint32_t place_of_session(std::uint32_t number) const { return at(session_at_, number); }
    std::uint32_t place_of_process(std::uint32_t number) const { return at(process_at_, number); }

private:
    using Places = std::unordered_map<std::uint32_t, std::uint32_t>;
    static std::uint32_t at(const Places& places, std::uint32_t number);
    bool has_session(std::uint32_t number) const;
    void add_sessions(store::Recalled& recalled);
    void add_processes(store::Recalled& recalled);
    void add_links(store::Recalled& recalled);

    History history_;
    Places session_at_;                   // by the server's number
    std::vector<std::uint32_t> numbers_;  // of each session
    std::vector<bool> whole_;             // of each session: whether there is more than that it is there
    Places process_at_;
    struct References {
        std::uint32_t session = kNobody;
        std::uint32_t parent = kNobody;
    };
    std::vector<References> references_;  // of each process, as the server's numbers
    std::set<std::uint32_t> linked_;      // links that are there
};

}  // namespace spoor::remote
