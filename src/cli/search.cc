// spoor search, spoor events: events in time order, each with its session and user.
#include <fmt/format.h>

#include <algorithm>

#include "cli/event_output.h"
#include "cli/scope.h"
#include "match/field_names.h"

namespace spoor::cli {
namespace {

/// The fields of --fields, with the names they were asked by.
Result<void> choose_fields(const std::vector<std::string>& names, EventContext& context) {
    for (const std::string& name : names) {
        const std::vector<match::FieldRef> found = match::find_fields(name, match::Subject::Events, &context.catalog);
        if (found.empty()) {
            const std::vector<std::string> near = match::nearest_fields(name, match::Subject::Events, &context.catalog);
            return fail(Errc::BadUsage, fmt::format("--fields: there is no field '{}'{}", name, near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, ", "))));
        }
        for (const match::FieldRef& field : found) {
            context.fields.push_back(field);
            context.field_names.push_back(found.size() == 1 ? name : match::name(field));
        }
    }
    return {};
}

class Search final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.list("--session", sessions_, "ID", "only events of these sessions, as in WS07:0x1a2b3c");
        options.list("--fields", fields_, "FIELD", "only these fields, in this order").completes = Completes::Fields;
        options.choice("--sort", sort_, {"time", "-time"}, "oldest or newest first");
        options.number("--limit", limit_, "N", "no more than N events");
        options.choice("--format", format_, event_formats(), "how to print");
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is found");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        TRY(scope_.open(console));
        when_.choose(console);
        EventContext context{.console = console, .history = scope_.history(), .catalog = scope_.catalog(), .names = scope_.names(), .when = when_};
        TRY(choose_fields(fields_, context));
        const std::vector<std::uint32_t> sessions = TRY(named_sessions());
        match::Expr where = TRY(narrowed(sessions));
        const auto stream = TRY(scope_.archive().events({.where = std::move(where),
                                                         .from = scope_.from(),
                                                         .until = scope_.until(),
                                                         .order = sort_ == "time" ? store::Order::OldestFirst : store::Order::NewestFirst,
                                                         .limit = sessions.empty() ? limit_.value_or(UINT64_MAX) : UINT64_MAX}));
        const auto output = make_event_output(format_, context);
        const std::uint64_t limit = limit_.value_or(UINT64_MAX);
        std::uint64_t found = 0;
        Batch batch;
        while (found < limit && !console.out.closed() && TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                // The logon id alone may be another boot's.
                const bool wanted = sessions.empty() || std::ranges::find(sessions, event.actor.session) != sessions.end();
                if (!wanted || found == limit) continue;
                output->add({batch, event});
                ++found;
            }
        }
        output->finish();
        if (found == 0 && format_ == "table" && !console.quiet) console.note("no event matches");
        return found == 0 && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    Result<std::vector<std::uint32_t>> named_sessions() const {
        std::vector<std::uint32_t> found;
        for (const std::string& name : sessions_) found.push_back(TRY(scope_.names().find(name)));
        return found;
    }

    /// The filter, and that the actor's session is one of those named.
    Result<match::Expr> narrowed(const std::vector<std::uint32_t>& sessions) {
        if (sessions.empty()) return scope_.where();
        std::vector<match::Expr> any;
        for (const std::uint32_t index : sessions) {
            const SessionKey& key = scope_.history().sessions[index].key;
            match::Predicate host{.field = match::FieldRef::of(match::SessionProperty::Host), .op = match::Op::Equal, .arguments = {std::string(scope_.catalog().host_name(key.host))}};
            match::Predicate id{.field = match::FieldRef::of(match::SessionProperty::Id), .op = match::Op::Equal, .arguments = {key.logon_id.value()}};
            any.push_back(match::all_of({match::leaf(std::move(host)), match::leaf(std::move(id))}));
        }
        return match::all_of({scope_.where(), match::any_of(std::move(any))});
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::vector<std::string> sessions_;
    std::vector<std::string> fields_;
    std::string sort_ = "time";
    std::string format_ = "table";
    std::optional<std::uint64_t> limit_;
    bool exit_code_ = false;
};

}  // namespace

CommandEntry search_command() {
    return {.name = "search",
            .summary = "events that a filter matches, each with its session and user",
            .description = "The filter is in the syntax of Kibana's query language: fields by name (spoor schema --fields), and besides them kind, "
                           "host, session.*, process.* and process.parent.*. Words without a field are looked for in all texts. docs/query.md "
                           "has it all.\n\n"
                           "Events come in order of time and are printed as they are found. The formats ecs, ocsf and timesketch are JSON lines for "
                           "those systems.",
            .examples = {{"search 'kind: process_created and Image: *\\powershell.exe' logs/", "Every PowerShell, with who was behind it."},
                         {"search 'session.user: jimmy and not session.type: network' --fields time,host,CommandLine logs/", "What jimmy ran."},
                         {"search 'DestinationIp: 203.0.113.0/24' --format jsonl logs/", "Connections to a network, for other programs."}},
            .make = make<Search>};
}

CommandEntry events_command() {
    return {.name = "events",
            .summary = "events in order of time, each with its session and user",
            .description = "The same as spoor search; the filter may be left out.",
            .examples = {{"events Security.evtx | head", "The first events of a log."},
                         {"events --session WS07:0x270b8 logs/", "All that one session did, on all channels."},
                         {"events --kind logon,logon_failed --host FS01 --sort -time --limit 20 logs/", "The last logons at one host."}},
            .make = make<Search>};
}

}  // namespace spoor::cli
