// Sessions over the API: the table, one whole, processes, trails, findings, logons.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>

#include "match/evaluator.h"
#include "match/field_names.h"
#include "match/query.h"
#include "model/codes.h"
#include "server/api.h"

namespace spoor::server::api {
namespace {

constexpr std::uint64_t kMostRows = 5000;
constexpr std::size_t kMostProcesses = 5000;  // of one session
constexpr std::size_t kMostOnTrail = 200;     // sessions of one trail

Response answer(Result<std::string> body) {
    return body ? Response::json(std::move(*body)) : Response::failure(body.error());
}

/// Everything a handler reads, held together for as long as the answer is made.
struct Desk {
    Library::Lease lease;
    const Knowledge& knowledge;
    Naming naming;

    const std::vector<Session>& sessions() const { return knowledge.history->sessions; }
};

template <typename Ask>
Response at_desk(Context& context, Ask&& ask) {
    auto lease = context.library.lease();
    const auto knowledge = lease.knowledge();
    if (!knowledge) return Response::failure(knowledge.error());
    const Naming naming{lease.catalog(), (*knowledge)->history, (*knowledge)->names.get()};
    const Desk desk{std::move(lease), **knowledge, naming};
    return answer(ask(context, desk));
}

Result<match::Expr> filter_of(const Context& context, const Desk& desk, match::Subject subject) {
    return match::parse_filter(context.request.parameter("q").value_or(""),
                               {.subject = subject, .now = context.clock.now(), .catalog = &desk.naming.catalog});
}

/// Computers, services and Windows itself: what drowns the sessions of people. A session that a link ties to another is
/// part of a story.
bool is_noise(const Session& session, LinkCount links) {
    const bool screen = session.user.domain == "Window Manager" || session.user.domain == "Font Driver Host";
    return screen || session.origin == Origin::WellKnown || session.type == LogonType::Service ||
           session.type == LogonType::System || session.user.name.ends_with('$') ||
           (!session.user.name.empty() && links.in + links.out == 0 && !is_human(session) &&
            session.type != LogonType::Network && session.type != LogonType::NetworkCleartext &&
            session.type != LogonType::NewCredentials && session.type != LogonType::Batch &&
            session.type != LogonType::Unknown);
}

Timestamp start_of(const Session& session) { return session.start.value_or(session.first_seen); }
Timestamp end_of(const Session& session) { return session.end.value_or(session.last_seen); }

Result<> sort_sessions(std::vector<std::uint32_t>& rows, std::string_view sort, const Desk& desk) {
    const bool turned = sort.starts_with('-');
    const std::string_view key = turned ? sort.substr(1) : sort;
    const auto& sessions = desk.sessions();
    const auto by = [&](auto&& value) {
        std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
            return turned ? value(sessions[b]) < value(sessions[a]) : value(sessions[a]) < value(sessions[b]);
        });
    };
    if (key.empty() || key == "start")
        by(start_of);
    else if (key == "end")
        by(end_of);
    else if (key == "user")
        by([](const Session& session) { return to_string(session.user); });
    else if (key == "host")
        by([&](const Session& session) { return desk.naming.catalog.host_name(session.key.host); });
    else if (key == "type")
        by([](const Session& session) { return slug(session.type); });
    else if (key == "duration")
        by([](const Session& session) { return end_of(session) - start_of(session); });
    else if (key == "events")
        by([](const Session& session) { return session.event_count; });
    else if (key == "processes")
        by([](const Session& session) { return session.process_count; });
    else
        return fail(Errc::BadUsage, fmt::format("sort: '{}' is no column", key));
    return {};
}

/// Links whose both ends are among the first of `rows`: the arrows of a timeline. Without their evidence.
void write_links_among(JsonWriter& json, std::span<const std::uint32_t> rows, std::uint64_t limit, const Desk& desk) {
    std::vector<bool> shown(desk.sessions().size());
    for (const std::uint32_t session :
         rows.subspan(0, static_cast<std::size_t>(std::min<std::uint64_t>(limit, rows.size()))))
        shown[session] = true;
    json.key("links").open('[');
    for (const Link& link : desk.knowledge.links.links)
        if (shown[link.from] && shown[link.to]) {
            Link bare = link;
            bare.evidence.clear();
            write_link(json, bare, desk.naming);
        }
    json.close(']');
}

Result<std::string> session_table(Context& context, const Desk& desk) {
    const match::Expr where = TRY(filter_of(context, desk, match::Subject::Sessions));
    const std::uint64_t row = TRY(context.request.number("row", 0, UINT32_MAX));
    const std::uint64_t limit = TRY(context.request.number("limit", 1000, kMostRows));
    const bool hide_noise = context.request.parameter("noise") == "hide";
    match::Matcher filter = TRY(match::Matcher::compile(where, desk.lease.archive().catalog()));

    std::vector<std::uint32_t> rows;
    std::uint64_t hidden = 0;
    for (std::uint32_t i = 0; i < desk.sessions().size(); ++i) {
        if (!filter.matches(desk.sessions()[i])) continue;
        if (hide_noise && is_noise(desk.sessions()[i], desk.knowledge.link_counts[i]))
            ++hidden;
        else
            rows.push_back(i);
    }
    TRY(sort_sessions(rows, context.request.parameter("sort").value_or(""), desk));

    std::string out;
    JsonWriter json(out);
    json.open('{')
        .key("total")
        .number(std::uint64_t{rows.size()})
        .key("hidden")
        .number(hidden)
        .key("of")
        .number(std::uint64_t{desk.sessions().size()});
    json.key("row").number(row).key("rows").open('[');
    for (std::uint64_t i = row; i < std::min<std::uint64_t>(row + limit, rows.size()); ++i)
        write_session_row(json, rows[i], desk.knowledge.link_counts[rows[i]], desk.naming);
    json.close(']');
    if (context.request.parameter("links") == "show")
        write_links_among(
            json, {rows.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(row, rows.size())), rows.end()},
            limit, desk);
    json.close('}');
    return out;
}

void write_finding(JsonWriter& json, const findings::Finding& finding, const Desk& desk) {
    const findings::RuleEntry& rule = findings::entry(finding.rule);
    json.open('{').key("rule").text(rule.name).key("title").text(rule.title).key("technique").text(rule.technique);
    json.key("severity")
        .text(findings::name(finding.severity))
        .key("host")
        .text(desk.naming.catalog.host_name(finding.host));
    json.key("first")
        .text(finding.first.to_string())
        .key("last")
        .text(finding.last.to_string())
        .key("text")
        .text(finding.text)
        .key("count")
        .number(finding.count);
    json.key("sessions").open('[');
    for (const std::uint32_t session : finding.sessions)
        if (session < desk.sessions().size()) json.text(desk.naming.names->of(session));
    json.close(']').key("evidence");
    write_evidence(json, finding.evidence, desk.naming.catalog);
    json.close('}');
}

/// The chain of custody as steps with their links, and the sentence that tells it.
void write_trail_back(JsonWriter& json, const trails::Trail& trail, const Desk& desk) {
    const auto& links = desk.knowledge.links.links;
    json.open('{').key("sentence").text(trails::sentence(trail, *desk.knowledge.tracer, desk.naming.catalog));
    json.key("strength")
        .text(name(trail.strength))
        .key("complete")
        .boolean(trail.complete)
        .key("ending")
        .text(trail.ending);
    if (trail.first_human != kNobody) json.key("first_human").text(desk.naming.names->of(trail.first_human));
    if (trail.enters_from) json.key("enters_from").text(trail.enters_from->to_string());
    if (!trail.enters_from_host.empty()) json.key("enters_from_host").text(trail.enters_from_host);
    json.key("steps").open('[');
    for (const trails::Step& step : trail.steps) {
        json.open('{')
            .key("session")
            .text(desk.naming.names->of(step.session))
            .key("phrase")
            .text(session_phrase(desk.sessions()[step.session], desk.naming.catalog));
        if (step.link < links.size())
            json.key("manner")
                .text(trails::manner(links[step.link].kind))
                .key("strength")
                .text(name(links[step.link].strength));
        json.close('}');
    }
    json.close(']').close('}');
}

Result<std::string> whole_session(Context& context, const Desk& desk) {
    const std::uint32_t index = TRY(desk.naming.names->find(context.request.path_value("name")));
    const Session& session = desk.sessions()[index];
    std::string out;
    JsonWriter json(out);
    json.open('{').key("row");
    write_session_row(json, index, desk.knowledge.link_counts[index], desk.naming);
    json.key("phrase").text(session_phrase(session, desk.naming.catalog)).key("facts");
    write_session_facts(json, session, desk.naming.catalog);
    json.key("evidence");
    write_evidence(json, session.evidence, desk.naming.catalog);
    json.key("trail");
    write_trail_back(json, desk.knowledge.tracer->back_from_session(index), desk);
    json.key("links").open('[');
    for (const Link& link : desk.knowledge.links.links)
        if (link.from == index || link.to == index) write_link(json, link, desk.naming);
    json.close(']').key("processes").open('[');
    const auto& processes = desk.knowledge.processes[index];
    for (std::size_t i = 0; i < std::min(processes.size(), kMostProcesses); ++i)
        write_process(json, processes[i], desk.naming);
    json.close(']').key("process_total").number(std::uint64_t{processes.size()}).key("findings").open('[');
    for (const findings::Finding& finding : desk.lease.findings())
        if (std::find(finding.sessions.begin(), finding.sessions.end(), index) != finding.sessions.end())
            write_finding(json, finding, desk);
    json.close(']').close('}');
    return out;
}

Result<std::string> process_table(Context& context, const Desk& desk) {
    const match::Expr where = TRY(filter_of(context, desk, match::Subject::Processes));
    const std::uint64_t row = TRY(context.request.number("row", 0, UINT32_MAX));
    const std::uint64_t limit = TRY(context.request.number("limit", 1000, kMostRows));
    match::Matcher filter = TRY(match::Matcher::compile(where, desk.lease.archive().catalog()));
    std::string out;
    JsonWriter json(out);
    std::uint64_t total = 0;
    json.open('{').key("rows").open('[');
    for (std::uint32_t i = 0; i < desk.knowledge.history->processes.size(); ++i) {
        if (!filter.matches(desk.knowledge.history->processes[i], *desk.knowledge.history)) continue;
        if (total >= row && total < row + limit) write_process(json, i, desk.naming);
        ++total;
    }
    json.close(']').key("total").number(total).close('}');
    return out;
}

/// The sessions around one: its way back, and what it led to, as lanes by host. Bounded; what is left out is counted.
Result<std::string> trail_around(Context& context, const Desk& desk) {
    const std::uint32_t index = TRY(desk.naming.names->find(context.request.path_value("name")));
    const std::uint64_t depth = TRY(context.request.number("depth", 6, 50));
    const trails::Trail back = desk.knowledge.tracer->back_from_session(index);
    const auto& links = desk.knowledge.links.links;

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
    walk(desk.knowledge.tracer->forward_from_session(index), depth);
    for (std::uint32_t i = 0; i < links.size(); ++i)
        if (seen.contains(links[i].from) && seen.contains(links[i].to)) links_shown.insert(i);

    std::string out;
    JsonWriter json(out);
    json.open('{').key("session").text(desk.naming.names->of(index)).key("back");
    write_trail_back(json, back, desk);
    json.key("sessions").open('[');
    for (const std::uint32_t session : shown)
        write_session_row(json, session, desk.knowledge.link_counts[session], desk.naming);
    json.close(']').key("links").open('[');
    for (const std::uint32_t link : links_shown) write_link(json, links[link], desk.naming);
    json.close(']').key("left_out").number(left_out).close('}');
    return out;
}

Result<std::string> all_findings(Context&, const Desk& desk) {
    std::string out;
    JsonWriter json(out);
    json.open('{').key("findings").open('[');
    for (const findings::Finding& finding : desk.lease.findings()) write_finding(json, finding, desk);
    json.close(']').close('}');
    return out;
}

void write_group(JsonWriter& json, const store::Count& count, std::uint64_t failures) {
    json.open('{').key("values").open('[');
    for (const std::string& value : count.values) json.text(value);
    json.close(']').key("successes").number(count.events).key("failures").number(failures);
    json.key("first").text(count.first.to_string()).key("last").text(count.last.to_string()).close('}');
}

/// Successes and failures of logons, side by side, by each combination of the fields.
Result<> write_logons_by(JsonWriter& json, std::string_view key, std::initializer_list<std::string_view> names,
                         const Desk& desk, const Question& question, std::uint64_t limit) {
    store::CountQuery query{.from = question.from, .until = question.until};
    for (const std::string_view name : names)
        query.by.push_back(match::find_fields(name, match::Subject::Events, nullptr).front());
    std::map<std::vector<std::string>, std::pair<store::Count, std::uint64_t>> groups;
    for (const bool success : {true, false}) {
        match::Predicate kind{match::FieldRef::of(match::HeaderProperty::Kind),
                              match::Op::Equal,
                              {static_cast<std::uint64_t>(success ? Kind::Logon : Kind::LogonFailed)}};
        query.where = match::all_of({match::leaf(std::move(kind)), question.where});
        for (store::Count& count : TRY(desk.lease.archive().count(query))) {
            auto& [group, failures] = groups[count.values];
            group.values = count.values;
            group.first = std::min(group.first, count.first);
            group.last = std::max(group.last, count.last);
            if (success)
                group.events += count.events;
            else
                failures += count.events;
        }
    }
    std::vector<const std::pair<store::Count, std::uint64_t>*> rows;
    for (const auto& [values, group] : groups) rows.push_back(&group);
    std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
        return a->first.events + a->second > b->first.events + b->second;
    });
    if (rows.size() > limit) rows.resize(limit);
    json.key(key).open('[');
    for (const auto* row : rows) write_group(json, row->first, row->second);
    json.close(']');
    return {};
}

Result<> write_failure_reasons(JsonWriter& json, const Desk& desk, const Question& question) {
    store::CountQuery query{.from = question.from, .until = question.until};
    match::Predicate kind{match::FieldRef::of(match::HeaderProperty::Kind),
                          match::Op::Equal,
                          {static_cast<std::uint64_t>(Kind::LogonFailed)}};
    query.where = match::all_of({match::leaf(std::move(kind)), question.where});
    query.by = {match::FieldRef::of("Status"_field), match::FieldRef::of("SubStatus"_field)};
    const auto number = [](const std::string& text) { return LogonId::parse(text).value_or(LogonId::none()).value(); };
    json.key("reasons").open('[');
    for (const store::Count& count : TRY(desk.lease.archive().count(query))) {
        json.open('{').key("reason").text(logon_failure_words(number(count.values[0]), number(count.values[1])));
        json.key("status")
            .text(count.values[0])
            .key("sub_status")
            .text(count.values[1])
            .key("failures")
            .number(count.events)
            .close('}');
    }
    json.close(']');
    return {};
}

Result<std::string> logon_summary(Context& context, const Desk& desk, const Question& question) {
    const std::uint64_t limit = TRY(context.request.number("limit", 200, 5000));
    std::string out;
    JsonWriter json(out);
    json.open('{');
    TRY(write_logons_by(json, "by_user", {"TargetDomainName", "TargetUserName"}, desk, question, limit));
    TRY(write_logons_by(json, "by_source", {"IpAddress", "WorkstationName"}, desk, question, limit));
    TRY(write_logons_by(json, "by_type", {"LogonType", "AuthenticationPackageName"}, desk, question, limit));
    TRY(write_logons_by(json, "by_host", {"host", "TargetUserName"}, desk, question, limit));
    TRY(write_failure_reasons(json, desk, question));
    json.close('}');
    return out;
}

}  // namespace

Response sessions(Context& context) { return at_desk(context, session_table); }
Response session(Context& context) { return at_desk(context, whole_session); }
Response processes(Context& context) { return at_desk(context, process_table); }
Response trail(Context& context) { return at_desk(context, trail_around); }
Response findings(Context& context) { return at_desk(context, all_findings); }

Response logons(Context& context) {
    auto question = question_of(context, context.library.lease().catalog());
    if (!question) return std::move(question).error();
    return at_desk(context, [&](Context& with, const Desk& desk) { return logon_summary(with, desk, *question); });
}

}  // namespace spoor::server::api
