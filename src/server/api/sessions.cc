// Sessions over the API: the table, one whole, processes, trails, findings, logons.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <span>

#include "match/evaluate/evaluator.h"
#include "match/field_names.h"
#include "match/language/query.h"
#include "model/codes.h"
#include "server/api/handlers.h"

namespace spoor::server::api {
namespace {

constexpr std::uint64_t kMostRows = 5000;
constexpr std::size_t kMostProcesses = 5000;  // of one session
constexpr std::size_t kMostOnTrail = 200;     // sessions of one trail

/// What a handler reads, all of one conclusion.
struct Desk {
    Known known;
    const Knowledge& knowledge;
    Naming naming;

    const std::vector<Session>& sessions() const { return knowledge.sessions(); }
    const trails::Tracer& tracer() const { return knowledge.tracer(); }
    const std::vector<Link>& links() const { return knowledge.links().links; }
    std::span<const findings::Finding> findings() const {
        if (known.findings == nullptr) return {};
        return *known.findings;
    }
    std::string name_of(std::uint32_t session) const { return knowledge.names().of(session); }
};

template <typename Ask>
Response at_desk(Context& context, Ask&& ask) {
    Known known = context.library.known();
    if (known.knowledge == nullptr) return Response::failure(context.library.knowledge().error());
    const Knowledge& knowledge = *known.knowledge;
    return Response::json_or_failure(ask(context, Desk{std::move(known), knowledge, knowledge.naming()}));
}

/// The same for what pages begin with. While that is not `known` yet, because the sessions of a large store are still
/// read, the answer is what the run before said last.
template <typename Ask>
Response first_screen(Context& context, bool known, Ask&& ask) {
    std::string key = context.request.path;
    for (const auto& [name, value] : context.request.query) key += fmt::format("\n{}={}", name, value);
    const bool narrowed = context.request.parameter("q") || context.request.parameter("from") ||
                          context.request.number("row", 0, UINT64_MAX).value_or(1) > 0;
    Answers& answers = context.library.answers();
    if (!known)
        if (auto before = answers.last(key)) return old_answer(std::move(*before));
    Response response = at_desk(context, ask);
    if (known && !narrowed && response.status == 200) answers.note(key, response.body);
    return response;
}

bool knows_sessions(const Context& context) { return context.library.known().knowledge != nullptr; }

Result<match::Expr> filter_of(const Context& context, const Desk& desk, match::Subject subject) {
    return match::parse_filter(context.request.parameter("q").value_or(""),
                               {.subject = subject, .now = context.clock.now(), .catalog = &desk.naming.catalog});
}

Result<Timestamp> time_of(const Context& context, std::string_view name, Timestamp otherwise) {
    const auto text = context.request.parameter(name);
    if (!text) return otherwise;
    const auto time = Timestamp::parse(*text);
    if (!time)
        return fail(Errc::BadUsage, fmt::format("{}: '{}' is no time such as 2026-01-31T09:00:00Z", name, *text));
    return *time;
}

Result<SessionQuestion> session_question(const Context& context, const Desk& desk) {
    SessionQuestion question{.text = std::string(context.request.parameter("q").value_or("")),
                             .where = TRY(filter_of(context, desk, match::Subject::Sessions)),
                             .hide_noise = context.request.parameter("noise") == "hide"};
    question.from = TRY(time_of(context, "from", question.from));
    question.until = TRY(time_of(context, "until", question.until));
    std::string_view sort = context.request.parameter("sort").value_or("start");
    question.descending = sort.starts_with('-');
    if (question.descending) sort.remove_prefix(1);
    const auto column = find_session_column(sort);
    if (!column) return fail(Errc::BadUsage, fmt::format("sort: '{}' is no column", sort));
    question.by = *column;
    return question;
}

/// Links whose both ends are among `rows`: the arrows of a timeline. Without their evidence.
void write_links_among(JsonWriter& json, std::span<const std::uint32_t> rows, const Desk& desk) {
    std::vector<bool> shown(desk.sessions().size());
    for (const std::uint32_t session : rows) shown[session] = true;
    json.open("links", '[');
    for (const Link& link : desk.links())
        if (shown[link.from] && shown[link.to]) {
            Link bare = link;
            bare.evidence.clear();
            write_link(json, bare, desk.naming);
        }
    json.close(']');
}

void write_totals(JsonWriter& json, const SessionList& list, const Desk& desk) {
    json.number("total", list.rows.size()).number("hidden", list.hidden).number("of", desk.sessions().size());
}

Result<std::string> session_table(Context& context, const Desk& desk) {
    const SessionQuestion question = TRY(session_question(context, desk));
    const std::uint64_t row = TRY(context.request.number("row", 0, UINT32_MAX));
    const std::uint64_t limit = TRY(context.request.number("limit", 1000, kMostRows));
    const auto list = TRY(desk.knowledge.list(question, context.clock.now()));
    const std::span<const std::uint32_t> all = list->rows;
    const auto page = all.subspan(std::min<std::uint64_t>(row, all.size()));
    const auto rows = page.first(std::min<std::uint64_t>(limit, page.size()));

    std::string out;
    JsonWriter json(out);
    json.open('{');
    write_totals(json, *list, desk);
    json.number("row", row).open("rows", '[');
    for (const std::uint32_t session : rows)
        write_session_row(json, session, desk.knowledge.link_count(session), desk.naming);
    json.close(']');
    if (context.request.parameter("links") == "show") write_links_among(json, rows, desk);
    json.close('}');
    return out;
}

/// How many sessions were there over time on each host: a timeline of more sessions than can be drawn.
Result<std::string> session_density(Context& context, const Desk& desk) {
    const SessionQuestion question = TRY(session_question(context, desk));
    const std::uint64_t stretches = std::max<std::uint64_t>(1, TRY(context.request.number("stretches", 300, 2000)));
    const auto list = TRY(desk.knowledge.list(question, context.clock.now()));
    // What is asked for, as far as there are sessions.
    Timestamp from = Timestamp::latest();
    Timestamp until = Timestamp::earliest();
    for (const std::uint32_t session : list->rows) {
        from = std::min(from, start_of(desk.sessions()[session]));
        until = std::max(until, end_of(desk.sessions()[session]));
    }
    from = std::max(from, question.from);
    until = std::max(from, std::min(until, question.until));
    // Times may lie further apart than a signed number can say.
    const auto since_begin = [&](Timestamp time) {
        return static_cast<std::uint64_t>(time.nanoseconds) - static_cast<std::uint64_t>(from.nanoseconds);
    };
    const std::uint64_t width = since_begin(until) / stretches + 1;
    const auto stretch_of = [&](Timestamp time) {
        return static_cast<std::size_t>(since_begin(std::clamp(time, from, until)) / width);
    };

    struct Lane {
        std::vector<std::int32_t> changes;  // at the begin of each stretch
        std::uint64_t sessions = 0;
    };
    std::map<std::string_view, Lane> lanes;  // by host
    for (const std::uint32_t index : list->rows) {
        const Session& session = desk.sessions()[index];
        Lane& lane = lanes[desk.naming.catalog.host_name(session.key.host)];
        lane.changes.resize(stretches + 1);
        ++lane.changes[stretch_of(start_of(session))];
        --lane.changes[stretch_of(end_of(session)) + 1];
        ++lane.sessions;
    }

    std::string out;
    JsonWriter json(out);
    json.open('{');
    write_totals(json, *list, desk);
    if (!list->rows.empty()) json.text("from", from.to_string()).text("until", until.to_string());
    json.number("width_ms", static_cast<double>(width) / 1e6).open("lanes", '[');
    for (const auto& [host, lane] : lanes) {
        json.open('{').text("host", host).number("sessions", lane.sessions).open("counts", '[');
        std::int64_t there = 0;
        for (std::size_t i = 0; i < stretches; ++i) json.number(static_cast<std::uint64_t>(there += lane.changes[i]));
        json.close(']').close('}');
    }
    json.close(']').close('}');
    return out;
}

void write_finding(JsonWriter& json, const findings::Finding& finding, const Desk& desk) {
    const findings::RuleEntry& rule = findings::entry(finding.rule);
    json.open('{').text("rule", rule.name).text("title", rule.title).text("technique", rule.technique);
    json.text("severity", findings::name(finding.severity)).text("host", desk.naming.catalog.host_name(finding.host));
    json.text("first", finding.first.to_string())
        .text("last", finding.last.to_string())
        .text("text", finding.text)
        .number("count", finding.count);
    json.open("sessions", '[');
    for (const std::uint32_t session : finding.sessions)
        if (session < desk.sessions().size()) json.text(desk.name_of(session));
    json.close(']').key("evidence");
    write_evidence(json, finding.evidence, desk.naming.catalog);
    json.close('}');
}

/// The chain of custody as steps with their links, and the sentence that tells it.
void write_trail_back(JsonWriter& json, const trails::Trail& trail, const Desk& desk) {
    const std::vector<Link>& links = desk.links();
    json.open('{').text("sentence", trails::sentence(trail, desk.tracer(), desk.naming.catalog)).open("parts", '[');
    for (const std::string& part : trails::sentence_parts(trail, desk.tracer(), desk.naming.catalog, trails::utc_clock))
        json.text(part);
    json.close(']')
        .text("strength", name(trail.strength))
        .boolean("complete", trail.complete)
        .text("ending", trail.ending);
    if (trail.first_human != kNobody) json.text("first_human", desk.name_of(trail.first_human));
    if (trail.enters_from) json.text("enters_from", trail.enters_from->to_string());
    if (!trail.enters_from_host.empty()) json.text("enters_from_host", trail.enters_from_host);
    json.open("steps", '[');
    for (const trails::Step& step : trail.steps) {
        json.open('{')
            .text("session", desk.name_of(step.session))
            .text("phrase", session_phrase(desk.sessions()[step.session], desk.naming.catalog));
        if (step.link < links.size())
            json.text("manner", trails::manner(links[step.link].kind))
                .text("strength", name(links[step.link].strength));
        json.close('}');
    }
    json.close(']').close('}');
}

Result<std::string> whole_session(Context& context, const Desk& desk) {
    const std::uint32_t index = TRY(desk.knowledge.names().find(context.request.path_value("name")));
    const Session& session = desk.sessions()[index];
    std::string out;
    JsonWriter json(out);
    json.open('{').key("row");
    write_session_row(json, index, desk.knowledge.link_count(index), desk.naming);
    json.text("phrase", session_phrase(session, desk.naming.catalog)).key("facts");
    write_session_facts(json, session, desk.naming.catalog);
    json.key("evidence");
    write_evidence(json, session.evidence, desk.naming.catalog);
    json.key("trail");
    write_trail_back(json, desk.tracer().back_from_session(index), desk);
    json.open("links", '[');
    for (const Link& link : desk.links())
        if (link.from == index || link.to == index) write_link(json, link, desk.naming);
    json.close(']').open("processes", '[');
    const auto& processes = desk.knowledge.processes_of(index);
    for (std::size_t i = 0; i < std::min(processes.size(), kMostProcesses); ++i)
        write_process(json, processes[i], desk.naming);
    json.close(']').number("process_total", processes.size()).open("findings", '[');
    for (const findings::Finding& finding : desk.findings())
        if (std::find(finding.sessions.begin(), finding.sessions.end(), index) != finding.sessions.end())
            write_finding(json, finding, desk);
    json.close(']').close('}');
    return out;
}

Result<std::string> process_table(Context& context, const Desk& desk) {
    const match::Expr where = TRY(filter_of(context, desk, match::Subject::Processes));
    const std::uint64_t row = TRY(context.request.number("row", 0, UINT32_MAX));
    const std::uint64_t limit = TRY(context.request.number("limit", 1000, kMostRows));
    match::Matcher filter = TRY(match::Matcher::compile(where, context.library.catalog()));
    std::string out;
    JsonWriter json(out);
    std::uint64_t total = 0;
    json.open('{').open("rows", '[');
    for (std::uint32_t i = 0; i < desk.knowledge.history().processes.size(); ++i) {
        if (!filter.matches(desk.knowledge.history().processes[i], desk.knowledge.history())) continue;
        if (total >= row && total < row + limit) write_process(json, i, desk.naming);
        ++total;
    }
    json.close(']').number("total", total).close('}');
    return out;
}

/// The process of a session that "2496@2024-05-14T08:52:44Z" means: the last of that number that had begun by then, or
/// at all.
Result<std::uint32_t> process_within(std::uint32_t session, std::string_view text, const Desk& desk) {
    const std::size_t at = std::min(text.find('@'), text.size());
    std::uint64_t pid = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + at, pid);
    if (errc != std::errc{} || end != text.data() + at)
        return fail(Errc::BadUsage, fmt::format("'{}' is not the number of a process", text.substr(0, at)));
    Timestamp time = Timestamp::latest();
    if (at < text.size()) time = TRY(Timestamp::parse(text.substr(at + 1)));
    std::uint32_t found = kNobody;
    Timestamp found_begin;
    for (const std::uint32_t p : desk.knowledge.processes_of(session)) {
        const Process& process = desk.knowledge.history().processes[p];
        const Timestamp begin = process.start.value_or(process.first_seen);
        if (process.pid != pid || begin > time || (found != kNobody && begin < found_begin)) continue;
        found = p;
        found_begin = begin;
    }
    if (found == kNobody)
        return fail(Errc::NotFound,
                    fmt::format("{} had no process with the number {} then", desk.name_of(session), pid));
    return found;
}

/// The sessions around one: its way back, and what it led to, as lanes by host. Bounded; what is left out is counted.
Result<std::string> trail_around(Context& context, const Desk& desk) {
    const std::uint32_t index = TRY(desk.knowledge.names().find(context.request.path_value("name")));
    const std::uint64_t depth = TRY(context.request.number("depth", 6, 50));
    const std::string_view asked = context.request.parameter("process").value_or("");
    const std::uint32_t process = asked.empty() ? kNobody : TRY(process_within(index, asked, desk));
    const trails::Tracer& tracer = desk.tracer();
    const trails::Trail back = process == kNobody ? tracer.back_from_session(index) : tracer.back_from_process(process);
    const std::vector<Link>& links = desk.links();

    std::vector<std::uint32_t> shown;
    std::set<std::uint32_t> links_shown;
    std::set<std::uint32_t> seen;
    std::uint64_t left_out = 0;
    const auto show = [&](const trails::Step& step) {
        if (step.session == kNobody || seen.contains(step.session)) return;
        if (shown.size() >= kMostOnTrail) {
            ++left_out;
            return;
        }
        seen.insert(step.session);
        shown.push_back(step.session);
    };
    for (const trails::Step& step : back.steps) show(step);
    const std::function<void(const trails::Descendant&, std::uint64_t)> walk = [&](const trails::Descendant& at,
                                                                                   std::uint64_t left) {
        show(at.step);
        if (left > 0)
            for (const trails::Descendant& child : at.children) walk(child, left - 1);
    };
    walk(process == kNobody ? tracer.forward_from_session(index) : tracer.forward_from_process(process), depth);
    for (std::uint32_t i = 0; i < links.size(); ++i)
        if (seen.contains(links[i].from) && seen.contains(links[i].to)) links_shown.insert(i);

    std::string out;
    JsonWriter json(out);
    json.open('{').text("session", desk.name_of(index));
    if (process != kNobody) {
        json.key("process");
        write_process(json, process, desk.naming);
    }
    json.key("back");
    write_trail_back(json, back, desk);
    json.open("sessions", '[');
    for (const std::uint32_t session : shown)
        write_session_row(json, session, desk.knowledge.link_count(session), desk.naming);
    json.close(']').open("links", '[');
    for (const std::uint32_t link : links_shown) write_link(json, links[link], desk.naming);
    json.close(']').number("left_out", left_out).close('}');
    return out;
}

/// The gravest first, and of these the oldest; with how many each rule found.
Result<std::string> findings_table(Context& context, const Desk& desk) {
    const std::uint64_t row = TRY(context.request.number("row", 0, UINT32_MAX));
    const std::uint64_t limit = TRY(context.request.number("limit", 200, kMostRows));
    const std::string_view rule = context.request.parameter("rule").value_or("");
    std::map<std::string_view, std::uint64_t> rules;
    std::vector<const findings::Finding*> found;
    for (const findings::Finding& finding : desk.findings()) {
        const std::string_view name = findings::entry(finding.rule).name;
        ++rules[name];
        if (rule.empty() || rule == name) found.push_back(&finding);
    }
    std::ranges::stable_sort(found, std::ranges::greater{}, &findings::Finding::severity);

    std::string out;
    JsonWriter json(out);
    json.open('{').boolean("looked", desk.known.findings != nullptr).number("total", found.size()).open("rules", '{');
    for (const auto& [name, count] : rules) json.number(name, count);
    json.close('}').open("findings", '[');
    for (std::uint64_t i = row; i < std::min<std::uint64_t>(row + limit, found.size()); ++i)
        write_finding(json, *found[i], desk);
    json.close(']').close('}');
    return out;
}

void write_group(JsonWriter& json, const store::Count& count, std::uint64_t failures) {
    json.open('{').open("values", '[');
    for (const std::string& value : count.values) json.text(value);
    json.close(']').number("successes", count.events).number("failures", failures);
    json.text("first", count.first.to_string()).text("last", count.last.to_string()).close('}');
}

match::Expr is_kind(Kind kind) {
    return match::leaf(
        {match::FieldRef::of(match::HeaderProperty::Kind), match::Op::Equal, {static_cast<std::uint64_t>(kind)}});
}

/// Successes and failures of logons, side by side, by each combination of the fields.
Result<> write_logons_by(JsonWriter& json, std::string_view key, std::initializer_list<std::string_view> names,
                         Library& library, const Question& question, std::uint64_t limit) {
    store::CountQuery query{.from = question.from, .until = question.until};
    for (const std::string_view name : names)
        query.by.push_back(match::find_fields(name, match::Subject::Events, nullptr).front());
    query.by.push_back(match::FieldRef::of(match::HeaderProperty::Kind));
    query.where = match::all_of({match::any_of({is_kind(Kind::Logon), is_kind(Kind::LogonFailed)}), question.where});
    std::map<std::vector<std::string>, std::pair<store::Count, std::uint64_t>> groups;
    for (store::Count& count : TRY(library.lease().archive().count(query))) {
        const bool failed = count.values.back() == name(Kind::LogonFailed);
        count.values.pop_back();
        auto& [group, failures] = groups[count.values];
        group.values = count.values;
        group.first = std::min(group.first, count.first);
        group.last = std::max(group.last, count.last);
        (failed ? failures : group.events) += count.events;
    }
    std::vector<const std::pair<store::Count, std::uint64_t>*> rows;
    for (const auto& [values, group] : groups) rows.push_back(&group);
    std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
        return a->first.events + a->second > b->first.events + b->second;
    });
    if (rows.size() > limit) rows.resize(limit);
    json.open(key, '[');
    for (const auto* row : rows) write_group(json, row->first, row->second);
    json.close(']');
    return {};
}

Result<> write_failure_reasons(JsonWriter& json, Library& library, const Question& question) {
    store::CountQuery query{.from = question.from, .until = question.until};
    query.where = match::all_of({is_kind(Kind::LogonFailed), question.where});
    query.by = {match::FieldRef::of("Status"_field), match::FieldRef::of("SubStatus"_field)};
    const auto number = [](const std::string& text) { return LogonId::parse(text).value_or(LogonId::none()).value(); };
    json.open("reasons", '[');
    for (const store::Count& count : TRY(library.lease().archive().count(query))) {
        json.open('{').text("reason", logon_failure_words(number(count.values[0]), number(count.values[1])));
        json.text("status", count.values[0])
            .text("sub_status", count.values[1])
            .number("failures", count.events)
            .close('}');
    }
    json.close(']');
    return {};
}

/// Others are let in between its parts.
Result<std::string> logon_summary(Library& library, const Question& question, std::uint64_t limit) {
    std::string out;
    JsonWriter json(out);
    json.open('{');
    TRY(write_logons_by(json, "by_user", {"TargetDomainName", "TargetUserName"}, library, question, limit));
    TRY(write_logons_by(json, "by_source", {"IpAddress", "WorkstationName"}, library, question, limit));
    TRY(write_logons_by(json, "by_type", {"LogonType", "AuthenticationPackageName"}, library, question, limit));
    TRY(write_logons_by(json, "by_host", {"host", "TargetUserName"}, library, question, limit));
    TRY(write_failure_reasons(json, library, question));
    json.close('}');
    return out;
}

}  // namespace

Response sessions(Context& context) { return first_screen(context, knows_sessions(context), session_table); }
Response density(Context& context) { return first_screen(context, knows_sessions(context), session_density); }
Response session(Context& context) { return at_desk(context, whole_session); }
Response processes(Context& context) { return at_desk(context, process_table); }
Response trail(Context& context) { return at_desk(context, trail_around); }
Response findings(Context& context) {
    return first_screen(context, context.library.known().findings != nullptr, findings_table);
}

LongQuestion logons_of(Library& library, Question question, std::uint64_t limit) {
    std::string key = fmt::format("logons {}\n{}", limit, question.key());
    return {std::move(key),
            [&library, question = std::move(question), limit] { return logon_summary(library, question, limit); }};
}

Response logons(Context& context) {
    auto question = question_of(context, context.library.catalog());
    if (!question) return std::move(question).error();
    const auto limit = context.request.number("limit", 200, 5000);
    if (!limit) return Response::failure(limit.error());
    return kept_answer(context.library, logons_of(context.library, *question, *limit));
}

}  // namespace spoor::server::api
