// Assets: the browser UI's files, compiled into the program by cmake/web.cmake.
#pragma once
#include <string>
#include <string_view>

#include "server/http/request.h"
#include "server/http/response.h"

namespace spoor::server {

struct Asset {
    std::string_view path;  // "/assets/index-3f2a.js"
    std::string_view content_type;
    std::string_view hash;  // of the content: its ETag
    std::string_view bytes;
    std::string_view gzip;  // the same compressed; empty where that is no smaller
};

class Assets {
public:
    /// With a folder, files are read from there at each request.
    explicit Assets(std::string folder) : folder_(std::move(folder)) {}

    /// The file at the request's path. Addresses of pages, which are no files, get the application's one page.
    Response serve(const Request& request) const;

private:
    Response serve_from_folder(const Request& request) const;
    std::string folder_;
};

/// Whether this program was built with the browser UI in it.
bool has_browser_ui();

}  // namespace spoor::server
