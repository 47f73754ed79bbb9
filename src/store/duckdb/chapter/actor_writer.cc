#include "store/duckdb/chapter/actor_writer.h"

#include "base/varint.h"
#include "store/duckdb/engine/packed.h"

namespace spoor::store::duckdb {
namespace {

constexpr ColumnType kRowColumns[] = {ColumnType::U64, ColumnType::U32, ColumnType::U32,
                                      ColumnType::U32, ColumnType::U32, ColumnType::U32};
constexpr ColumnType kPageColumns[] = {ColumnType::U64, ColumnType::U32, ColumnType::U32, ColumnType::U32,
                                       ColumnType::Blob};

// A page: how many, and then, for each member, those of all, one behind the other: that is what packs well.
constexpr std::uint32_t Actor::* kMembers[] = {&Actor::session, &Actor::process, &Actor::adopted_session};

/// Pages of so many hosts are kept open; hosts mostly come one after the other.
constexpr std::size_t kMostOpen = 64;

bool is_nobody(const Actor& actor) {
    return actor.session == kNobody && actor.process == kNobody && actor.adopted_session == kNobody;
}

}  // namespace

Result<void> read_actor_page(std::uint64_t place, std::string_view packed, const TakeActor& take) {
    const Result<std::string> bytes = unpack(packed);
    if (!bytes) return std::unexpected(bytes.error());
    const auto damaged = [] { return fail(Errc::Corrupt, "a page of actors is damaged"); };
    ByteReader reader(*bytes);
    const std::uint64_t count = reader.varint();
    if (count > reader.left()) return damaged();
    std::vector<std::pair<std::uint64_t, Actor>> actors(count);
    std::uint64_t seq = first_of_actor_place(place);
    for (auto& [number, actor] : actors) {
        seq += reader.varint();
        number = seq;
    }
    for (const auto member : kMembers)
        for (auto& [number, actor] : actors) actor.*member = static_cast<std::uint32_t>(reader.varint()) - 1;
    if (!reader.ok() || !reader.done()) return damaged();
    for (const auto& [number, actor] : actors) take(number, actor);
    return {};
}

// ---- ActorPageWriter

Result<ActorPageWriter> ActorPageWriter::open(Connection& connection, std::uint32_t generation) {
    return ActorPageWriter(TRY(Appender::open(connection, "actor_pages", kPageColumns)), generation);
}

Result<void> ActorPageWriter::add(std::uint64_t seq, std::uint32_t host, const Actor& actor) {
    if (open_.size() > kMostOpen && !open_.contains(host)) {
        for (auto& [other, page] : open_) TRY(close(other, page));
        open_.clear();
    }
    OpenPage& page = open_[host];
    const std::uint64_t place = actor_place_of(seq);
    if (page.place != place) TRY(close(host, page));
    page.place = place;
    page.actors.emplace_back(seq, actor);
    return {};
}

Result<void> ActorPageWriter::close(std::uint32_t host, OpenPage& page) {
    if (page.actors.empty()) return {};
    std::string bytes;
    put_varint(bytes, page.actors.size());
    std::uint64_t before = first_of_actor_place(page.place);
    for (const auto& [seq, actor] : page.actors) {
        put_varint(bytes, seq - before);
        before = seq;
    }
    for (const auto member : kMembers)
        for (const auto& [seq, actor] : page.actors) put_varint(bytes, actor.*member + 1);  // nobody is 0
    appender_.put(0, page.place);
    appender_.put(1, host);
    appender_.put(2, generation_);
    appender_.put(3, static_cast<std::uint32_t>(page.actors.size()));
    appender_.put_text(4, pack(bytes));
    page.actors.clear();
    return appender_.end_row();
}

Result<void> ActorPageWriter::flush() {
    for (auto& [host, page] : open_) TRY(close(host, page));
    return appender_.flush();
}

// ---- ActorWriter

Result<ActorWriter> ActorWriter::open(Connection& connection, std::uint32_t generation) {
    return ActorWriter(TRY(Appender::open(connection, "actors", kRowColumns)),
                       TRY(ActorPageWriter::open(connection, generation)), generation);
}

Result<void> ActorWriter::add(std::uint64_t seq, std::uint32_t host, const Actor& actor) {
    if (is_nobody(actor)) return {};
    rows_.put(0, seq);
    rows_.put(1, host);
    rows_.put(5, generation_);
    if (actor.session != kNobody) rows_.put(2, actor.session);
    if (actor.process != kNobody) rows_.put(3, actor.process);
    if (actor.adopted_session != kNobody) rows_.put(4, actor.adopted_session);
    TRY(rows_.end_row());
    return pages_.add(seq, host, actor);
}

Result<void> ActorWriter::flush() {
    TRY(rows_.flush());
    return pages_.flush();
}

}  // namespace spoor::store::duckdb
