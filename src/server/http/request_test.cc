#include "server/http/request.h"

#include <gtest/gtest.h>

namespace spoor::server {
namespace {

Request request_to(std::string_view host, std::vector<NamedText> headers = {}, Method method = Method::Get) {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    request.headers.emplace_back("host", host);
    return request;
}

TEST(RequestTarget, IsTakenApartAndDecoded) {
    Request request;
    ASSERT_TRUE(read_target("/api/v1/sessions/WS07%2F1?q=User%3A+jimmy&limit=10&flag", request));
    EXPECT_EQ(request.path, "/api/v1/sessions/WS07/1");
    EXPECT_EQ(request.parameter("q"), "User: jimmy");
    EXPECT_EQ(request.number("limit", 5, 100).value(), 10u);
    EXPECT_EQ(request.number("absent", 5, 100).value(), 5u);
    EXPECT_EQ(request.parameter("flag"), "");
    EXPECT_FALSE(request.parameter("none"));
}

TEST(RequestTarget, PathsThatWalkAreRefused) {
    for (const char* target : {"/../etc/passwd", "/%2e%2e/etc", "/a/./b", "/a//b", "/..%5cx", "/a%00b", "/a%0ab", "/a%",
                               "/a%2", "/a%zz", "/%ff", "a", "", "*", "http://x/", "/a%2f..%2fb", "/x\\y"}) {
        Request request;
        EXPECT_FALSE(read_target(target, request)) << target;
    }
}

TEST(RequestTarget, NumbersAreCheckedAndBounded) {
    Request request;
    ASSERT_TRUE(read_target("/?a=-1&b=1e9&c=99999999999999999999&d=101&e=", request));
    for (const char* name : {"a", "b", "c", "d", "e"}) EXPECT_FALSE(request.number(name, 0, 100)) << name;
}

TEST(RequestTarget, AFloodOfParametersIsRefused) {
    std::string target = "/?";
    for (int i = 0; i < 65; ++i) target += "a=1&";
    Request request;
    EXPECT_FALSE(read_target(target, request));
    EXPECT_FALSE(read_target("/" + std::string(9000, 'a'), request));
}

TEST(PercentEncoding, SurvivesTheRoundTrip) {
    std::string all;
    for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
    EXPECT_EQ(percent_decoded(percent_encoded(all), Plus::IsBlank).value(), all);
}

TEST(Cookies, AreFoundByTheirWholeName) {
    const Request request = request_to("localhost", {{"cookie", "a=1; spoor_70=no; spoor_7=yes;b=2"}});
    EXPECT_EQ(request.cookie("spoor_7"), "yes");
    EXPECT_EQ(request.cookie("b"), "2");
    EXPECT_EQ(request.cookie("poor_7"), "");
}

TEST(Hosts, AreReadWithAndWithoutPort) {
    EXPECT_EQ(host_of("LocalHost:7067"), "localhost");
    EXPECT_EQ(host_of("[::1]:7067"), "::1");
    EXPECT_EQ(host_of("127.0.0.1"), "127.0.0.1");
    for (const char* text : {"", "a/b", "u@h", "::1", "[::1", "[::1]x", "a b"}) EXPECT_EQ(host_of(text), "") << text;
}

TEST(Provenance, NamesThatAreNotOursAreRefused) {
    const std::vector<std::string> names = {"monitor.corp.example"};
    for (const char* host : {"localhost:7067", "127.0.0.1:7067", "[::1]:7067", "monitor.corp.example",
                             "MONITOR.corp.example:443", "10.1.2.3"})
        EXPECT_TRUE(check_provenance(request_to(host), names)) << host;
    // A name that an attacker's DNS server answers with 127.0.0.1.
    for (const char* host : {"evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example"})
        EXPECT_FALSE(check_provenance(request_to(host), names)) << host;
}

TEST(Provenance, PagesOfOtherSitesAreRefused) {
    EXPECT_TRUE(check_provenance(request_to("localhost:7", {{"origin", "http://localhost:7"}}, Method::Post), {}));
    EXPECT_FALSE(check_provenance(request_to("localhost:7", {{"origin", "http://localhost:8"}}, Method::Post), {}));
    EXPECT_FALSE(check_provenance(request_to("localhost:7", {{"origin", "https://localhost:7"}}), {}));
    EXPECT_FALSE(check_provenance(request_to("localhost:7", {{"origin", "null"}}), {}));
    EXPECT_FALSE(check_provenance(
        request_to("localhost", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "no-cors"}}), {}));
    EXPECT_TRUE(check_provenance(
        request_to("localhost", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}), {}));
    EXPECT_FALSE(check_provenance(
        request_to("localhost", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}, Method::Post), {}));
}

}  // namespace
}  // namespace spoor::server
