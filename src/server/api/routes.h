// Routes: every address the server answers at, in one table: method, path, who may, what it takes, who answers.
//
// The dispatcher, the check of rights, the OpenAPI description and the test that tries every route as everybody are all
// made from it. To add a route: write its handler in this folder and add a line in routes.cc, and one in openapi.cc for
// the form of what it answers.
#pragma once
#include <span>
#include <string_view>

#include "server/api/metrics.h"
#include "server/http/gate.h"
#include "server/http/http_server.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/importer.h"
#include "server/keeper.h"
#include "server/library.h"
#include "server/live_feed.h"
#include "server/sensor_feed.h"

namespace spoor::server {

/// What a handler works with.
struct Context {
    Request& request;
    const Identity& identity;
    Library& library;
    LiveFeed& live;
    Gate& gate;
    Importer* importer;        // null: this server takes no logs
    const Keeper* keeper;      // null: it shows files and keeps no store
    const SensorFeed* sensor;  // null: it follows none
    Metrics& metrics;
    const Clock& clock;
    std::string_view cookie_name;
    std::string_view address;  // of this server, for browsers
};

/// Whether a request is itself an event: that somebody looked at what was recorded, or asked for a change of it or of
/// who may see it.
enum class Recorded : std::uint8_t { No, AsLook, AsChange };

struct Parameter {
    std::string_view name;
    std::string_view type;  // of JSON Schema
    std::string_view meaning;
};

struct Route {
    Method method = Method::Get;
    std::string_view path = {};  // "/api/v1/sessions/{name}"
    Role least = Role::Nobody;
    Recorded recorded = Recorded::No;
    std::string_view summary = {};
    std::string_view parameters = {};  // names from kParameters, blank-separated
    std::string_view content_type = "application/json";
    std::string_view answer = {};  // the name of its form in openapi.cc; empty where it is no single JSON value
    Response (*handle)(Context&) = nullptr;
    bool takes_upload = false;
};

std::span<const Route> routes();
const Parameter& parameter(std::string_view name);

/// The route of a request, whose path values are filled in; null when there is none. `path_known` says whether another
/// method would have found one.
const Route* find_route(Request& request, bool& path_known);

}  // namespace spoor::server
