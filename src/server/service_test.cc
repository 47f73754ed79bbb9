#include "server/service.h"
#include "base/scratch_folder.h"
#include "server/api/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace spoor::server {
namespace {

using testing::HasSubstr;
using testing::Not;

/// An archive with one host, one channel and no events.
class EmptyArchive final : public store::Archive {
public:
    Catalog& catalog() override { return catalog_; }
    Result<const History*> history() override { return &history_; }
    Result<std::unique_ptr<store::EventStream>> events(store::EventQuery) override {
        return std::make_unique<NoEvents>();
    }
    Result<std::vector<store::Count>> count(const store::CountQuery&) override { return std::vector<store::Count>{}; }
    Result<std::vector<store::Holding>> holdings() override {
        return std::vector<store::Holding>{{.host = catalog_.host("WS07"),
                                            .channel = catalog_.channel("Security"),
                                            .ranges = {{1, 10}, {15, 20}},
                                            .events = 16}};
    }
    Result<store::Inventory> inventory() override { return store::Inventory{}; }

private:
    class NoEvents final : public store::EventStream {
        Result<bool> next(Batch& batch) override {
            batch.clear();
            return false;
        }
        std::span<const store::Position> positions() const override { return {}; }
    };
    Catalog catalog_;
    History history_;
};

class ServiceTest : public testing::Test {
protected:
    ServiceTest() {
        library_.lease().learn(
            {.knowledge = std::make_shared<const Knowledge>(std::make_shared<const History>(), archive_.catalog()),
             .findings = std::make_shared<const std::vector<findings::Finding>>()});
        for (const Role role : {Role::Viewer, Role::Analyst, Role::Administrator})
            tokens_[static_cast<std::size_t>(role)] = *gate_->add_token(std::string(name(role)), role);
    }

    static Request request(Method method, std::string_view path, std::string_view token = {}) {
        Request request;
        request.method = method;
        EXPECT_TRUE(read_target(path, request));
        request.headers = {{"host", "localhost"}};
        if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + std::string(token));
        request.peer.address = "127.0.0.1";
        return request;
    }

    /// As the HTTP server does it: admitted first, handled then.
    Response ask(Request request) {
        Admission admission = service_.admit(request);
        if (auto* refused = std::get_if<Response>(&admission)) return std::move(*refused);
        if (std::holds_alternative<std::unique_ptr<Upload>>(admission)) return Response::text(202, "upload");
        return service_.handle(request);
    }

    std::unique_ptr<Stream> follow() {
        return std::move(*live_.subscribe(
            "",
            [](const EventView& view, std::uint64_t, std::string& out) {
                out = std::string(name(view.event.kind)) + " " + std::string(view.text("User"_field)) + " " +
                      std::string(view.text("Request"_field));
                if (const auto status = view.find("Status"_field).as_number();
                    status && view.event.kind != Kind::RecordsViewed)
                    out += " " + std::to_string(*status);
            },
            std::nullopt));
    }
    static std::string pulled(Stream& stream) {
        std::string out;
        stream.pull(out);
        return out;
    }

    /// A path that fits a route: its {names} stand for something.
    static std::string path_of(const Route& route) {
        std::string path(route.path);
        if (const std::size_t brace = path.find('{'); brace != path.npos)
            path.replace(brace, path.find('}') - brace + 1, "1-1");
        return path;
    }

    SystemClock clock_;
    EmptyArchive archive_;
    Library library_{archive_, clock_};
    LiveFeed live_{{}, clock_};
    std::unique_ptr<Gate> gate_ = std::move(*Gate::open({}, clock_));
    std::string tokens_[4];
    Service service_{{}, {.library = library_, .live = live_, .gate = *gate_, .clock = clock_}};
};

TEST_F(ServiceTest, EveryRouteIsOpenToItsRolesAndToNobodyElse) {
    for (const Route& route : routes()) {
        for (const Role role : {Role::Nobody, Role::Viewer, Role::Analyst, Role::Administrator}) {
            const unsigned status =
                ask(request(route.method, path_of(route), tokens_[static_cast<std::size_t>(role)])).status;
            const bool refused = status == 401 || (status == 403 && route.path != "/login");
            EXPECT_EQ(refused, role < route.least)
                << name(route.method) << ' ' << route.path << " as " << name(role) << ": " << status;
            if (role == Role::Nobody && route.least != Role::Nobody) {
                EXPECT_EQ(status, 401u) << route.path;
            }
        }
    }
}

TEST_F(ServiceTest, OnlyWhatSaysSoIsOpenToEverybody) {
    std::set<std::string_view> open;
    for (const Route& route : routes())
        if (route.least == Role::Nobody) open.insert(route.path);
    EXPECT_THAT(open,
                testing::ElementsAre("/api/v1/logout", "/api/v1/me", "/api/v1/openapi.json", "/healthz", "/login"));
}

TEST_F(ServiceTest, WrongTokensAreRefusedEverywhereEvenWhereNoneIsNeeded) {
    EXPECT_EQ(ask(request(Method::Get, "/api/v1/me", "wrong")).status, 401u);
    EXPECT_EQ(ask(request(Method::Get, "/api/v1/status", "wrong")).status, 401u);
}

TEST_F(ServiceTest, WhatIsNotThereIsNotFoundAndWhatIsNotMeantIsSaid) {
    EXPECT_EQ(ask(request(Method::Get, "/api/v1/nothing")).status, 404u);
    EXPECT_EQ(ask(request(Method::Delete, "/api/v1/events")).status, 405u);
    EXPECT_EQ(ask(request(Method::Post, "/index.html")).status, 405u);
    EXPECT_EQ(ask(request(Method::Get, "/api/v1/sessions/WS07:0x1", tokens_[1])).status, 404u);
    EXPECT_EQ(ask(request(Method::Get, "/api/v1/events?limit=5000", tokens_[1])).status, 400u);
    EXPECT_EQ(ask(request(Method::Get, "/api/v1/events?from=yesterday", tokens_[1])).status, 400u);
}

TEST_F(ServiceTest, AnErrorInAFilterHasItsPlace) {
    const Response response = ask(request(Method::Get, "/api/v1/events?q=Imgae%3A+x", tokens_[1]));
    EXPECT_EQ(response.status, 400u);
    EXPECT_THAT(response.body, HasSubstr(R"("code":"bad_query")"));
    EXPECT_THAT(response.body, HasSubstr(R"("begin":0,"end":5)"));
}

TEST_F(ServiceTest, EveryLookAtDataIsAnEventInTheStream) {
    const auto stream = follow();
    ask(request(Method::Get, "/api/v1/sessions?q=user%3A+jimmy", tokens_[1]));
    ask(request(Method::Get, "/api/v1/schema", tokens_[1]));
    const std::string out = pulled(*stream);
    EXPECT_THAT(out, HasSubstr("records_viewed token viewer GET /api/v1/sessions?q=user: jimmy"));
    EXPECT_THAT(out, Not(HasSubstr("schema")));
}

TEST_F(ServiceTest, WhoGivesAndTakesAccessIsInTheStreamAndSecretsAreNot) {
    const auto stream = follow();
    ask(request(Method::Post, "/api/v1/tokens?name=backup&role=viewer", tokens_[3]));
    ask(request(Method::Delete, "/api/v1/tokens/backup", tokens_[3]));
    ask(request(Method::Post, "/api/v1/links?role=analyst", tokens_[3]));
    ask(request(Method::Get, "/login?key=" + gate_->make_link(Role::Viewer)));
    ask(request(Method::Get, "/login?key=guessed"));
    const std::string out = pulled(*stream);
    EXPECT_THAT(out,
                HasSubstr("configuration_changed token administrator POST /api/v1/tokens?name=backup&role=viewer"));
    EXPECT_THAT(out, HasSubstr("configuration_changed token administrator DELETE /api/v1/tokens/backup"));
    EXPECT_THAT(out, HasSubstr("configuration_changed token administrator POST /api/v1/links?role=analyst"));
    EXPECT_THAT(out, HasSubstr("configuration_changed nobody GET /login 303"));
    EXPECT_THAT(out, Not(HasSubstr("key")));
    EXPECT_THAT(out, Not(HasSubstr("guessed")));
}

class UploadTest : public ServiceTest {
protected:
    Admission begin(std::uint64_t size) {
        Request upload = request(Method::Post, "/api/v1/imports?name=a.evtx", tokens_[2]);
        upload.headers.emplace_back("content-length", std::to_string(size));
        return taking_.admit(upload);
    }

    const ScratchFolder folder_;
    const std::string spool_ = folder_.file("uploads");
    std::unique_ptr<Importer> importer_ = std::move(*Importer::open(
        {.spool_folder = spool_, .most_bytes = 100, .keep_free = 0},
        [](const std::string&, const std::string&, ImportCounts&) -> Result<std::string> { return "read"; }, clock_));
    Service taking_{{},
                    {.library = library_, .live = live_, .gate = *gate_, .importer = importer_.get(), .clock = clock_}};
};

TEST_F(UploadTest, WhoUploadsWhatIsInTheStreamWholeOrNot) {
    const auto stream = follow();
    auto whole = std::move(std::get<std::unique_ptr<Upload>>(begin(3)));
    EXPECT_TRUE(whole->write("abc"));
    EXPECT_EQ(whole->finish().status, 202u);
    whole.reset();
    EXPECT_THAT(pulled(*stream), HasSubstr("configuration_changed token analyst POST /api/v1/imports?name=a.evtx 202"));
    std::get<std::unique_ptr<Upload>>(begin(3)).reset();
    EXPECT_THAT(pulled(*stream), HasSubstr("POST /api/v1/imports?name=a.evtx 400"));
}

TEST_F(UploadTest, WhatIsTooLargeIsRefusedBeforeItIsSent) {
    const Admission admission = begin(10'000'000'000);
    ASSERT_TRUE(std::holds_alternative<Response>(admission));
    EXPECT_EQ(std::get<Response>(admission).status, 413u);
    EXPECT_THAT(std::get<Response>(admission).body, HasSubstr("the most that one upload may have"));
    EXPECT_TRUE(importer_->statuses().empty());
    auto endless = std::move(std::get<std::unique_ptr<Upload>>(begin(0)));
    EXPECT_TRUE(endless->write(std::string(100, 'x')));
    EXPECT_EQ(endless->write("x").error().code, Errc::BadUsage);
    endless.reset();
    EXPECT_THAT(importer_->statuses().front().message, HasSubstr("larger than"));
    EXPECT_TRUE(std::filesystem::is_empty(spool_));
}

TEST_F(ServiceTest, ACookieAloneChangesNothingWithoutAnOrigin) {
    const std::string cookie = "spoor=" + *gate_->redeem(gate_->make_link(Role::Administrator), {});
    Request forged = request(Method::Post, "/api/v1/links?role=viewer");
    forged.headers.emplace_back("cookie", cookie);
    EXPECT_EQ(ask(forged).status, 403u);
    forged.headers.emplace_back("origin", "http://evil.example");
    EXPECT_EQ(ask(forged).status, 403u);
    forged.headers.back().second = "http://localhost";
    EXPECT_EQ(ask(forged).status, 200u);
}

TEST_F(ServiceTest, ALinkLogsABrowserInAndLogoutOutAgain) {
    const Response in = ask(request(Method::Get, "/login?key=" + gate_->make_link(Role::Viewer)));
    EXPECT_EQ(in.status, 303u);
    std::string cookie;
    for (const auto& [key, value] : in.headers)
        if (key == "Set-Cookie") cookie = value;
    EXPECT_THAT(cookie, HasSubstr("HttpOnly; SameSite=Strict"));
    Request me = request(Method::Get, "/api/v1/me");
    me.headers.emplace_back("cookie", cookie.substr(0, cookie.find(';')));
    EXPECT_THAT(ask(me).body, HasSubstr("viewer"));
    Request out = request(Method::Post, "/api/v1/logout");
    out.headers.emplace_back("cookie", cookie.substr(0, cookie.find(';')));
    out.headers.emplace_back("origin", "http://localhost");
    ask(out);
    EXPECT_THAT(ask(me).body, HasSubstr("nobody"));
}

TEST_F(ServiceTest, GapsAreReadOffTheRecordNumbers) {
    EXPECT_THAT(ask(request(Method::Get, "/api/v1/gaps", tokens_[1])).body,
                HasSubstr(R"("first":"11","last":"14","missing":4)"));
}

TEST_F(ServiceTest, TheDescriptionNamesEveryRoute) {
    const std::string text = openapi();
    for (const Route& route : routes()) EXPECT_THAT(text, HasSubstr("\"" + std::string(route.path) + "\":{"));
}

}  // namespace
}  // namespace spoor::server
