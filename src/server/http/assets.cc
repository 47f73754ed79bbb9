#include "server/http/assets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <span>

namespace spoor::server {

/// The table that cmake/web.cmake makes, in order of path; empty in a build without npm.
std::span<const Asset> embedded_assets();

namespace {

constexpr std::string_view kNoUi =
    "This spoor was built without its browser pages, because npm was not there.\n"
    "The API answers all the same: /api/v1/openapi.json describes it.\n";

std::string_view content_type_of(std::string_view path) {
    constexpr std::pair<std::string_view, std::string_view> kTypes[] = {{".html", "text/html; charset=utf-8"},
                                                                        {".js", "text/javascript; charset=utf-8"},
                                                                        {".css", "text/css; charset=utf-8"},
                                                                        {".svg", "image/svg+xml"},
                                                                        {".json", "application/json"},
                                                                        {".webmanifest", "application/manifest+json"},
                                                                        {".woff2", "font/woff2"},
                                                                        {".png", "image/png"},
                                                                        {".map", "application/json"}};
    for (const auto& [ending, type] : kTypes)
        if (path.ends_with(ending)) return type;
    return "application/octet-stream";
}

/// Pages have addresses of their own, such as /sessions/WS07:0x1a2b3c; files lie in /assets/ or have a known ending.
bool is_page(std::string_view path) {
    return !path.starts_with("/assets/") && content_type_of(path) == "application/octet-stream";
}

Response not_found() { return Response::text(404, "There is no such file.\n"); }

/// Names in /assets/ carry a hash of their content and never change it.
void add_caching(Response& response, std::string_view path) {
    response.headers.emplace_back("Cache-Control",
                                  path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
}

}  // namespace

bool has_browser_ui() { return !embedded_assets().empty(); }

Response Assets::serve(const Request& request) const {
    if (!folder_.empty()) return serve_from_folder(request);
    const auto assets = embedded_assets();
    if (assets.empty()) return Response::text(request.path == "/" ? 200 : 404, std::string(kNoUi));
    const std::string_view path = is_page(request.path) ? "/index.html" : std::string_view(request.path);
    const auto asset = std::find_if(assets.begin(), assets.end(), [&](const Asset& each) { return each.path == path; });
    if (asset == assets.end()) return not_found();
    Response response;
    response.content_type = asset->content_type;
    add_caching(response, path);
    response.headers.emplace_back("ETag", asset->hash);
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (request.header("if-none-match") == asset->hash) {
        response.status = 304;
    } else if (!asset->gzip.empty() && request.header("accept-encoding").find("gzip") != std::string_view::npos) {
        response.headers.emplace_back("Content-Encoding", "gzip");
        response.embedded = asset->gzip;
    } else {
        response.embedded = asset->bytes;
    }
    return response;
}

Response Assets::serve_from_folder(const Request& request) const {
    const std::string path = is_page(request.path) ? "/index.html" : request.path;
    // The path has no dot segments (request.h); links out of the folder are its owner's own affair.
    const int file = ::open((folder_ + path).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return not_found();
    Response response;
    response.content_type = content_type_of(path);
    char buffer[65536];
    for (ssize_t got = 0; (got = ::read(file, buffer, sizeof buffer)) > 0;)
        response.body.append(buffer, static_cast<std::size_t>(got));
    ::close(file);
    return response;
}

}  // namespace spoor::server
