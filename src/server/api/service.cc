// The server about itself: who you are, what is stored, sources and gaps, uploads, links and tokens.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/api/handlers.h"

namespace spoor::server::api {
namespace {

Result<Role> role_of(const Request& request) {
    const std::string_view text = request.parameter("role").value_or("");
    const auto role = find_role(text);
    if (!role || *role == Role::Nobody)
        return fail(Errc::BadUsage, fmt::format("role: '{}' is none of viewer, analyst, administrator", text));
    return *role;
}

void write_span(JsonWriter& json, Timestamp first, Timestamp last) {
    if (first <= last) json.text("first", first.to_string()).text("last", last.to_string());
}

/// Records between two ranges of numbers are missing.
template <typename Take>
void for_each_gap(const store::Holding& holding, Take&& take) {
    for (std::size_t i = 1; i < holding.ranges.size(); ++i)
        take(holding.ranges[i - 1].last + 1, holding.ranges[i].first - 1);
}

void write_keeper(JsonWriter& json, const KeeperCounts& counts) {
    json.open("store", '{')
        .number("recorded", counts.recorded)
        .number("stored", counts.stored)
        .number("known", counts.known);
    json.number("waiting", counts.waiting).number("dropped", counts.dropped).number("conclusions", counts.conclusions);
    json.number("conclusion_ms", static_cast<double>(counts.conclusion_took.nanoseconds) / 1e6);
    if (!counts.trouble.empty()) json.text("trouble", counts.trouble);
    json.close('}');
}

void write_sensor(JsonWriter& json, const SensorStatus& sensor) {
    json.open("sensor", '{')
        .text("socket", sensor.socket)
        .text("host", sensor.host)
        .boolean("connected", sensor.connected)
        .text("since", sensor.since.to_string());
    json.number("events", sensor.events).number("missed", sensor.missed).number("connections", sensor.connections);
    if (sensor.last_event != Timestamp{}) json.text("last_event", sensor.last_event.to_string());
    if (!sensor.trouble.empty()) json.text("trouble", sensor.trouble);
    json.close('}');
}

Result<std::string> status_text(Context& context) {
    const store::Inventory inventory = TRY(context.library.inventory());
    const LiveCounts live = context.live.counts();
    const auto [knowledge, findings] = context.library.known();
    std::string out;
    JsonWriter json(out);
    json.open('{')
        .number("events", inventory.events)
        .number("sessions", inventory.sessions)
        .number("processes", inventory.processes);
    json.number("links", inventory.links)
        .number("findings", findings ? findings->size() : 0)
        .number("hosts", context.library.catalog().host_count());
    write_span(json, inventory.first, inventory.last);
    json.boolean("sessions_read", knowledge != nullptr);
    json.boolean("takes_uploads", context.importer != nullptr);
    json.open("live", '{')
        .text("published", std::to_string(live.published))
        .text("oldest", std::to_string(live.oldest));
    json.number("readers", live.readers).number("missed", live.missed).close('}');
    if (context.keeper != nullptr) write_keeper(json, context.keeper->counts());
    if (context.sensor != nullptr) write_sensor(json, context.sensor->status());
    json.close('}');
    return out;
}

Result<std::string> sources_text(Context& context) {
    const auto lease = context.library.lease();
    std::string out;
    JsonWriter json(out);
    json.open('{').open("sources", '[');
    for (const store::Holding& holding : TRY(lease.archive().holdings())) {
        json.open('{')
            .text("host", lease.catalog().host_name(holding.host))
            .text("full_name", lease.catalog().host_full_name(holding.host));
        json.text("channel", lease.catalog().channel_name(holding.channel)).number("events", holding.events);
        write_span(json, holding.first, holding.last);
        std::uint64_t gaps = 0;
        std::uint64_t missing = 0;
        for_each_gap(holding, [&](std::uint64_t first, std::uint64_t last) {
            ++gaps;
            missing += last - first + 1;
        });
        json.number("gaps", gaps).number("missing", missing);
        if (!holding.ranges.empty())
            json.text("first_record", std::to_string(holding.ranges.front().first))
                .text("last_record", std::to_string(holding.ranges.back().last));
        json.close('}');
    }
    json.close(']').close('}');
    return out;
}

Result<std::string> gaps_text(Context& context) {
    constexpr std::uint64_t kMost = 10'000;
    const auto lease = context.library.lease();
    std::string out;
    JsonWriter json(out);
    std::uint64_t count = 0;
    json.open('{').open("gaps", '[');
    for (const store::Holding& holding : TRY(lease.archive().holdings()))
        for_each_gap(holding, [&](std::uint64_t first, std::uint64_t last) {
            if (++count > kMost) return;
            json.open('{')
                .text("host", lease.catalog().host_name(holding.host))
                .text("channel", lease.catalog().channel_name(holding.channel));
            json.text("first", std::to_string(first))
                .text("last", std::to_string(last))
                .number("missing", last - first + 1)
                .close('}');
        });
    json.close(']').number("total", count).close('}');
    return out;
}

}  // namespace

Response status(Context& context) { return Response::json_or_failure(status_text(context)); }
Response sources(Context& context) { return Response::json_or_failure(sources_text(context)); }
Response gaps(Context& context) { return Response::json_or_failure(gaps_text(context)); }

Response imports(Context& context) {
    std::string out;
    JsonWriter json(out);
    json.open('{').boolean("takes_uploads", context.importer != nullptr);
    if (context.importer != nullptr) json.number("most_bytes", context.importer->most_bytes());
    json.open("imports", '[');
    if (context.importer != nullptr)
        for (const ImportStatus& each : context.importer->statuses()) {
            json.open('{')
                .number("number", each.number)
                .text("name", each.file_name)
                .text("by", each.by)
                .text("begun", each.begun.to_string());
            json.text("state", name(each.state))
                .number("bytes_received", each.bytes_received)
                .number("bytes_read", each.bytes_read);
            json.number("events", each.events).text("message", each.message).close('}');
        }
    json.close(']').close('}');
    return Response::json(std::move(out));
}

Response me(Context& context) {
    std::string out;
    JsonWriter(out).open('{').text("role", name(context.identity.role)).text("name", context.identity.name).close('}');
    return Response::json(std::move(out));
}

Response log_in(Context& context) {
    const auto cookie = context.gate.redeem(context.request.parameter("key").value_or(""), context.request.peer);
    Response response;
    if (!cookie) {
        response = Response::text(
            cookie.error().code == Errc::Busy ? 429 : 403,
            fmt::format("{}.\n\nA login link works once. On the server's machine `spoor access link` prints a "
                        "new one, for its administrator.\n",
                        cookie.error().what));
        return response;
    }
    response.status = 303;
    response.headers.emplace_back("Location", "/");
    response.headers.emplace_back(
        "Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800{}", context.cookie_name,
                                  *cookie, context.request.encrypted ? "; Secure" : ""));
    return response;
}

Response log_out(Context& context) {
    context.gate.forget_cookie(context.request.cookie(context.cookie_name));
    Response response = Response::json("{}");
    response.headers.emplace_back(
        "Set-Cookie", fmt::format("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", context.cookie_name));
    return response;
}

Response add_link(Context& context) {
    const auto role = role_of(context.request);
    if (!role) return Response::failure(role.error());
    std::string out;
    const std::string path = "/login?key=" + context.gate.make_link(*role);
    JsonWriter(out).open('{').text("path", path).text("url", std::string(context.address) + path).close('}');
    return Response::json(std::move(out));
}

Response tokens(Context& context) {
    std::string out;
    JsonWriter json(out);
    json.open('{').open("tokens", '[');
    for (const NamedToken& token : context.gate.tokens())
        json.open('{')
            .text("name", token.name)
            .text("role", name(token.role))
            .text("made", token.made.to_string())
            .close('}');
    json.close(']').close('}');
    return Response::json(std::move(out));
}

Response add_token(Context& context) {
    const auto role = role_of(context.request);
    if (!role) return Response::failure(role.error());
    const auto token = context.gate.add_token(context.request.parameter("name").value_or(""), *role);
    if (!token) return Response::failure(token.error());
    std::string out;
    JsonWriter(out).open('{').text("token", *token).close('}');
    return Response::json(std::move(out));
}

Response remove_token(Context& context) {
    const auto removed = context.gate.remove_token(context.request.path_value("name"));
    return removed ? Response::json("{}") : Response::failure(removed.error());
}

Response metrics(Context& context) {
    std::string out;
    context.metrics.write(out);
    const LiveCounts live = context.live.counts();
    write_metric(out, "spoor_stream_events_total", "counter", "Events published to live readers.", live.published);
    write_metric(out, "spoor_stream_subscribers", "gauge", "Live readers.", live.readers);
    write_metric(out, "spoor_stream_gaps_total", "counter", "Gaps that slow live readers were told of.", live.gaps);
    write_metric(out, "spoor_stream_missed_total", "counter", "Events in those gaps.", live.missed);
    if (context.keeper != nullptr) {
        const KeeperCounts kept = context.keeper->counts();
        write_metric(out, "spoor_recorded_events_total", "counter", "Events that came as they happened.",
                     kept.recorded);
        write_metric(out, "spoor_stored_events_total", "counter", "Of them, those that the store has.", kept.stored);
        write_metric(out, "spoor_waiting_events", "gauge", "Events that the store has not got yet.", kept.waiting);
        write_metric(out, "spoor_dropped_events_total", "counter",
                     "Records of accesses that could not wait for the store.", kept.dropped);
        write_metric(out, "spoor_store_in_trouble", "gauge", "1 while the store cannot be written.",
                     kept.trouble.empty() ? 0 : 1);
        write_metric(out, "spoor_conclusions_total", "counter", "How often sessions were worked out anew.",
                     kept.conclusions);
    }
    if (context.sensor != nullptr) {
        const SensorStatus sensor = context.sensor->status();
        write_metric(out, "spoor_sensor_up", "gauge", "1 while the sensor is connected.", sensor.connected ? 1 : 0);
        write_metric(out, "spoor_sensor_events_total", "counter", "Events that the sensor sent.", sensor.events);
        write_metric(out, "spoor_sensor_missed_total", "counter",
                     "Events that the sensor had and this server did not take in time.", sensor.missed);
        write_metric(out, "spoor_sensor_connections_total", "counter", "How often the sensor was connected to.",
                     sensor.connections);
    }
    if (const auto inventory = context.library.inventory()) {
        write_metric(out, "spoor_events", "gauge", "Events stored.", inventory->events);
        write_metric(out, "spoor_sessions", "gauge", "Sessions known.", inventory->sessions);
    }
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = std::move(out);
    return response;
}

void prepare_answers(Library& library) {
    constexpr std::uint64_t kBarsOfSearch = 140;  // as web/src/pages/Search.svelte asks for them
    constexpr std::uint64_t kLogonsOfEach = 200;
    for (LongQuestion& question :
         std::array{histogram_of(library, {}, kBarsOfSearch), logons_of(library, {}, kLogonsOfEach)})
        library.answers().prepare(question.key, std::move(question.make));
}

Response health(Context& context) {
    const auto inventory = context.library.inventory();
    if (!inventory) return Response::failure(503, "unhealthy", inventory.error().what);
    return Response::json(R"({"ok":true})");
}

}  // namespace spoor::server::api
