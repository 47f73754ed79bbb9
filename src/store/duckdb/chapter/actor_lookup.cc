#include "store/duckdb/chapter/actor_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

/// From so many events of a chapter on, all of its actors are read.
constexpr std::size_t kReadAllFrom = 20'000;
/// Rows are read in pieces, to leave out what lies between them: so many at most at once, and what is closer than this
/// is one. DuckDB looks through a row group of 122,880 for each.
constexpr std::size_t kMostPieces = 32;
constexpr std::uint64_t kNeighbours = 131'072;

}  // namespace

std::string select_actors(const DuckStore& store, const std::string& where) {
    return fmt::format("SELECT seq, session, process, adopted FROM actors WHERE generation <= {} AND {}",
                       store.generation(), where);
}

Result<void> each_actor(Connection& connection, const std::string& sql, const TakeActor& take) {
    Rows rows = TRY(connection.query(sql));
    const auto place = [&](std::size_t column, std::size_t row) {
        return rows.is_null(column, row) ? kNobody : rows.numbers<std::uint32_t>(column)[row];
    };
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            take(rows.numbers<std::uint64_t>(0)[row], Actor{place(1, row), place(2, row), place(3, row)});
    return {};
}

Result<void> ActorLookup::stamp(std::span<const std::uint64_t> seqs, std::span<Event> events) {
    for (const std::uint64_t seq : seqs) ++chapters_[chapter_of(seq)].asked;
    std::vector<std::uint64_t> few;
    std::vector<Event> few_events;
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        Chapter& chapter = chapters_[chapter_of(seqs[i])];
        if (chapter.actors.empty() && chapter.asked >= kReadAllFrom) TRY(read_chapter(chapter_of(seqs[i]), chapter));
        if (!chapter.actors.empty() || known_->contains(seqs[i])) continue;
        few.push_back(seqs[i]);
        few_events.push_back(events[i]);
    }
    ActorsOf found;
    if (!few.empty()) TRY(read_some(few, few_events, found));
    const HostBases& bases = *TRY(store_->bases());
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        const std::vector<Actor>& all = chapters_[chapter_of(seqs[i])].actors;
        const auto place = static_cast<std::uint32_t>(seqs[i]);
        Actor actor;
        if (!all.empty())
            actor = place < all.size() ? all[place] : Actor{};
        else if (const auto known = known_->find(seqs[i]); known != known_->end())
            actor = known->second;
        else if (const auto one = found.find(seqs[i]); one != found.end())
            actor = one->second;
        const HostBases::Base base = bases.of(events[i].host);
        if (actor.session != kNobody) actor.session += base.sessions;
        if (actor.process != kNobody) actor.process += base.processes;
        if (actor.adopted_session != kNobody) actor.adopted_session += base.sessions;
        events[i].actor = actor;
    }
    return {};
}

Result<void> ActorLookup::read_chapter(std::uint32_t number, Chapter& chapter) {
    chapter.actors.resize(1);
    return each_actor(store_->connection(),
                      select_actors(*store_, fmt::format("seq BETWEEN {} AND {}", sequence_number(number, 0),
                                                         sequence_number(number, UINT32_MAX))),
                      [&](std::uint64_t seq, const Actor& actor) {
                          const auto place = static_cast<std::uint32_t>(seq);
                          if (place >= chapter.actors.size())
                              chapter.actors.resize(std::max<std::size_t>(place + 1, chapter.actors.size() * 2));
                          chapter.actors[place] = actor;
                      });
}

Result<void> ActorLookup::read_some(std::span<const std::uint64_t> seqs, std::span<const Event> events,
                                    ActorsOf& found) {
    std::map<HostId, std::vector<std::uint64_t>> by_host;
    for (std::size_t i = 0; i < seqs.size(); ++i) by_host[events[i].host].push_back(seqs[i]);
    std::vector<std::string> pieces;
    const auto ask = [&]() -> Result<void> {
        TRY(each_actor(store_->connection(), fmt::format("{}", fmt::join(pieces, " UNION ALL ")),
                       [&](std::uint64_t seq, const Actor& actor) { found.emplace(seq, actor); }));
        pieces.clear();
        return {};
    };
    for (auto& [host, wanted] : by_host) {
        const auto number = store_->names().find(store_->catalog().host_name(host));
        if (!number) continue;
        std::ranges::sort(wanted);
        for (std::size_t first = 0, last = 0; first < wanted.size(); first = ++last) {
            while (last + 1 < wanted.size() && wanted[last + 1] - wanted[last] < kNeighbours) ++last;
            std::string piece = select_actors(
                *store_, fmt::format("host = {} AND seq BETWEEN {} AND {}", *number, wanted[first], wanted[last]));
            if (wanted[last] - wanted[first] > last - first)
                piece +=
                    fmt::format(" AND seq IN ({})", fmt::join(std::span(wanted).subspan(first, last + 1 - first), ","));
            pieces.push_back(std::move(piece));
            if (pieces.size() == kMostPieces) TRY(ask());
        }
    }
    return pieces.empty() ? Result<void>() : ask();
}

}  // namespace spoor::store::duckdb
