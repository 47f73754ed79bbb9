// spoor search, spoor events: events in time order, each with its session and user.
#include <fmt/format.h>

#include <algorithm>

#include "cli/answers/sorted_events.h"
#include "cli/output/csv_option.h"
#include "cli/output/event_output.h"
#include "cli/scope.h"
#include "match/field_names.h"
#include "store/duckdb/parquet.h"

namespace spoor::cli {
namespace {

using store::duckdb::ParquetSource;

/// The fields of --fields, with the names they were asked by.
Result<void> choose_fields(const std::vector<std::string>& names, EventContext& context) {
    for (const std::string& name : names) {
        auto found = match::fields_named(name, match::Subject::Events, &context.catalog);
        if (!found) return std::unexpected(std::move(found).error().with("--fields"));
        for (const match::FieldRef& field : *found) {
            context.fields.push_back(field);
            context.field_names.push_back(found->size() == 1 ? name : match::name(field));
        }
    }
    return {};
}

class Search final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.list("--session", sessions_, "ID", "only events of these sessions, as in WS07:0x1a2b3c");
        options.list("--fields", fields_, "FIELD", "only these fields, in this order").completes = Completes::Fields;
        options.list("--sort", sort_, "FIELD", "by these fields, -FIELD for the greatest first; by time unless given")
            .completes = Completes::Fields;
        options.number("--limit", limit_, "N", "no more than N events");
        options.choice("--format", format_, formats(), "how to print; parquet needs --output");
        options.text("-o,--output", output_, "FILE", "where parquet is written").completes = Completes::Paths;
        csv_.declare(options);
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is found");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        TRY(scope_.open(console));
        when_.choose(console);
        EventContext context{.console = console,
                             .history = scope_.history(),
                             .catalog = scope_.catalog(),
                             .names = scope_.names(),
                             .when = when_,
                             .formulas = csv_.formulas()};
        TRY(choose_fields(fields_, context));
        const std::vector<std::uint32_t> sessions = TRY(named_sessions());
        match::Expr where = TRY(narrowed(sessions));
        const SortOrder sort = TRY(sort_order());
        const store::EventQuery query{.where = std::move(where),
                                      .from = scope_.from(),
                                      .until = scope_.until(),
                                      .order = sort.order,
                                      .limit = sessions.empty() ? limit_.value_or(UINT64_MAX) : UINT64_MAX};
        const auto open = [&]() -> Result<std::unique_ptr<store::EventStream>> {
            if (sort.by.empty()) return scope_.archive().events(query);
            return sorted_events(scope_.archive(), query, sort.by);
        };
        if (format_ == "parquet")
            return write_parquet(console, {.catalog = scope_.catalog(), .history = scope_.history(), .open = open});
        if (!output_.empty())
            return fail(Errc::BadUsage,
                        fmt::format("--output is for parquet; write {} to a file with > {}", format_, output_));
        const auto stream = TRY(open());
        const auto output = make_event_output(format_, context);
        const std::uint64_t limit = limit_.value_or(UINT64_MAX);
        std::uint64_t found = 0;
        Batch batch;
        while (found < limit && !console.out.closed() && TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                // The logon id alone may be another boot's.
                const bool wanted =
                    sessions.empty() || std::ranges::find(sessions, event.actor.session) != sessions.end();
                if (!wanted || found == limit) continue;
                output->add({batch, event});
                ++found;
            }
        }
        output->finish();
        if (found == 0 && format_ == "table" && !console.quiet) console.note("no event matches");
        return found == 0 && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    static std::vector<std::string> formats() {
        std::vector<std::string> names = event_formats();
        names.emplace_back("parquet");
        return names;
    }

    struct SortOrder {
        store::Order order = store::Order::OldestFirst;
        std::vector<match::SortField> by = {};  // none: by time alone, which archives do themselves
    };
    Result<SortOrder> sort_order() {
        if (sort_.empty() || (sort_.size() == 1 && sort_.front() == "time")) return SortOrder{};
        if (sort_.size() == 1 && sort_.front() == "-time") return SortOrder{.order = store::Order::NewestFirst};
        SortOrder sort;
        for (std::string_view name : sort_) {
            const bool descending = name.starts_with('-');
            if (descending) name.remove_prefix(1);
            auto fields = match::fields_named(name, match::Subject::Events, &scope_.catalog());
            if (!fields) return std::unexpected(std::move(fields).error().with("--sort"));
            sort.by.push_back(
                {std::move(*fields), descending ? match::Direction::Descending : match::Direction::Ascending});
        }
        return sort;
    }

    Result<Exit> write_parquet(const Console& console, const ParquetSource& source) const {
        if (output_.empty()) return fail(Errc::BadUsage, "--format parquet needs a file: --output events.parquet");
        if (!fields_.empty() || !sessions_.empty())
            return fail(Errc::BadUsage,
                        "--format parquet takes neither --fields nor --session: it has every field; a filter chooses "
                        "events (session.id: 0x1a2b3c)");
        const auto columns = TRY(store::duckdb::parquet_columns(source));
        const std::uint64_t events =
            TRY(store::duckdb::write_parquet(source, columns, output_, store::StoreOptions{}.memory));
        if (!console.quiet) console.note(fmt::format("{} events written to {}", events, output_));
        return events == 0 && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    Result<std::vector<std::uint32_t>> named_sessions() {
        std::vector<std::uint32_t> found;
        for (const std::string& name : sessions_) found.push_back(TRY(scope_.find_session(name)));
        return found;
    }

    /// The filter, and that the actor's session is one of those named.
    Result<match::Expr> narrowed(const std::vector<std::uint32_t>& sessions) {
        if (sessions.empty()) return scope_.where();
        std::vector<match::Expr> any;
        for (const std::uint32_t index : sessions) {
            const SessionKey& key = scope_.history().sessions[index].key;
            match::Predicate host{.field = match::FieldRef::of(match::SessionProperty::Host),
                                  .op = match::Op::Equal,
                                  .arguments = {std::string(scope_.catalog().host_name(key.host))}};
            match::Predicate id{.field = match::FieldRef::of(match::SessionProperty::Id),
                                .op = match::Op::Equal,
                                .arguments = {key.logon_id.value()}};
            any.push_back(match::all_of({match::leaf(std::move(host)), match::leaf(std::move(id))}));
        }
        return match::all_of({scope_.where(), match::any_of(std::move(any))});
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::vector<std::string> sessions_;
    std::vector<std::string> fields_;
    std::vector<std::string> sort_;
    std::string output_;
    std::string format_ = "table";
    std::optional<std::uint64_t> limit_;
    CsvOption csv_;
    bool exit_code_ = false;
};

}  // namespace

CommandEntry search_command() {
    return {
        .name = "search",
        .summary = "events that a filter matches, each with its session and user",
        .description =
            "The filter is in the syntax of Kibana's query language: fields by name (spoor schema --fields), and "
            "besides them kind, "
            "host, session.*, process.* and process.parent.*. Words without a field are looked for in all texts. "
            "docs/query.md "
            "has it all.\n\n"
            "Events come in order of time and are printed as they are found; --sort takes any field. The formats ecs, "
            "ocsf and timesketch are "
            "JSON lines for those systems, xml is what Windows itself shows for a record (Sysmon for Linux for a live "
            "host's), parquet a "
            "table for DuckDB, pandas or Spark.",
        .examples = {{"search 'kind: process_created and Image: *\\powershell.exe' logs/",
                      "Every PowerShell, with who was behind it."},
                     {"search 'session.user: jimmy and not session.type: network' --fields time,host,CommandLine logs/",
                      "What jimmy ran."},
                     {"search 'DestinationIp: 203.0.113.0/24' --format jsonl logs/",
                      "Connections to a network, for other programs."},
                     {"search 'kind: logon' --sort TargetUserName,-time --fields time,TargetUserName,IpAddress logs/",
                      "Each user's logons, the last one first."},
                     {"search 'process.name: cmd.exe' --format parquet --output cmd.parquet logs/",
                      "A table for DuckDB or pandas."}},
        .make = make<Search>};
}

CommandEntry events_command() {
    return {.name = "events",
            .summary = "events in order of time, each with its session and user",
            .description = "The same as spoor search; the filter may be left out.",
            .examples = {{"events Security.evtx | head", "The first events of a log."},
                         {"events --session WS07:0x270b8 logs/", "All that one session did, on all channels."},
                         {"events --kind logon,logon_failed --host FS01 --sort -time --limit 20 logs/",
                          "The last logons at one host."}},
            .make = make<Search>};
}

}  // namespace spoor::cli
