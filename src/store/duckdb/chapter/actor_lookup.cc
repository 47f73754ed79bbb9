#include "store/duckdb/chapter/actor_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

/// From so many events of a chapter on, all of its actors are read.
constexpr std::size_t kReadAllFrom = 20'000;
constexpr std::size_t kPagesAtOnce = 512;

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

Result<void> each_paged_actor(DuckStore& store, const std::set<std::uint64_t>& wanted, const TakeActorOfHost& take) {
    const std::vector<std::uint64_t> places(wanted.begin(), wanted.end());
    for (std::size_t begin = 0; begin < places.size(); begin += kPagesAtOnce) {
        const auto some = std::span(places).subspan(begin, std::min(kPagesAtOnce, places.size() - begin));
        Rows rows = TRY(store.connection().query(
            fmt::format("SELECT place, host, page FROM actor_pages WHERE place IN ({}) AND generation <= {}",
                        sql_keys(some), store.generation())));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                const HostId host = store.catalog().host(store.names().name(rows.numbers<std::uint32_t>(1)[row]));
                TRY(read_actor_page(rows.numbers<std::uint64_t>(0)[row], rows.text(2, row),
                                    [&](std::uint64_t seq, const Actor& actor) { take(seq, host, actor); }));
            }
    }
    return {};
}

Result<void> ActorLookup::stamp(std::span<const std::uint64_t> seqs, std::span<Event> events) {
    for (const std::uint64_t seq : seqs) ++chapters_[chapter_of(seq)].asked;
    std::vector<std::uint64_t> few;
    for (const std::uint64_t seq : seqs) {
        Chapter& chapter = chapters_[chapter_of(seq)];
        if (chapter.actors.empty() && chapter.asked >= kReadAllFrom) TRY(read_chapter(chapter_of(seq), chapter));
        if (chapter.actors.empty() && !known_->contains(seq)) few.push_back(seq);
    }
    ActorsOf found;
    TRY(read_some(few, found));
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

Result<void> ActorLookup::read_some(std::span<const std::uint64_t> seqs, ActorsOf& found) {
    const ActorsOf& kept = store_->shelves().actors();
    std::unordered_set<std::uint64_t> wanted;
    std::set<std::uint64_t> places;
    for (const std::uint64_t seq : seqs) {
        if (const auto known = kept.find(seq); known != kept.end()) {
            found.insert(*known);
        } else {
            wanted.insert(seq);
            places.insert(actor_place_of(seq));
        }
    }
    TRY(each_paged_actor(*store_, places, [&](std::uint64_t seq, HostId, const Actor& actor) {
        if (wanted.contains(seq)) found.emplace(seq, actor);
    }));
    for (const std::uint64_t seq : wanted) {
        const auto actor = found.find(seq);
        store_->shelves().put_actor(seq, actor != found.end() ? actor->second : Actor{});
    }
    return {};
}

}  // namespace spoor::store::duckdb
