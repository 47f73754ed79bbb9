// spoor session: one session, whole: its facts, its links, its evidence, its processes and its events.
#include <fmt/format.h>

#include "cli/event_output.h"
#include "cli/scope.h"
#include "cli/session_output.h"

namespace spoor::cli {
namespace {

using terminal::Style;

class OneSession final : public Command {
    void declare(Options& options) override {
        options.argument(id_, "ID", Needed::One, "HOST:LOGONID as in WS07:0x1a2b3c; see spoor sessions");
        scope_.declare(options);
        options.number("--limit", limit_, "N", "no more than N events [200]");
        options.choice("--format", format_, {"text", "jsonl"}, "how to print; jsonl gives the session, then its events");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        TRY(scope_.open(console));
        when_.choose(console);
        const std::uint32_t session = TRY(scope_.names().find(id_));
        const SessionOutput output(console, scope_.history(), scope_.catalog(), scope_.names(), when_);
        if (format_ == "jsonl") {
            output.json_lines({session}, true);
        } else {
            const Session& shown = scope_.history().sessions[session];
            console.out.line(console.paint(Style::Bold, fmt::format("{}  {}", scope_.names().of(session), to_string(shown.user))));
            output.facts(session);
            links(console, session);
            evidence(console, shown);
            heading(console, "Processes");
            output.process_tree(session, "  ");
            heading(console, "Events");
        }
        TRY(events(console, session));
        return scope_.exit();
    }

    static void heading(const Console& console, std::string_view title) { console.out.line(fmt::format("\n{}", console.paint(Style::Yellow, title))); }

    void links(const Console& console, std::uint32_t session) const {
        bool first = true;
        for (const Link& link : scope_.history().links) {
            if (link.from != session && link.to != session) continue;
            if (first) heading(console, "Links");
            first = false;
            const bool from_here = link.from == session;
            const std::uint32_t other = from_here ? link.to : link.from;
            if (other == kNobody) continue;
            console.out.line(fmt::format("  {} {}  {}  {} ({}): {}", from_here ? "gave rise to" : "came from   ", scope_.names().of(other),
                                         terminal::printable(to_string(scope_.history().sessions[other].user)), name(link.kind), name(link.strength), terminal::printable(link.reason)));
        }
    }

    void evidence(const Console& console, const Session& session) {
        if (session.evidence.empty()) return;
        heading(console, "Evidence");
        for (const EventRef& record : session.evidence)
            console.out.line(fmt::format("  {}  {} {}  record {}", when_.exact_text(record.time), terminal::printable(scope_.catalog().channel_name(record.channel)), record.event_id,
                                         (record.sequence & kCounted) == 0 ? std::to_string(record.sequence) : "(not numbered)"));
    }

    Result<void> events(const Console& console, std::uint32_t session) {
        const SessionKey& key = scope_.history().sessions[session].key;
        match::Predicate id{.field = match::FieldRef::of(match::SessionProperty::Id), .op = match::Op::Equal, .arguments = {key.logon_id.value()}};
        const auto stream = TRY(scope_.archive().events({.where = match::all_of({scope_.where(), match::leaf(std::move(id))}), .from = scope_.from(), .until = scope_.until()}));
        const EventContext context{.console = console, .history = scope_.history(), .catalog = scope_.catalog(), .names = scope_.names(), .when = when_};
        const auto output = format_ == "jsonl" ? make_event_json_lines(context) : make_event_table(context);
        const std::uint64_t limit = limit_.value_or(200);
        std::uint64_t shown = 0, all = 0;
        Batch batch;
        while (!console.out.closed() && TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                if (event.actor.session != session || all++ >= limit) continue;
                output->add({batch, event});
                ++shown;
            }
        }
        output->finish();
        if (shown < all && !console.quiet) console.note(fmt::format("{} of {} events; --limit shows more", shown, all));
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
    return {.name = "session",
            .summary = "one session, whole: facts, links, evidence, processes, events",
            .examples = {{"session WS07:0x270b8 logs/", "Everything the logs say of one session."}, {"session 0x270b8 Security.evtx", "The host can be left out where only one has that logon id."}},
            .make = make<OneSession>};
}

}  // namespace spoor::cli
