#include "server/api/routes.h"

#include <algorithm>

#include "base/check.h"
#include "server/api/handlers.h"

namespace spoor::server {
namespace {

// clang-format off
constexpr Parameter kParameters[] = {
    {"q", "string", "A filter in Spoor's query language; everything when absent."},
    {"from", "string", "Only what is there at or after this time (RFC 3339)."},
    {"until", "string", "Only what is there at or before this time (RFC 3339)."},
    {"row", "integer", "The first row of the page, counted from 0."},
    {"limit", "integer", "At most so many rows."},
    {"order", "string", "asc: oldest first (default); desc: newest first."},
    {"fields", "string", "Further fields for each row, comma-separated."},
    {"by", "string", "Fields to count by, comma-separated."},
    {"per", "string", "Count anew for every such stretch: 1s, 5m, 1h, 1d."},
    {"stretches", "integer", "About so many bars."},
    {"format", "string", "jsonl or csv."},
    {"after", "string", "Go on behind this place: of the stream, as an event's id gives it (also as the header Last-Event-ID), or of the archive."},
    {"noise", "string", "hide: without sessions of computers, services and Windows itself; show: all (default)."},
    {"sort", "string", "start, end, user, host, type, duration, events, processes; a minus before it turns it round."},
    {"links", "string", "show: with the links between the sessions of the page."},
    {"recent", "integer", "Begin with so many of the newest events that there are, at most 5000."},
    {"depth", "integer", "How many links forward."},
    {"process", "string", "A process of the session, by its number, and by a time at which it ran where there were several: 2496@2024-05-14T08:52:44Z."},
    {"at", "integer", "Where the cursor is, in bytes."},
    {"name", "string", "A name."},
    {"role", "string", "viewer, analyst or administrator."},
    {"key", "string", "The secret of a login link."},
    {"record", "string", "xml: with the record in the form that Windows shows."},
    {"rule", "string", "Only what this rule found."},
    {"subject", "string", "What the filter is about: events (default), sessions or processes."},
};

constexpr Route kRoutes[] = {
    {Method::Get, "/api/v1/events", Role::Viewer, Recorded::AsLook, "A page of the events that a filter lets through, by row number.", "q from until row limit order fields", "application/json", "EventPage", api::events},
    {Method::Get, "/api/v1/events/{at}", Role::Viewer, Recorded::AsLook, "One event with every field.", "record", "application/json", "Event", api::event},
    {Method::Get, "/api/v1/histogram", Role::Viewer, Recorded::AsLook, "How many events there are over time.", "q from until stretches", "application/json", "Histogram", api::histogram},
    {Method::Get, "/api/v1/counts", Role::Viewer, Recorded::AsLook, "How many events there are for each combination of values.", "q from until by per limit", "application/json", "Counts", api::counts},
    {Method::Get, "/api/v1/export", Role::Viewer, Recorded::AsLook, "All events that a filter lets through, as a stream.", "q from until order format fields limit", "application/x-ndjson", "", api::export_events},
    {Method::Get, "/api/v1/live", Role::Viewer, Recorded::AsLook, "Events as they happen, as server-sent events; resumable.", "q after recent", "text/event-stream", "", api::live},
    {Method::Get, "/api/v1/sessions", Role::Viewer, Recorded::AsLook, "The logon sessions that a filter lets through.", "q noise from until sort row limit links", "application/json", "SessionPage", api::sessions},
    {Method::Get, "/api/v1/density", Role::Viewer, Recorded::AsLook, "How many sessions were there over time, by host.", "q noise from until stretches", "application/json", "Density", api::density},
    {Method::Get, "/api/v1/sessions/{name}", Role::Viewer, Recorded::AsLook, "One session: facts, evidence, processes, links, findings.", "", "application/json", "SessionWhole", api::session},
    {Method::Get, "/api/v1/processes", Role::Viewer, Recorded::AsLook, "The processes that a filter lets through.", "q row limit", "application/json", "ProcessPage", api::processes},
    {Method::Get, "/api/v1/trails/{name}", Role::Viewer, Recorded::AsLook, "The trail of a session, or of a process in it, back to the first human logon, and forward to what it led to.", "depth process", "application/json", "Trail", api::trail},
    {Method::Get, "/api/v1/findings", Role::Viewer, Recorded::AsLook, "What about sessions deserves a look, gravest first.", "rule row limit", "application/json", "FindingPage", api::findings},
    {Method::Get, "/api/v1/logons", Role::Viewer, Recorded::AsLook, "Logons by user, source, type and outcome, with reasons of failures.", "q from until limit", "application/json", "Logons", api::logons},
    {Method::Get, "/api/v1/sources", Role::Viewer, Recorded::AsLook, "Hosts and channels, with their times, numbers and gaps.", "", "application/json", "Sources", api::sources},
    {Method::Get, "/api/v1/gaps", Role::Viewer, Recorded::AsLook, "Records that are missing, by host and channel.", "", "application/json", "Gaps", api::gaps},
    {Method::Post, "/api/v1/archive/{part}", Role::Viewer, Recorded::AsLook, "Events, counts, history, recalled, holdings, inventory or cuts in Spoor's own form, for its command line; the body is a filter (of recalled: what to recall), times are nanoseconds.", "from until order limit after by per", "application/octet-stream", "", api::archive},
    {Method::Get, "/api/v1/schema", Role::Viewer, Recorded::No, "Event kinds, fields, and what can be asked of events, sessions and processes.", "", "application/json", "Schema", api::schema},
    {Method::Get, "/api/v1/check", Role::Viewer, Recorded::No, "Whether a filter is right, and where it is not.", "q subject", "application/json", "Check", api::check_query},
    {Method::Get, "/api/v1/complete", Role::Viewer, Recorded::AsLook, "How a filter that is being typed may go on.", "q at subject", "application/json", "Completion", api::complete},
    {Method::Get, "/api/v1/status", Role::Viewer, Recorded::No, "What is stored and what is live, in numbers.", "", "application/json", "Status", api::status},
    {Method::Get, "/api/v1/imports", Role::Analyst, Recorded::No, "Uploads and how far they are.", "", "application/json", "Imports", api::imports},
    {Method::Post, "/api/v1/imports", Role::Analyst, Recorded::AsChange, "Upload one log file as the body; it is read in the background.", "name", "application/json", "Uploaded", nullptr, true},
    {Method::Get, "/api/v1/me", Role::Nobody, Recorded::No, "Who you are, to this server.", "", "application/json", "Me", api::me},
    {Method::Post, "/api/v1/logout", Role::Nobody, Recorded::AsChange, "Forgets this browser.", "", "application/json", "Nothing", api::log_out},
    {Method::Post, "/api/v1/links", Role::Administrator, Recorded::AsChange, "A link that logs a browser in, once.", "role", "application/json", "LoginLink", api::add_link},
    {Method::Get, "/api/v1/tokens", Role::Administrator, Recorded::No, "The names and roles of tokens.", "", "application/json", "Tokens", api::tokens},
    {Method::Post, "/api/v1/tokens", Role::Administrator, Recorded::AsChange, "A new token; its text is shown this once.", "name role", "application/json", "NewToken", api::add_token},
    {Method::Delete, "/api/v1/tokens/{name}", Role::Administrator, Recorded::AsChange, "Removes a token.", "", "application/json", "Nothing", api::remove_token},
    {Method::Get, "/api/v1/openapi.json", Role::Nobody, Recorded::No, "This description.", "", "application/json", "", api::description},
    {Method::Get, "/login", Role::Nobody, Recorded::AsChange, "Follows a login link.", "key", "text/html", "", api::log_in},
    {Method::Get, "/metrics", Role::Viewer, Recorded::No, "Numbers for Prometheus.", "", "text/plain", "", api::metrics},
    {Method::Get, "/healthz", Role::Nobody, Recorded::No, "200 when the server and its archive answer.", "", "application/json", "Health", api::health},
};
// clang-format on

/// Whether `path` has the form of `pattern`; fills in what its {names} stand for. A name in braces is one segment.
bool fits(std::string_view pattern, std::string_view path, std::vector<NamedText>& values) {
    values.clear();
    while (true) {
        const std::size_t end = std::min(pattern.find('/', 1), pattern.size());
        const std::size_t path_end = std::min(path.find('/', 1), path.size());
        const std::string_view part = pattern.substr(0, end);
        const std::string_view path_part = path.substr(0, path_end);
        if (part.starts_with("/{") && part.ends_with('}') && path_part.size() > 1)
            values.emplace_back(part.substr(2, part.size() - 3), path_part.substr(1));
        else if (part != path_part)
            return false;
        pattern.remove_prefix(end);
        path.remove_prefix(path_end);
        if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
    }
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

const Parameter& parameter(std::string_view name) {
    const auto at = std::find_if(std::begin(kParameters), std::end(kParameters),
                                 [&](const Parameter& each) { return each.name == name; });
    CHECK(at != std::end(kParameters));
    return *at;
}

const Route* find_route(Request& request, bool& path_known) {
    path_known = false;
    const Method method = request.method == Method::Head ? Method::Get : request.method;
    for (const Route& route : kRoutes) {
        std::vector<NamedText> values;
        if (!fits(route.path, request.path, values)) continue;
        path_known = true;
        if (route.method != method) continue;
        request.path_values = std::move(values);
        return &route;
    }
    return nullptr;
}

}  // namespace spoor::server
