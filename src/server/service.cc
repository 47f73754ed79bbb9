#include "server/service.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "base/check.h"
#include "server/api/handlers.h"

namespace spoor::server {
namespace {

constexpr std::uint64_t kLargestBody = 64 * 1024;     // of a request that is no upload
constexpr std::string_view kSecretParameter = "key";  // of a login link

std::string own_host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "localhost";
}

unsigned status_for(const Error& error) { return error.code == Errc::Busy ? 429 : 401; }

/// As the head of a request tells it; 0 when it does not.
std::uint64_t declared_size(const Request& request) {
    const std::string_view text = request.header("content-length");
    std::uint64_t size = 0;
    std::from_chars(text.data(), text.data() + text.size(), size);
    return size;
}

}  // namespace

/// An upload whose end is an event.
class Service::RecordedUpload final : public Upload {
public:
    RecordedUpload(Service& service, const Request& request, Identity identity, const Route& route,
                   std::unique_ptr<Upload> upload)
        : service_(service),
          request_(request),
          identity_(std::move(identity)),
          route_(route),
          upload_(std::move(upload)) {}

    ~RecordedUpload() override { service_.record(request_, identity_, route_, status_); }

    Result<> write(std::string_view bytes) override {
        Result<> written = upload_->write(bytes);
        if (!written) status_ = Response::failure(written.error()).status;
        return written;
    }

    Response finish() override {
        Response response = upload_->finish();
        status_ = response.status;
        return response;
    }

private:
    Service& service_;
    Request request_;
    Identity identity_;
    const Route& route_;
    std::unique_ptr<Upload> upload_;
    unsigned status_ = 400;  // of one that breaks off
};

Service::Service(ServiceOptions options, const ServiceParts& parts)
    : options_(std::move(options)), parts_(parts), assets_(options_.web_folder) {
    go_on_counting();
    if (parts_.keeper != nullptr) api::prepare_answers(parts_.library);
}

/// Numbers go on where the last run stopped: a gap in them would say that records of who looked were removed.
void Service::go_on_counting() {
    const auto lease = parts_.library.lease();
    host_ = lease.archive().catalog().host(own_host_name());
    channel_ = lease.archive().catalog().channel(kAccessChannel);
    if (const auto holdings = lease.archive().holdings())
        for (const store::Holding& holding : *holdings)
            if (holding.host == host_ && holding.channel == channel_ && !holding.ranges.empty())
                accesses_ = holding.ranges.back().last;
}

Response Service::refuse(Response response) {
    metrics_.count_refusal();
    if (response.status == 429) response.headers.emplace_back("Retry-After", "60");
    if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"Spoor\"");
    return response;
}

Admission Service::admit(Request& request) {
    if (auto provenance = check_provenance(request, options_.names); !provenance)
        return refuse(Response::failure(provenance.error()));
    bool path_known = false;
    const Route* const route = find_route(request, path_known);
    if (route == nullptr) {
        if (path_known)
            return Response::failure(405, "method_not_allowed",
                                     fmt::format("{} has no {}", request.path, name(request.method)));
        if (request.path.starts_with("/api/"))
            return Response::failure(404, "not_found", fmt::format("there is nothing at {}", request.path));
        if (request.method != Method::Get && request.method != Method::Head)
            return Response::failure(405, "method_not_allowed", "files are only read");
        return BodyLimit{0};
    }

    const auto identity = parts_.gate.identify(request, cookie_name_);
    if (!identity)
        return refuse(
            Response::failure(status_for(identity.error()), slug(identity.error().code), identity.error().what));
    if (identity->role < route->least) {
        const bool stranger = identity->role == Role::Nobody;
        return refuse(Response::failure(
            stranger ? 401 : 403, stranger ? "not_logged_in" : "denied",
            stranger ? "log in first: open a link that 'spoor access link' prints, or show a token"
                     : fmt::format("this takes the role {}; you are {}", name(route->least), name(identity->role))));
    }
    // A browser sends its cookie whoever's page makes it ask. Browsers name the origin of every POST, so one that does
    // not is no browser, and then it has no business with a cookie.
    const bool changes = request.method != Method::Get && request.method != Method::Head;
    if (changes && identity->name.starts_with("browser") && request.header("origin").empty())
        return refuse(Response::failure(403, "denied", "a request that changes something must name its origin"));

    if (route->takes_upload) {
        Admission admission = admit_upload(request, *identity);
        if (auto* const upload = std::get_if<std::unique_ptr<Upload>>(&admission))
            return std::make_unique<RecordedUpload>(*this, request, *identity, *route, std::move(*upload));
        record(request, *identity, *route, std::get<Response>(admission).status);
        return admission;
    }
    return BodyLimit{kLargestBody};
}

Admission Service::admit_upload(const Request& request, const Identity& identity) {
    if (parts_.importer == nullptr)
        return Response::failure(409, "unsupported",
                                 "this server shows files and takes no uploads; start it with a store");
    if (declared_size(request) > parts_.importer->most_bytes())
        return Response::failure(413, "too_large", too_large(parts_.importer->most_bytes()));
    auto upload = parts_.importer->begin(request.parameter("name").value_or("upload"), identity.name);
    if (!upload) return Response::failure(upload.error());
    return std::move(*upload);
}

Response Service::handle(Request& request) {
    const Timestamp start = parts_.clock.now();
    bool path_known = false;
    const Route* const route = find_route(request, path_known);
    if (route == nullptr) return assets_.serve(request);
    // Who it is was settled when the request was admitted; asking again costs a microsecond and keeps no state between.
    const auto identity = parts_.gate.identify(request, cookie_name_);
    if (!identity)
        return refuse(
            Response::failure(status_for(identity.error()), slug(identity.error().code), identity.error().what));
    Response response = answer(request, *identity, *route);
    metrics_.count_request(response.status, parts_.clock.now() - start);
    // Strangers who knock leave no events: they could write as many as they like.
    if (identity->role != Role::Nobody || response.status < 400) record(request, *identity, *route, response.status);
    return response;
}

Response Service::answer(Request& request, const Identity& identity, const Route& route) {
    CHECK(route.handle != nullptr && identity.role >= route.least);
    Context context{request,       identity,      parts_.library, parts_.live,  parts_.gate,  parts_.importer,
                    parts_.keeper, parts_.sensor, metrics_,       parts_.clock, cookie_name_, address_};
    Response response = route.handle(context);
    if (response.status == 200 && response.content_type == "application/json")
        response.content_type = route.content_type;
    return response;
}

/// Who looked at what, and who changed what, is an event like any other, in the stream that everybody sees.
void Service::record(const Request& request, const Identity& identity, const Route& route, unsigned status) {
    if (route.recorded == Recorded::No) return;
    Batch batch;
    batch.begin();
    batch.add_text("User"_field, identity.role == Role::Nobody ? name(Role::Nobody) : identity.name);
    std::string asked = fmt::format("{} {}", name(request.method), request.path);
    char separator = '?';
    for (const auto& [key, value] : request.query) {
        if (key == kSecretParameter) continue;
        fmt::format_to(std::back_inserter(asked), "{}{}={}", separator, key, value);
        separator = '&';
    }
    batch.add_text("Request"_field, asked);
    if (auto address = IpAddress::parse(request.peer.address)) batch.add_address("IpAddress"_field, *address);
    if (request.peer.pid) batch.add_number("ProcessId"_field, static_cast<std::uint64_t>(*request.peer.pid));
    batch.add_number("Status"_field, status);
    Event event;
    event.time = parts_.clock.now();
    event.sequence = ++accesses_;
    event.host = host_;
    event.channel = channel_;
    event.kind = route.recorded == Recorded::AsChange ? Kind::ConfigurationChanged : Kind::RecordsViewed;
    event.outcome = status < 400 ? Outcome::Success : Outcome::Failure;
    batch.commit(event);
    if (parts_.keeper != nullptr)
        parts_.keeper->record(std::move(batch), Keeper::WhenFull::Drop);
    else
        parts_.live.publish(std::move(batch));
}

}  // namespace spoor::server
