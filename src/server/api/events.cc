// Events over the API: pages, one whole, histogram, counts, export, live.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/csv.h"
#include "match/evaluate/evaluator.h"
#include "match/field_names.h"
#include "match/language/query.h"
#include "model/written_as.h"
#include "server/api/handlers.h"

namespace spoor::server::api {
namespace {

constexpr std::uint64_t kMostRows = 1000;
constexpr std::uint64_t kMostGroups = 10'000;
constexpr std::size_t kPiece = 64 * 1024;

/// "5m" to a length of time; the units of the query language.
Result<Duration> parse_length(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& [name, seconds] :
         {std::pair<std::string_view, std::int64_t>{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}})
        if (error == std::errc{} && unit == name && number > 0 && number < 1'000'000)
            return Duration::seconds(number * seconds);
    return fail(Errc::BadUsage, fmt::format("'{}' is not a length of time such as 5m or 1h", text));
}

template <typename Take>
void for_each_item(std::string_view list, Take&& take) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        if (end > 0) take(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

Result<std::vector<FieldId>> fields_of(const Context& context, Catalog& catalog) {
    std::vector<FieldId> fields;
    bool too_many = false;
    for_each_item(context.request.parameter("fields").value_or(""), [&](std::string_view name) {
        if (fields.size() >= 32)
            too_many = true;
        else if (const auto id = find_field(name))
            fields.push_back(*id);
        else if (const auto known = match::find_fields(name, match::Subject::Events, &catalog);
                 !known.empty() && known.front().scope == match::Scope::Named)
            fields.push_back(catalog.field(known.front().named));
    });
    if (too_many) return fail(Errc::BadUsage, "at most 32 further fields");
    return fields;
}

Result<store::Order> order_of(const Context& context) {
    const std::string_view text = context.request.parameter("order").value_or("asc");
    if (text == "asc") return store::Order::OldestFirst;
    if (text == "desc") return store::Order::NewestFirst;
    return fail(Errc::BadUsage, fmt::format("order: '{}' is neither asc nor desc", text));
}

/// By the sessions that are known; while they are still read, events name none.
Naming naming_of(const Catalog& catalog, const Knowledge* knowledge) {
    return knowledge != nullptr ? knowledge->naming() : Naming{catalog};
}

Result<std::string> page_of_events(Context& context, Library::Lease& lease, const Question& question) {
    const std::uint64_t row = TRY(context.request.number("row", 0, std::numeric_limits<std::uint64_t>::max()));
    const std::uint64_t limit = TRY(context.request.number("limit", 100, kMostRows));
    const store::Order order = TRY(order_of(context));
    const std::vector<FieldId> fields = TRY(fields_of(context, lease.archive().catalog()));
    const auto page = TRY(lease.page(question, order, row, limit));
    const auto knowledge = lease.knowledge();

    std::string out;
    JsonWriter json(out);
    json.open('{').number("total", page.total).number("row", row).open("rows", '[');
    for (std::size_t i = 0; i < page.batch.size(); ++i)
        write_event_row(json, {page.batch, page.batch.events()[i]}, page.positions[i],
                        naming_of(lease.catalog(), knowledge.get()), fields);
    json.close(']').close('}');
    return out;
}

Result<std::string> whole_event(Context& context, Library::Lease& lease) {
    const store::Position at = TRY(parse_position(context.request.path_value("at")));
    const std::string_view record = context.request.parameter("record").value_or("");
    if (!record.empty() && record != "xml") return fail(Errc::BadUsage, fmt::format("record: '{}' is not xml", record));
    auto stream = TRY(lease.archive().events({.from = at.time, .until = at.time}));
    const auto knowledge = lease.knowledge();
    Batch batch;
    while (TRY(stream->next(batch))) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (stream->positions()[i] != at) continue;
            std::string out;
            JsonWriter json(out);
            write_event(json, {batch, batch.events()[i]}, at, naming_of(lease.catalog(), knowledge.get()),
                        record.empty() ? Record::Left : Record::Xml);
            return out;
        }
    }
    return fail(Errc::NotFound, "there is no event at that place; it may have been removed by the store's retention");
}

std::string bars_of(const Histogram& histogram) {
    std::string out;
    JsonWriter json(out);
    json.open('{')
        .number("total", histogram.total)
        .number("width_ms", static_cast<double>(histogram.width.nanoseconds) / 1e6)
        .open("bars", '[');
    for (const auto& [start, events] : histogram.stretches)
        json.open('[').number(static_cast<double>(start.nanoseconds) / 1e6).number(events).close(']');
    json.close(']').close('}');
    return out;
}

Result<std::string> counted(Context& context, Library::Lease& lease, const Question& question) {
    store::CountQuery query{.where = question.where, .from = question.from, .until = question.until};
    std::vector<std::string> unknown;
    for_each_item(context.request.parameter("by").value_or(""), [&](std::string_view name) {
        const auto fields = match::find_fields(name, match::Subject::Events, &lease.catalog());
        if (fields.empty())
            unknown.emplace_back(name);
        else
            query.by.push_back(fields.front());
    });
    if (!unknown.empty()) return fail(Errc::BadUsage, fmt::format("by: there is no field '{}'", unknown.front()));
    if (const auto per = context.request.parameter("per")) query.per = TRY(parse_length(*per));
    const std::uint64_t limit = TRY(context.request.number("limit", 1000, kMostGroups));
    std::vector<store::Count> counts = TRY(lease.archive().count(query));
    const std::size_t groups = counts.size();
    if (query.per == Duration{})
        std::stable_sort(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.events > b.events; });
    if (counts.size() > limit) counts.resize(limit);

    std::string out;
    JsonWriter json(out);
    json.open('{').number("groups", groups).open("rows", '[');
    for (const store::Count& count : counts) {
        json.open('{').open("values", '[');
        for (const std::string& value : count.values) json.text(value);
        json.close(']');
        if (query.per != Duration{}) json.text("start", count.start.to_string());
        json.number("events", count.events)
            .text("first", count.first.to_string())
            .text("last", count.last.to_string())
            .close('}');
    }
    json.close(']').close('}');
    return out;
}

/// An export: holds the library only while a piece is made, so that others are answered in between.
class Export final : public Stream {
public:
    enum class Format : std::uint8_t { JsonLines, Csv };

    Export(Library& library, Question question, store::Order order, Format format, std::vector<FieldId> fields,
           std::uint64_t limit)
        : library_(library),
          question_(std::move(question)),
          order_(order),
          format_(format),
          fields_(std::move(fields)),
          left_(limit) {}

    State pull(std::string& out) override {
        if (format_ == Format::Csv && !std::exchange(headed_, true)) write_head(out);
        const auto more = pull_rows(out);
        if (!more) return State::Broken;
        return *more ? State::More : State::End;
    }

private:
    Result<bool> pull_rows(std::string& out) {
        const auto lease = library_.lease();
        const auto knowledge = lease.knowledge();
        const Naming naming = naming_of(lease.catalog(), knowledge.get());
        store::EventQuery query{.where = question_.where,
                                .from = question_.from,
                                .until = question_.until,
                                .order = order_,
                                .limit = std::min<std::uint64_t>(left_, 2000)};
        query.after = after_;
        auto stream = TRY(lease.archive().events(std::move(query)));
        Batch batch;
        std::uint64_t got = 0;
        while (TRY(stream->next(batch))) {
            for (std::size_t i = 0; i < batch.size(); ++i) {
                after_ = stream->positions()[i];
                write_row(out, {batch, batch.events()[i]}, naming);
                ++got;
            }
        }
        left_ -= std::min(left_, got);
        return got > 0 && left_ > 0;
    }

    void write_head(std::string& out) const {
        std::vector<std::string> cells = {"time",    "host", "kind",   "user",    "session",
                                          "channel", "id",   "record", "outcome", "text"};
        for (const FieldId field : fields_) cells.emplace_back(library_.catalog().field_name(field));
        append_csv_row(out, cells, Formulas::Disarmed);  // spreadsheets open it
    }

    void write_row(std::string& out, const EventView& view, const Naming& naming) const {
        if (format_ == Format::JsonLines) {
            JsonWriter json(out);
            write_event(json, view, *after_, naming);
            out.push_back('\n');
            return;
        }
        const Event& event = view.event;
        const bool known = naming.history != nullptr && event.actor.session < naming.history->sessions.size();
        std::vector<std::string> cells = {event.time.to_string(),
                                          std::string(naming.catalog.host_name(event.host)),
                                          std::string(name(event.kind)),
                                          user_of(view, naming),
                                          known ? naming.names->of(event.actor.session) : "",
                                          std::string(naming.catalog.channel_name(event.channel)),
                                          std::to_string(event.event_id),
                                          std::to_string(event.sequence),
                                          event.outcome == Outcome::Failure   ? "failure"
                                          : event.outcome == Outcome::Success ? "success"
                                                                              : "",
                                          summary_of(view, naming)};
        for (const FieldId field : fields_)
            append_text(cells.emplace_back(), view.find(field), written_as(view.event, field, naming.catalog));
        append_csv_row(out, cells, Formulas::Disarmed);  // spreadsheets open it
    }

    Library& library_;
    Question question_;
    store::Order order_;
    Format format_;
    std::vector<FieldId> fields_;
    std::uint64_t left_;
    std::optional<store::Position> after_;
    bool headed_ = false;
};

Result<Response> exported(Context& context, Question question) {
    const store::Order order = TRY(order_of(context));
    const std::uint64_t limit = TRY(context.request.number("limit", std::numeric_limits<std::uint64_t>::max(),
                                                           std::numeric_limits<std::uint64_t>::max()));
    const std::string_view format = context.request.parameter("format").value_or("jsonl");
    if (format != "jsonl" && format != "csv")
        return fail(Errc::BadUsage, fmt::format("format: '{}' is neither jsonl nor csv", format));
    std::vector<FieldId> fields;
    {
        const auto lease = context.library.lease();
        fields = TRY(fields_of(context, lease.archive().catalog()));
    }
    Response response;
    response.content_type = format == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"spoor-events.{}\"", format));
    response.stream = std::make_unique<Export>(context.library, std::move(question), order,
                                               format == "csv" ? Export::Format::Csv : Export::Format::JsonLines,
                                               std::move(fields), limit);
    return response;
}

/// Answers a question about events with the library held.
template <typename Ask>
Response ask(Context& context, Ask&& how) {
    auto lease = context.library.lease();
    auto question = question_of(context, lease.catalog());
    if (!question) return std::move(question).error();
    return Response::json_or_failure(how(context, lease, *question));
}

}  // namespace

Response events(Context& context) { return ask(context, page_of_events); }
Response counts(Context& context) { return ask(context, counted); }

Response histogram(Context& context) {
    auto question = question_of(context, context.library.catalog());
    if (!question) return std::move(question).error();
    const auto stretches = context.request.number("stretches", 120, 2000);
    if (!stretches) return Response::failure(stretches.error());
    return kept_answer(context.library,
                       histogram_of(context.library, *question, std::max<std::uint64_t>(*stretches, 1)));
}

LongQuestion histogram_of(Library& library, Question question, std::uint64_t stretches) {
    std::string key = fmt::format("bars {}\n{}", stretches, question.key());
    return {std::move(key), [&library, question = std::move(question), stretches]() -> Result<std::string> {
                return bars_of(TRY(library.lease().histogram(question, static_cast<unsigned>(stretches))));
            }};
}

Response kept_answer(Library& library, const LongQuestion& question) {
    auto kept = library.answers().ask(question.key, question.make);
    if (!kept) return Response::failure(kept.error());
    return kept->renewing ? old_answer(std::move(kept->text)) : Response::json(std::move(kept->text));
}

Response old_answer(std::string text) {
    Response response = Response::json(std::move(text));
    response.headers.emplace_back("Spoor-Renewing", "1");
    return response;
}

Response event(Context& context) {
    auto lease = context.library.lease();
    return Response::json_or_failure(whole_event(context, lease));
}

Response export_events(Context& context) {
    auto question = question_of(context, context.library.catalog());
    if (!question) return std::move(question).error();
    auto response = exported(context, std::move(*question));
    return response ? std::move(*response) : Response::failure(response.error());
}

Response live(Context& context) {
    auto question = question_of(context, context.library.catalog());
    if (!question) return std::move(question).error();
    std::optional<LivePlace> after;
    std::string_view resume = context.request.header("last-event-id");
    if (resume.empty()) resume = context.request.parameter("after").value_or("");
    if (!resume.empty()) {
        auto place = parse_live_place(resume);
        if (!place) return Response::failure(place.error());
        after = std::move(*place);
    }
    const auto recent = context.request.number("recent", 0, 5000);
    if (!recent) return Response::failure(recent.error());
    if (!after && *recent > 0) after = context.live.before_newest(*recent);
    // The catalog outlives every stream and may be read while names are added.
    Catalog& catalog = context.library.catalog();
    auto compiled = match::Matcher::compile(question->where, catalog);
    if (!compiled) return Response::failure(compiled.error());
    auto filter = std::make_shared<match::Matcher>(std::move(*compiled));
    auto render = [filter, &catalog](const EventView& view, std::uint64_t number, std::string& out) {
        if (!filter->matches(view, nullptr)) return;
        JsonWriter json(out);
        write_event(json, view, {view.event.time, number}, Naming{catalog});
    };
    auto stream =
        context.live.subscribe(std::string(context.request.parameter("q").value_or("")), std::move(render), after);
    if (!stream) return Response::failure(stream.error());
    Response response;
    response.content_type = "text/event-stream";
    response.headers.emplace_back("X-Accel-Buffering", "no");
    response.stream = std::move(*stream);
    return response;
}

}  // namespace spoor::server::api
