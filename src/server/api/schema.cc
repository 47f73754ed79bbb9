// What can be asked: the schema, and help for a filter that is being typed.
#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "match/field_names.h"
#include "match/language/query.h"
#include "server/api/handlers.h"
#include "server/api/openapi.h"

namespace spoor::server::api {
namespace {

constexpr std::size_t kMostSuggestions = 40;

match::Subject subject_of(const Request& request) {
    const std::string_view text = request.parameter("subject").value_or("events");
    if (text == "sessions") return match::Subject::Sessions;
    if (text == "processes") return match::Subject::Processes;
    return match::Subject::Events;
}

void write_problem(JsonWriter& json, const match::Diagnostic& problem) {
    json.open('{').text("code", problem.code).text("message", problem.text);
    if (!problem.hint.empty()) json.text("hint", problem.hint);
    json.number("begin", problem.span.begin).number("end", problem.span.end).close('}');
}

void write_properties(JsonWriter& json, std::string_view key, std::span<const match::Property> properties) {
    json.open(key, '[');
    for (const match::Property& property : properties) {
        json.open('{').text("name", property.name).text("type", name(property.type)).text("meaning", property.meaning);
        if (property.vocabulary != match::Vocabulary::None) {
            json.open("choices", '[');
            for (const match::Choice& choice : match::choices(property.vocabulary)) json.text(choice.name);
            json.close(']');
        }
        json.close('}');
    }
    json.close(']');
}

/// What is being typed at the cursor: a name, or a value of a field.
struct Typing {
    std::string_view field;   // empty: a name
    std::string_view prefix;  // what is there of it
    std::size_t begin = 0;    // where it starts
};

Typing typing_at(std::string_view text) {
    Typing typing;
    std::size_t begin = text.size();
    while (begin > 0 && std::string_view(" \t()\":<>=").find(text[begin - 1]) == std::string_view::npos) --begin;
    typing.begin = begin;
    typing.prefix = text.substr(begin);
    // Behind "name:" (with or without a blank, a quote or a bracket) stands a value.
    std::size_t end = begin;
    while (end > 0 && std::string_view(" \t(\"").find(text[end - 1]) != std::string_view::npos) --end;
    if (end > 0 && text[end - 1] == ':') {
        std::size_t name_end = end - 1;
        std::size_t name_begin = name_end;
        while (name_begin > 0 && std::string_view(" \t()").find(text[name_begin - 1]) == std::string_view::npos)
            --name_begin;
        typing.field = text.substr(name_begin, name_end - name_begin);
    }
    return typing;
}

struct Suggestion {
    std::string text;
    std::string meaning;
    std::string_view kind;  // field, value, word
};

bool begins_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equals_ignoring_ascii_case(text.substr(0, prefix.size()), prefix);
}

bool contains(std::string_view text, std::string_view part) {
    return fold_case(text).find(fold_case(part)) != std::string::npos;
}

/// A value as it can be typed: quoted where it holds what the language reads otherwise.
std::string typed(std::string_view value) {
    if (!value.empty() && value.find_first_of(" \t()\":<>=*{}") == value.npos) return std::string(value);
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text.push_back('\\');
        text.push_back(c);
    }
    return text + '"';
}

/// The values of a field, the most frequent first, each behind how many events have it; all end with a zero byte. Of
/// sessions and processes too: theirs stand on events.
Result<std::string> values_of(Library& library, const match::FieldRef& field) {
    constexpr std::size_t kMostValues = 5'000;
    store::CountQuery query;
    query.by = {field};
    std::vector<store::Count> counts = TRY(library.lease().archive().count(query));
    std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.events > b.events; });
    if (counts.size() > kMostValues) counts.resize(kMostValues);
    std::string values;
    for (const store::Count& count : counts)
        if (const std::string& value = count.values.front(); !value.empty() && !value.contains('\0'))
            values.append(std::to_string(count.events)).append(1, '\0').append(value).append(1, '\0');
    return values;
}

Result<> suggest_values(Library& library, const Typing& typing, match::Subject subject, std::vector<Suggestion>& out) {
    const auto fields = match::find_fields(typing.field, subject, &library.catalog());
    if (fields.empty()) return {};
    const match::FieldRef& field = fields.front();
    const match::Vocabulary vocabulary = match::vocabulary_of(field);
    if (vocabulary != match::Vocabulary::None) {
        for (const match::Choice& choice : match::choices(vocabulary))
            if (contains(choice.name, typing.prefix))
                out.push_back({std::string(choice.name), std::string(choice.meaning), "value"});
        return {};
    }
    const Answer values =
        TRY(library.answers().ask(fmt::format("values of {} {}", static_cast<int>(subject), typing.field),
                                  [&library, field] { return values_of(library, field); }));
    for (std::string_view rest = values.text; !rest.empty() && out.size() < kMostSuggestions;) {
        const auto take = [&rest] {
            const std::string_view text = rest.substr(0, rest.find('\0'));
            rest.remove_prefix(text.size() + 1);
            return text;
        };
        const std::string_view events = take();
        const std::string_view value = take();
        if (contains(value, typing.prefix)) out.push_back({typed(value), fmt::format("{} events", events), "value"});
    }
    return {};
}

void suggest_names(Library& library, const Typing& typing, match::Subject subject, std::vector<Suggestion>& out) {
    const auto names = match::field_names(subject, &library.catalog());
    for (const bool at_start : {true, false})
        for (const match::NamedField& field : names) {
            if (out.size() >= kMostSuggestions) return;
            if (begins_with(field.name, typing.prefix) == at_start && contains(field.name, typing.prefix))
                out.push_back({field.name + ": ", std::string(field.meaning), "field"});
        }
    if (!typing.prefix.empty())
        for (const std::string_view word : {"and", "or", "not"})
            if (begins_with(word, typing.prefix)) out.push_back({std::string(word) + " ", "", "word"});
}

}  // namespace

std::expected<Question, Response> question_of(const Context& context, const Catalog& catalog) {
    Question question;
    question.text = context.request.parameter("q").value_or("");
    for (const auto& [key, time] : {std::pair{"from", &question.from}, {"until", &question.until}}) {
        const auto text = context.request.parameter(key);
        if (!text || text->empty()) continue;
        const auto parsed = Timestamp::parse(*text);
        if (!parsed)
            return std::unexpected(
                Response::failure(400, "bad_request", fmt::format("{}: {}", key, parsed.error().what)));
        *time = *parsed;
    }
    auto expr = match::parse_query(
        question.text, {.subject = match::Subject::Events, .now = context.clock.now(), .catalog = &catalog});
    if (expr) {
        question.where = std::move(*expr);
        return question;
    }
    Response response;
    response.status = 400;
    JsonWriter json(response.body);
    json.open('{').open("error", '{').text("code", "bad_query").text("message", expr.error().text).key("query");
    write_problem(json, expr.error());
    json.close('}').close('}');
    return std::unexpected(std::move(response));
}

Response schema(Context& context) {
    std::string out;
    JsonWriter json(out);
    json.open('{').open("kinds", '[');
    for (const KindEntry& kind : std::span(kKinds, kKindCount)) {
        json.open('{').text("name", kind.name).text("title", kind.title);
        if (kind.sysmon_id != 0) json.number("sysmon_id", kind.sysmon_id);
        json.text("windows", kind.windows_ids).text("fields", kind.fields).close('}');
    }
    json.close(']').open("fields", '[');
    const Catalog& catalog = context.library.catalog();
    for (std::size_t i = 1; i < catalog.field_count(); ++i) {
        const auto id = static_cast<FieldId>(i);
        json.open('{').text("name", catalog.field_name(id)).text("type", name(match::type_of(catalog.field_type(id))));
        if (i < kFieldCount)
            json.text("meaning", kFields[i].meaning).text("ecs", kFields[i].ecs).text("ocsf", kFields[i].ocsf);
        json.close('}');
    }
    json.close(']');
    write_properties(json, "header", match::header_properties());
    write_properties(json, "session", match::session_properties());
    write_properties(json, "process", match::process_properties());
    json.close('}');
    return Response::json(std::move(out));
}

Response check_query(Context& context) {
    const auto expr = match::parse_query(
        context.request.parameter("q").value_or(""),
        {.subject = subject_of(context.request), .now = context.clock.now(), .catalog = &context.library.catalog()});
    std::string out;
    JsonWriter json(out);
    json.open('{').boolean("ok", expr.has_value());
    if (expr)
        json.text("canonical", to_string(*expr));
    else {
        json.key("problem");
        write_problem(json, expr.error());
    }
    json.close('}');
    return Response::json(std::move(out));
}

Response complete(Context& context) {
    const std::string_view query = context.request.parameter("q").value_or("");
    const auto at = context.request.number("at", query.size(), 1'000'000);
    if (!at) return Response::failure(at.error());
    const Typing typing = typing_at(query.substr(0, std::min<std::uint64_t>(*at, query.size())));
    const match::Subject subject = subject_of(context.request);
    std::vector<Suggestion> suggestions;
    if (typing.field.empty())
        suggest_names(context.library, typing, subject, suggestions);
    else if (auto done = suggest_values(context.library, typing, subject, suggestions); !done)
        return Response::failure(done.error());
    std::string out;
    JsonWriter json(out);
    json.open('{').number("begin", typing.begin).open("suggestions", '[');
    for (const Suggestion& each : suggestions)
        json.open('{').text("text", each.text).text("meaning", each.meaning).text("kind", each.kind).close('}');
    json.close(']').close('}');
    return Response::json(std::move(out));
}

Response description(Context&) { return Response::json(openapi()); }

}  // namespace spoor::server::api
