#include "server/http/response.h"

#include "base/json_writer.h"

namespace spoor::server {
namespace {

unsigned status_of(Errc code) {
    switch (code) {
        case Errc::BadQuery:
        case Errc::BadUsage:
        case Errc::Corrupt:
        case Errc::Truncated: return 400;
        case Errc::Denied: return 403;
        case Errc::NotFound: return 404;
        case Errc::Unsupported: return 415;
        case Errc::Busy: return 503;
        case Errc::Full: return 507;
        case Errc::Io: return 500;
    }
    return 500;
}

}  // namespace

std::string_view slug(Errc code) {
    switch (code) {
        case Errc::BadQuery: return "bad_query";
        case Errc::BadUsage: return "bad_request";
        case Errc::Corrupt: return "corrupt";
        case Errc::Truncated: return "truncated";
        case Errc::Denied: return "denied";
        case Errc::NotFound: return "not_found";
        case Errc::Unsupported: return "unsupported";
        case Errc::Busy: return "busy";
        case Errc::Full: return "full";
        case Errc::Io: return "io";
    }
    return "error";
}

Response Response::failure(unsigned status, std::string_view code, std::string_view message) {
    Response response;
    response.status = status;
    JsonWriter json(response.body);
    json.open('{').open("error", '{').text("code", code).text("message", message).close('}').close('}');
    return response;
}

Response Response::failure(const Error& error) { return failure(status_of(error.code), slug(error.code), error.what); }

}  // namespace spoor::server
