// spoor session: one session, whole: its facts, where it came from and what it led to, what it did, and its events.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/answers/failed_attempts.h"
#include "cli/answers/session_deeds.h"
#include "cli/output/event_output.h"
#include "cli/output/session_output.h"
#include "cli/output/trail_view.h"
#include "cli/scope.h"
#include "match/language/query.h"
#include "model/summary.h"

namespace spoor::cli {
namespace {

using terminal::Style;

class OneSession final : public Command {
    void declare(Options& options) override {
        options.argument(id_, "ID", Needed::One, "HOST:LOGONID as in WS07:0x1a2b3c; see spoor sessions");
        scope_.take_live();
        scope_.declare(options);
        options.number("--limit", limit_, "N", "no more than N events [200]");
        options.choice("--format", format_, {"text", "jsonl"},
                       "how to print; jsonl gives the session, then its events");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        TRY(scope_.open(console));
        when_.choose(console);
        const std::uint32_t session = TRY(scope_.find_session(id_));
        TRY(scope_.archive().recall_trail(session));
        const SessionOutput output(console, scope_.history(), scope_.catalog(), scope_.names(), when_);
        if (format_ == "jsonl") {
            output.json_lines({session}, true);
        } else {
            const Session shown = scope_.history().sessions[session];  // a copy: what is asked next may add sessions
            console.out.line(
                console.paint(Style::Bold, fmt::format("{}  {}", scope_.names().of(session), to_string(shown.user))));
            output.facts(session);
            trail(console, session);
            TRY(failures_before(console, shown));
            evidence(console, shown);
            if (shown.process_count > 0) {
                heading(console, "Processes");
                output.process_tree(session, "  ");
            }
        }
        TRY(events(console, session));
        return scope_.exit();
    }

    static void heading(const Console& console, std::string_view title) {
        console.out.line(fmt::format("\n{}", console.paint(Style::Yellow, title)));
    }

    /// Where it came from, back to the first session that is known, and what it led to.
    void trail(const Console& console, std::uint32_t session) {
        const trails::Links links{.links = scope_.history().links, .skews = {}};
        const trails::Tracer tracer(scope_.history(), links);
        heading(console, "Trail");
        make_trail_view("tree", {console, tracer, scope_.catalog(), scope_.names(), ShowEvidence::No, when_})
            ->show(tracer.back_from_session(session), tracer.forward_from_session(session));
    }

    /// Refused logons of the same account, or from the same place, shortly before it began.
    Result<void> failures_before(const Console& console, const Session& session) {
        struct Found {
            HostId host;
            Timestamp time;
            FailedAttempt attempt;
        };
        if (!session.start) return {};
        const std::string host = scope_.host_name(session.key.host);
        const match::Expr where = TRY(match::parse_filter(
            failed_attempts_filter(host),
            {.subject = match::Subject::Events, .now = console.clock.now(), .catalog = &scope_.catalog()}));
        const auto stream = TRY(scope_.archive().events({.where = where,
                                                         .from = *session.start - kJustBefore - trails::kMostSkew,
                                                         .until = *session.start + trails::kMostSkew,
                                                         .actors = store::Actors::LeftOut}));
        std::vector<Found> found;
        bool elsewhere = false;
        Batch batch;
        while (TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                std::optional<FailedAttempt> attempt = failed_attempt({batch, event}, session);
                if (!attempt) continue;
                elsewhere |= event.host != session.key.host;
                found.push_back({event.host, event.time, std::move(*attempt)});
            }
        }
        // Most sessions have none at controllers, and need no clocks compared.
        const trails::Clocks clocks =
            elsewhere ? TRY(clocks_around(scope_.archive(), *session.start)) : trails::Clocks({});
        std::erase_if(found, [&](const Found& each) { return !is_just_before(each.host, each.time, session, clocks); });
        if (!found.empty()) heading(console, "Failed attempts just before");
        for (const auto& [at, time, attempt] : found) {
            const std::string where_else = at == session.key.host ? "" : "  at " + scope_.host_name(at);
            console.out.line(fmt::format("  {}  {}  {}  {}{}", when_.exact_text(time),
                                         terminal::printable(attempt.user), terminal::printable(attempt.from),
                                         attempt.reason, terminal::printable(where_else)));
        }
        return {};
    }

    void deeds(const Console& console, const SessionDeeds& deeds) {
        for (const SessionDeeds::Section& section : deeds.sections()) {
            heading(console, section.title);
            for (const SessionDeeds::Deed& deed : section.deeds)
                console.out.line(fmt::format("  {}  {}{}", when_.exact_text(deed.first), terminal::printable(deed.what),
                                             deed.count > 1 ? fmt::format("  x{}", deed.count) : ""));
            if (section.left_out > 0) console.out.line(fmt::format("  and {} records of others", section.left_out));
        }
    }

    void evidence(const Console& console, const Session& session) {
        if (session.evidence.empty()) return;
        heading(console, "Evidence");
        for (const EventRef& record : session.evidence)
            console.out.line(fmt::format(
                "  {}  {}{}  record {}", when_.exact_text(record.time),
                terminal::printable(short_channel(scope_.catalog().channel_name(record.channel))),
                record.event_id != 0 ? fmt::format(" {}", record.event_id) : "",  // the kernel of Linux has none
                (record.sequence & kCounted) == 0 ? std::to_string(record.sequence) : "(not numbered)"));
    }

    /// The session's own events.
    Result<std::unique_ptr<store::EventStream>> stream_of(std::uint32_t session, std::optional<store::Position> after) {
        const SessionKey& key = scope_.history().sessions[session].key;
        match::Predicate id{.field = match::FieldRef::of(match::SessionProperty::Id),
                            .op = match::Op::Equal,
                            .arguments = {key.logon_id.value()}};
        return scope_.archive().events({.where = match::all_of({scope_.where(), match::leaf(std::move(id))}),
                                        .from = scope_.from(),
                                        .until = scope_.until(),
                                        .after = after});
    }

    /// What it did, and its events. What it did comes first and is known last: meanwhile the first of the events are
    /// kept, and should more be shown, those behind them are asked for again.
    Result<void> events(const Console& console, std::uint32_t session) {
        constexpr std::uint64_t kMostKept = 10'000;
        const bool as_text = format_ == "text";
        const std::uint64_t limit = limit_.value_or(200);
        const EventContext context{.console = console,
                                   .history = scope_.history(),
                                   .catalog = scope_.catalog(),
                                   .names = scope_.names(),
                                   .when = when_};
        const auto output = as_text ? make_event_table(context) : make_event_json_lines(context);
        SessionDeeds did;
        Batch kept;
        std::optional<store::Position> last_kept;
        std::uint64_t all = 0;
        TRY(each_event(console, session, {}, [&](const EventView& event, const store::Position& position) {
            did.add(event);
            if (all++ >= limit) return;
            if (!as_text) return output->add(event);
            if (kept.size() == kMostKept) return;
            kept.copy(event);
            last_kept = position;
        }));
        if (as_text) {
            deeds(console, did);
            heading(console, "Events");
            for (const Event& event : kept.events()) output->add({kept, event});
            std::uint64_t shown = kept.size();
            if (shown < std::min(limit, all))
                TRY(each_event(console, session, last_kept, [&](const EventView& event, const store::Position&) {
                    if (shown++ < limit) output->add(event);
                }));
        }
        output->finish();
        if (limit < all && !console.quiet) console.note(fmt::format("{} of {} events; --limit shows more", limit, all));
        return {};
    }

    template <typename Take>
    Result<void> each_event(const Console& console, std::uint32_t session, std::optional<store::Position> after,
                            const Take& take) {
        const auto stream = TRY(stream_of(session, after));
        Batch batch;
        while (!console.out.closed() && TRY(stream->next(batch)))
            for (std::size_t i = 0; i < batch.size(); ++i)
                if (const Event& event = batch.events()[i]; event.actor.session == session)
                    take({batch, event}, stream->positions()[i]);
        return {};
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::string id_;
    std::string format_ = "text";
    std::optional<std::uint64_t> limit_;
};

}  // namespace

CommandEntry session_command() {
    return {
        .name = "session",
        .summary = "one session, whole: facts, links, evidence, processes, events",
        .examples = {{"session WS07:0x270b8 logs/", "Everything the logs say of one session."},
                     {"session 0x270b8 Security.evtx", "The host can be left out where only one has that logon id."}},
        .make = make<OneSession>};
}

}  // namespace spoor::cli
