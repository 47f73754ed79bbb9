// Fuzzes what HTTP requests are taken apart by: target, cookies, Host, provenance. Decoding must hold its own rules.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/unicode.h"
#include "server/http/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spoor;
    using namespace spoor::server;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = size == 0 ? 0 : data[0] % size;

    Request request;
    if (read_target(input, request)) {
        CHECK(request.path.starts_with('/') && is_utf8(request.path));
        CHECK((request.path + '/').find("/../") == std::string::npos && request.path.find("//") == std::string::npos);
        CHECK(request.query.size() <= kMostParameters);
        for (const auto& [key, value] : request.query) (void)request.number(key, 0, 1000);
    }
    request.headers = {{"host", std::string(input.substr(0, cut))},
                       {"origin", std::string(input.substr(cut))},
                       {"cookie", std::string(input)}};
    (void)request.cookie("spoor");
    (void)check_provenance(request, {});
    CHECK(percent_decoded(percent_encoded(input), Plus::IsBlank).value() == input);
    return 0;
}
