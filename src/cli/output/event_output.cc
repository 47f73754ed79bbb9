#include "cli/output/event_output.h"

#include <fmt/format.h>

#include <map>

#include "base/json_writer.h"
#include "match/evaluate/field_text.h"
#include "model/summary.h"
#include "model/written_as.h"
#include "sources/json/event_line.h"
#include "terminal/csv.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

using terminal::Cell;
using terminal::Keep;
using terminal::Style;

std::string_view quality_name(Quality quality) {
    for (const match::Choice& choice : match::choices(match::Vocabulary::Qualities))
        if (choice.number == static_cast<std::uint64_t>(quality)) return choice.name;
    return "";
}

std::string user_of(const EventView& view, const History& history) {
    const std::uint32_t session = view.event.actor.session;
    return session == kNobody ? std::string() : to_string(history.sessions[session].user);
}

class EventTable final : public EventOutput {
public:
    explicit EventTable(const EventContext& context)
        : context_(context), text_(context.history, context.catalog), table_(context.console, columns(context)) {}

    void add(const EventView& view) override {
        std::vector<Cell> cells;
        if (!context_.fields.empty()) {
            for (const match::FieldRef& field : context_.fields) cells.push_back({text_.of(field, view)});
            return table_.row(std::move(cells));
        }
        const Event& event = view.event;
        const bool failed = event.outcome == Outcome::Failure;
        std::string said = summary(view, context_.catalog);
        if (event.quality != Quality::Intact) said += fmt::format(" [{}]", quality_name(event.quality));
        if (event.actor.adopted_session != kNobody)
            said +=
                fmt::format(" [acting as {}]", to_string(context_.history.sessions[event.actor.adopted_session].user));
        cells = {{context_.when.exact_text(event.time), Style::Dim},
                 {std::string(context_.catalog.host_name(event.host))},
                 {context_.names.of(event.actor.session), Style::Cyan},
                 {user_of(view, context_.history)},
                 {std::string(event.kind == Kind::Other ? fmt::format("other {}", event.event_id)
                                                        : std::string(name(event.kind))),
                  failed ? Style::Red : Style::Plain},
                 {std::string(short_channel(context_.catalog.channel_name(event.channel))), Style::Dim},
                 {std::move(said), failed ? Style::Red : Style::Plain}};
        table_.row(std::move(cells));
    }
    void finish() override { table_.finish(); }

private:
    static std::vector<terminal::Column> columns(const EventContext& context) {
        std::vector<terminal::Column> all;
        for (const std::string& name : context.field_names) all.push_back({.title = name, .keep = Keep::Both});
        if (!all.empty()) return all;
        return {{.title = context.when.title("Time"), .importance = 10, .least = 23},
                {.title = "Host", .importance = 3, .least = terminal::kWhole},
                {.title = "Session", .importance = 8, .least = terminal::kWhole},
                {.title = "User", .importance = 6, .least = 10, .keep = Keep::End},
                {.title = "Kind", .importance = 5, .least = 15},
                {.title = "Log", .importance = 2, .least = 8},
                {.title = "What", .importance = 9, .least = 30}};
    }

    EventContext context_;
    match::FieldText text_;
    terminal::Table table_;
};

class JsonLines final : public EventOutput {
public:
    explicit JsonLines(const EventContext& context) : context_(context), text_(context.history, context.catalog) {}

    void add(const EventView& view) override {
        line_.clear();
        JsonWriter json(line_);
        json.open('{');
        if (first_) json.text("schema", json::kEventSchema);
        first_ = false;
        if (context_.fields.empty())
            whole(json, view);
        else
            for (std::size_t i = 0; i < context_.fields.size(); ++i)
                json.key(context_.field_names[i]).text(text_.of(context_.fields[i], view));
        json.close('}');
        context_.console.out.line(line_);
    }

private:
    void whole(JsonWriter& json, const EventView& view) {
        const Event& event = view.event;
        piece_.clear();
        json::append_event_header(piece_, view, context_.catalog);
        json.raw(piece_);
        if (event.actor.session != kNobody)
            json.text("session", context_.names.of(event.actor.session)).text("user", user_of(view, context_.history));
        if (event.actor.adopted_session != kNobody)
            json.text("adopted_session", context_.names.of(event.actor.adopted_session));
        if (event.actor.process != kNobody) {
            const Process& process = context_.history.processes[event.actor.process];
            json.open("process", '{').number("pid", process.pid).text("image", process.image).close('}');
        }
        piece_.clear();
        json::append_event_fields(piece_, view, context_.catalog);
        json.raw("fields", piece_);
    }

    EventContext context_;
    match::FieldText text_;
    std::string line_;
    std::string piece_;
    bool first_ = true;
};

class Csv final : public EventOutput {
public:
    explicit Csv(const EventContext& context) : context_(context), text_(context.history, context.catalog) {
        std::vector<std::string> titles = context_.field_names;
        if (titles.empty())
            titles = {"time",    "host",    "session",  "user",     "kind",
                      "outcome", "channel", "event_id", "sequence", "summary"};
        write(titles);
    }

    void add(const EventView& view) override {
        std::vector<std::string> cells;
        for (const match::FieldRef& field : context_.fields) cells.push_back(text_.of(field, view));
        if (cells.empty()) {
            const Event& event = view.event;
            cells = {event.time.to_string(),
                     std::string(context_.catalog.host_name(event.host)),
                     context_.names.of(event.actor.session),
                     user_of(view, context_.history),
                     std::string(name(event.kind)),
                     event.outcome == Outcome::Unknown   ? ""
                     : event.outcome == Outcome::Success ? "success"
                                                         : "failure",
                     std::string(context_.catalog.channel_name(event.channel)),
                     std::to_string(event.event_id),
                     (event.sequence & kCounted) == 0 ? std::to_string(event.sequence) : "",
                     summary(view, context_.catalog)};
        }
        write(cells);
    }

private:
    void write(const std::vector<std::string>& cells) {
        line_.clear();
        terminal::append_csv_row(line_, cells, context_.formulas);
        context_.console.out.write(line_);
    }

    EventContext context_;
    match::FieldText text_;
    std::string line_;
};

/// Timesketch takes message, datetime and timestamp_desc, and keeps what else it is given; no field may reach 32,766
/// bytes.
class Timesketch final : public EventOutput {
public:
    explicit Timesketch(const EventContext& context) : context_(context) {}

    void add(const EventView& view) override {
        const Event& event = view.event;
        std::string line;
        JsonWriter json(line);
        json.open('{');
        json.text("message", fmt::format("{}: {}", name(event.kind), shortened(summary(view, context_.catalog))));
        json.text("datetime", event.time.to_string()).text("timestamp_desc", "Event Logged");
        json.text("hostname", context_.catalog.host_name(event.host))
            .text("data_type", fmt::format("spoor:{}", name(event.kind)));
        json.number("event_identifier", event.event_id)
            .text("source_name", context_.catalog.channel_name(event.channel));
        if (event.actor.session != kNobody)
            json.text("logon_session", context_.names.of(event.actor.session))
                .text("username", user_of(view, context_.history));
        add_fields(json, view);
        json.close('}');
        context_.console.out.line(line);
    }

private:
    /// A field that occurs several times becomes an array.
    void add_fields(JsonWriter& json, const EventView& view) const {
        std::map<FieldId, std::vector<std::string>> fields;
        for (const FieldValue& value : view.values()) {
            if (value.type == ValueType::Null) continue;
            std::string text;
            append_text(text, value, written_as(view.event, value.field, context_.catalog));
            fields[value.field].emplace_back(shortened(text));
        }
        for (const auto& [field, texts] : fields) {
            json.key(fmt::format("field_{}", context_.catalog.field_name(field)));
            if (texts.size() > 1) json.open('[');
            for (const std::string& text : texts) json.text(text);
            if (texts.size() > 1) json.close(']');
        }
    }

    static std::string_view shortened(std::string_view text) {
        constexpr std::size_t kMost = 32'000;
        if (text.size() <= kMost) return text;
        std::size_t end = kMost;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
        return text.substr(0, end);
    }

    EventContext context_;
};

struct Format {
    std::string_view name;
    std::unique_ptr<EventOutput> (*make)(const EventContext&);
};
constexpr Format kFormats[] = {{"table", make_event_table},
                               {"jsonl", make_event_json_lines},
                               {"csv", make_event_csv},
                               {"xml", make_event_xml},
                               {"ecs", make_event_ecs},
                               {"ocsf", make_event_ocsf},
                               {"timesketch", make_event_timesketch}};

}  // namespace

std::unique_ptr<EventOutput> make_event_table(const EventContext& context) {
    return std::make_unique<EventTable>(context);
}
std::unique_ptr<EventOutput> make_event_json_lines(const EventContext& context) {
    return std::make_unique<JsonLines>(context);
}
std::unique_ptr<EventOutput> make_event_csv(const EventContext& context) { return std::make_unique<Csv>(context); }
std::unique_ptr<EventOutput> make_event_timesketch(const EventContext& context) {
    return std::make_unique<Timesketch>(context);
}

const std::vector<std::string>& event_formats() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (const Format& format : kFormats) names.emplace_back(format.name);
        return names;
    }();
    return kNames;
}

std::unique_ptr<EventOutput> make_event_output(std::string_view format, const EventContext& context) {
    for (const Format& candidate : kFormats)
        if (candidate.name == format) return candidate.make(context);
    return nullptr;
}

}  // namespace spoor::cli
