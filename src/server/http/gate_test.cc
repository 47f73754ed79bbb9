#include "server/http/gate.h"
#include "base/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace spoor::server {
namespace {

using testing::HasSubstr;
using testing::Not;

class TestClock final : public Clock {
public:
    Timestamp now() const override { return now_; }
    void pass(Duration time) { now_ = now_ + time; }

private:
    Timestamp now_ = Timestamp::from_unix_seconds(1'600'000'000);
};

class GateTest : public testing::Test {
protected:
    std::unique_ptr<Gate> gate(GateOptions options = {}) { return std::move(*Gate::open(std::move(options), clock_)); }
    static Request from(std::string_view address, std::vector<NamedText> headers = {}) {
        Request request;
        request.peer.address = address;
        request.headers = std::move(headers);
        return request;
    }
    static Request with_cookie(std::string_view cookie) {
        return from("127.0.0.1", {{"cookie", "spoor=" + std::string(cookie)}});
    }

    TestClock clock_;
    const ScratchFolder folder_;
    const std::string token_file_ = folder_.file("tokens");
};

TEST_F(GateTest, SecretsAreLongAndNeverTheSame) {
    EXPECT_EQ(make_secret().size(), 43u);
    EXPECT_NE(make_secret(), make_secret());
    Digest back;
    EXPECT_TRUE(from_hex(to_hex(digest_of("x")), back));
    EXPECT_TRUE(same(back, digest_of("x")));
    EXPECT_FALSE(same(back, digest_of("y")));
}

TEST_F(GateTest, ALinkWorksOnceAndBecomesACookie) {
    const auto gate = this->gate();
    const std::string link = gate->make_link(Role::Analyst);
    const auto cookie = gate->redeem(link, {});
    ASSERT_TRUE(cookie);
    EXPECT_EQ(gate->identify(with_cookie(*cookie), "spoor")->role, Role::Analyst);
    EXPECT_FALSE(gate->redeem(link, {}));
    gate->forget_cookie(*cookie);
    EXPECT_EQ(gate->identify(with_cookie(*cookie), "spoor")->role, Role::Nobody);
}

TEST_F(GateTest, LinksAndCookiesGrowOld) {
    const auto gate = this->gate();
    const std::string old_link = gate->make_link(Role::Viewer);
    clock_.pass(Duration::seconds(16 * 60));
    EXPECT_FALSE(gate->redeem(old_link, {}));

    const std::string cookie = *gate->redeem(gate->make_link(Role::Viewer), {});
    for (int hours = 0; hours < 166; hours += 10) {
        EXPECT_EQ(gate->identify(with_cookie(cookie), "spoor")->role, Role::Viewer)
            << "used now and then, it stays for a week";
        clock_.pass(Duration::seconds(10 * 3600));
    }
    EXPECT_EQ(gate->identify(with_cookie(cookie), "spoor")->role, Role::Nobody);

    const std::string idle = *gate->redeem(gate->make_link(Role::Viewer), {});
    clock_.pass(Duration::seconds(13 * 3600));
    EXPECT_EQ(gate->identify(with_cookie(idle), "spoor")->role, Role::Nobody);
}

TEST_F(GateTest, TokensAreKeptAsDigestsAndComeBack) {
    std::string token;
    {
        const auto gate = this->gate({.token_file = token_file_});
        token = *gate->add_token("backup", Role::Viewer);
        EXPECT_FALSE(gate->add_token("backup", Role::Analyst)) << "names are unique";
        EXPECT_FALSE(gate->add_token("a b", Role::Viewer));
        EXPECT_FALSE(gate->add_token("", Role::Viewer));
        EXPECT_FALSE(gate->add_token("x", Role::Nobody));
    }
    std::stringstream stored;
    stored << std::ifstream(token_file_).rdbuf();
    EXPECT_THAT(stored.str(), HasSubstr("backup viewer "));
    EXPECT_THAT(stored.str(), Not(HasSubstr(token)));
    struct stat status = {};
    ASSERT_EQ(::stat(token_file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);

    const auto gate = this->gate({.token_file = token_file_});
    const Request request = from("10.0.0.9", {{"authorization", "Bearer " + token}});
    EXPECT_EQ(gate->identify(request, "spoor")->role, Role::Viewer);
    EXPECT_EQ(gate->identify(request, "spoor")->name, "token backup");
    ASSERT_TRUE(gate->remove_token("backup"));
    EXPECT_FALSE(gate->identify(request, "spoor"));
    EXPECT_FALSE(gate->remove_token("backup"));
}

TEST_F(GateTest, ABrokenTokenFileIsSaidAndNotPassedOver) {
    std::ofstream(token_file_) << "backup viewer 2020-10-09T22:28:10Z nonsense\n";
    const auto gate = Gate::open({.token_file = token_file_}, clock_);
    ASSERT_FALSE(gate);
    EXPECT_THAT(gate.error().what, HasSubstr("line 1"));
}

TEST_F(GateTest, TheKernelSaysWhoIsOnTheSocket) {
    const auto gate = this->gate({.server_uid = 990});
    Request request;
    for (const auto& [uid, role] :
         {std::pair{0u, Role::Administrator}, {990u, Role::Administrator}, {1000u, Role::Nobody}}) {
        request.peer.uid = uid;
        EXPECT_EQ(gate->identify(request, "spoor")->role, role) << uid;
    }
    const auto open_gate = this->gate({.server_uid = 990, .local_role = Role::Viewer});
    EXPECT_EQ(open_gate->identify(request, "spoor")->role, Role::Viewer);
}

TEST_F(GateTest, GuessingIsSlowedDownForTheGuesserOnly) {
    const auto gate = this->gate();
    const Request guess = from("10.6.6.6", {{"authorization", "Bearer wrong"}});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(gate->identify(guess, "spoor").error().code, Errc::Denied);
    EXPECT_EQ(gate->identify(guess, "spoor").error().code, Errc::Busy);
    EXPECT_EQ(gate->redeem("wrong", guess.peer).error().code, Errc::Busy);
    EXPECT_EQ(gate->redeem("wrong", from("10.0.0.9").peer).error().code, Errc::Denied);
    clock_.pass(Duration::seconds(7));
    EXPECT_EQ(gate->identify(guess, "spoor").error().code, Errc::Denied);
}

TEST_F(GateTest, AFloodOfRequestsIsHeldBack) {
    const auto gate = this->gate({.requests = 5, .requests_per_second = 1});
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(gate->identify(from("10.0.0.9"), "spoor"));
    EXPECT_EQ(gate->identify(from("10.0.0.9"), "spoor").error().code, Errc::Busy);
    EXPECT_TRUE(gate->identify(from("10.0.0.8"), "spoor"));
    clock_.pass(Duration::seconds(1));
    EXPECT_TRUE(gate->identify(from("10.0.0.9"), "spoor"));
}

TEST_F(GateTest, WrongSchemesAreSaid) {
    const auto gate = this->gate();
    for (const char* header : {"Basic dXNlcjpw", "Bearer", "Bearer ", "token x"})
        EXPECT_FALSE(gate->identify(from("10.0.0.9", {{"authorization", header}}), "spoor")) << header;
}

}  // namespace
}  // namespace spoor::server
