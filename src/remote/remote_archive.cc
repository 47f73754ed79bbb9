#include "remote/remote_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>

#include "remote/codec.h"
#include "remote/recollection.h"

namespace spoor::remote {
namespace {

std::string times(Timestamp from, Timestamp until) {
    return fmt::format("from={}&until={}", from.nanoseconds, until.nanoseconds);
}

/// Pieces of one answer, as they come.
class Pieces {
public:
    explicit Pieces(std::unique_ptr<Answer> answer) : answer_(std::move(answer)) {}

    /// The next piece, good until the next call; nothing behind the last.
    Result<std::optional<std::string_view>> next() {
        bytes_.erase(0, taken_);
        taken_ = 0;
        while (true) {
            std::string_view left = bytes_;
            if (const auto piece = Decoder::piece(left)) {
                taken_ = bytes_.size() - left.size();
                return piece;
            }
            if (!TRY(answer_->read(bytes_))) break;
        }
        if (!bytes_.empty()) return fail(Errc::Truncated, "the server broke off its answer");
        return std::nullopt;
    }

private:
    std::unique_ptr<Answer> answer_;
    std::string bytes_;
    std::size_t taken_ = 0;
};

class RemoteStream final : public store::EventStream {
public:
    /// `resolve` makes of the server's numbers what the archive's own history has for them.
    using Resolve = std::function<Result<void>(std::span<Event>)>;
    RemoteStream(Pieces pieces, Catalog& catalog, Resolve resolve)
        : pieces_(std::move(pieces)), decoder_(catalog), resolve_(std::move(resolve)) {}

    Result<bool> next(Batch& batch) override {
        batch.clear();
        positions_.clear();
        while (batch.empty()) {
            const auto piece = TRY(pieces_.next());
            if (!piece) return false;
            TRY(decoder_.events(*piece, batch, positions_));
        }
        TRY(resolve_(batch.events()));
        return true;
    }
    std::span<const store::Position> positions() const override { return positions_; }

private:
    Pieces pieces_;
    Decoder decoder_;
    Resolve resolve_;
    std::vector<store::Position> positions_;
};

/// As the body of a question: a line for each thing.
std::string to_text(const store::RecallQuery& query, const Catalog& catalog) {
    std::string text =
        fmt::format("sessions {}\nprocesses {}\n", fmt::join(query.sessions, ","), fmt::join(query.processes, ","));
    if (query.trail_of) text += fmt::format("trail {}\n", *query.trail_of);
    std::vector<std::string> ids;
    for (const LogonId id : query.logon_ids) ids.push_back(id.to_string());
    if (!ids.empty()) text += fmt::format("logon_ids {}\n", fmt::join(ids, ","));
    if (!query.origins_of.empty()) text += fmt::format("origins {}\n", fmt::join(query.origins_of, ","));
    if (query.process_guid) text += fmt::format("guid {}\n", query.process_guid->to_string());
    if (query.pid) text += fmt::format("host {}\npid {}\n", catalog.host_name(query.pid->first), query.pid->second);
    // A filter is the last thing: it may have lines of its own.
    if (query.sessions_where) {
        const store::SessionQuery& sessions = *query.sessions_where;
        text += fmt::format("{} {},{}\n", sessions.within == store::SessionQuery::Within::There ? "there" : "began",
                            sessions.from.nanoseconds, sessions.until.nanoseconds);
        text += "sessions_where " + to_string(sessions.where);
    }
    if (query.processes_where) text += "processes_where " + to_string(*query.processes_where);
    return text;
}

/// Asks for a few at a time: a question must not be long.
template <typename Record, typename Ask>
Result<void> by_pieces(std::span<const Record> all, const Ask& ask) {
    constexpr std::size_t kAtOnce = 2048;
    for (; !all.empty(); all = all.subspan(std::min(all.size(), kAtOnce)))
        TRY(ask(all.first(std::min(all.size(), kAtOnce))));
    return {};
}

class RemoteArchive final : public store::Archive {
public:
    explicit RemoteArchive(std::string socket) : client_(std::move(socket)) {}

    Catalog& catalog() override { return catalog_; }

    Result<const History*> history() override {
        if (history_) return history_.get();
        auto history = std::make_unique<History>();
        TRY(with_answer("history", "", {},
                        [&](Decoder& decoder, std::string_view piece) { return decoder.history(piece, *history); }));
        history_ = std::move(history);
        return history_.get();
    }

    Result<const History*> recollection() override {
        if (history_) return history_.get();
        if (!recollection_) {
            recollection_ = std::make_unique<Recollection>();
            TRY(gather({}));
        }
        return &recollection_->history();
    }
    Result<void> recall(std::span<const LogonId> ids) override {
        return by_pieces(
            ids, [&](std::span<const LogonId> some) { return gather({.logon_ids = {some.begin(), some.end()}}); });
    }
    Result<void> recall_process(const Guid& guid) override { return gather({.process_guid = guid}); }
    Result<void> recall_processes(HostId host, std::uint64_t pid) override {
        return gather({.pid = std::pair(host, pid)});
    }
    Result<void> recall_trail(std::uint32_t session) override {
        return recollection_ ? gather({.trail_of = recollection_->number_of(session)}) : Result<void>();
    }

    Result<void> recall_origins(std::span<const std::uint32_t> sessions) override {
        if (!recollection_) return {};
        return by_pieces(sessions, [&](std::span<const std::uint32_t> some) {
            store::RecallQuery query;
            for (const std::uint32_t session : some) query.origins_of.push_back(recollection_->number_of(session));
            return gather(query);
        });
    }

    bool forget() override {
        if (recollection_) *recollection_ = {};
        return recollection_ != nullptr;
    }

    Result<store::FoundSessions> find_sessions(const store::SessionQuery& query) override {
        if (!recollection_) return Archive::find_sessions(query);
        store::FoundSessions found{.history = &recollection_->history()};
        for (const std::uint32_t number : TRY(recollect({.sessions_where = query})))
            if (const std::uint32_t place = recollection_->place_of_session(number); place != kNobody)
                found.sessions.push_back(place);
        return found;
    }

    Result<store::FoundProcesses> find_processes(const match::Expr& where) override {
        if (!recollection_) return Archive::find_processes(where);
        store::FoundProcesses found{.history = &recollection_->history()};
        for (const std::uint32_t number : TRY(recollect({.processes_where = where})))
            if (const std::uint32_t place = recollection_->place_of_process(number); place != kNobody)
                found.processes.push_back(place);
        return found;
    }

    Result<std::unique_ptr<store::EventStream>> events(store::EventQuery query) override {
        std::string parameters = fmt::format("{}&order={}", times(query.from, query.until),
                                             query.order == store::Order::OldestFirst ? "asc" : "desc");
        if (query.actors == store::Actors::LeftOut) parameters += "&actors=no";
        if (query.limit != UINT64_MAX) parameters += fmt::format("&limit={}", query.limit);
        if (query.after) parameters += fmt::format("&after={}-{}", query.after->time.nanoseconds, query.after->number);
        return std::make_unique<RemoteStream>(Pieces(TRY(ask("events", parameters, to_string(query.where)))), catalog_,
                                              [this](std::span<Event> events) { return resolve(events); });
    }

    Result<std::vector<store::Count>> count(const store::CountQuery& query) override {
        std::string parameters = fmt::format("{}&per={}", times(query.from, query.until), query.per.nanoseconds);
        for (const match::FieldRef& field : query.by) parameters += fmt::format("&by={}", percent_encoded(name(field)));
        return with_answer("counts", parameters, to_string(query.where),
                           [](Decoder& decoder, std::string_view piece) { return decoder.counts(piece); });
    }

    Result<std::vector<store::Holding>> holdings() override {
        return with_answer("holdings", "", {},
                           [](Decoder& decoder, std::string_view piece) { return decoder.holdings(piece); });
    }

    Result<store::Inventory> inventory() override {
        return with_answer("inventory", "", {},
                           [](Decoder& decoder, std::string_view piece) { return decoder.inventory(piece); });
    }

    Result<std::vector<Timestamp>> cuts(std::uint64_t events) override {
        return with_answer("cuts", fmt::format("limit={}", events), {},
                           [](Decoder& decoder, std::string_view piece) { return decoder.times(piece); });
    }

private:
    /// Whoever asked for a recollection gets what is asked for added to it; to others all is known.
    Result<void> gather(const store::RecallQuery& query) {
        if (recollection_) TRY(recollect(query));
        return {};
    }

    /// Adds what is asked for to the recollection; the numbers of what a filter found.
    Result<std::vector<std::uint32_t>> recollect(const store::RecallQuery& query) {
        store::Recalled recalled =
            TRY(with_answer("recalled", "", to_text(query, catalog_), [&](Decoder& decoder, std::string_view piece) {
                return decoder.recalled(piece, recollection_->texts());
            }));
        std::vector<std::uint32_t> found = std::move(recalled.found);
        recollection_->add(std::move(recalled));
        return found;
    }

    Result<void> resolve(std::span<Event> events) {
        if (!recollection_) return {};
        const store::RecallQuery missing = recollection_->missing(events);
        if (!missing.sessions.empty() || !missing.processes.empty()) TRY(gather(missing));
        recollection_->resolve(events);
        return {};
    }

    Result<std::unique_ptr<Answer>> ask(std::string_view part, const std::string& parameters,
                                        const std::string& body) const {
        return client_.ask(
            "POST", fmt::format("/api/v1/archive/{}{}{}", part, parameters.empty() ? "" : "?", parameters), body);
    }

    /// For answers of one piece.
    template <typename Take>
    auto with_answer(std::string_view part, const std::string& parameters, const std::string& body, Take&& take)
        -> std::invoke_result_t<Take&, Decoder&, std::string_view> {
        Pieces pieces(TRY(ask(part, parameters, body)));
        const auto piece = TRY(pieces.next());
        if (!piece) return fail(Errc::Truncated, "the server broke off its answer");
        Decoder decoder(catalog_);
        return take(decoder, *piece);
    }

    Client client_;
    Catalog catalog_;
    std::unique_ptr<History> history_;
    std::unique_ptr<Recollection> recollection_;
};

}  // namespace

Result<std::unique_ptr<store::Archive>> open_remote(std::string socket) {
    const Client client(socket);
    TRY(client.ask("GET", "/healthz"));
    return std::make_unique<RemoteArchive>(std::move(socket));
}

}  // namespace spoor::remote
