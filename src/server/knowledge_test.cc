#include "server/knowledge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "match/language/query.h"

namespace spoor::server {
namespace {

using testing::ElementsAre;

constexpr Timestamp at(std::int64_t second) { return {second * 1'000'000'000}; }

class KnowledgeTest : public testing::Test {
protected:
    KnowledgeTest() {
        auto history = std::make_shared<History>();
        const auto add = [&](std::string_view user, LogonType type, std::int64_t start, std::int64_t end) {
            Session session;
            session.key = {catalog_.host("FS01"), 0, LogonId(history->sessions.size() + 1)};
            session.origin = Origin::Logged;
            session.user = {{}, "CORP", user};
            session.type = type;
            session.start = at(start);
            session.end = at(end);
            history->sessions.push_back(session);
        };
        history->boots.emplace_back();
        add("jimmy", LogonType::RemoteInteractive, 100, 900);
        add("FS01$", LogonType::Network, 50, 60);
        add("ann", LogonType::Network, 300, 310);
        add("brian", LogonType::Interactive, 200, 250);
        knowledge_ = std::make_unique<Knowledge>(std::move(history), catalog_);
    }

    std::vector<std::uint32_t> rows(const SessionQuestion& question) const {
        return (*knowledge_->list(question, at(1000)))->rows;
    }

    Catalog catalog_;
    std::unique_ptr<Knowledge> knowledge_;
};

TEST_F(KnowledgeTest, SessionsComeInTheOrderAskedForAndBackwards) {
    EXPECT_THAT(rows({}), ElementsAre(1, 0, 3, 2));
    EXPECT_THAT(rows({.text = {}, .descending = true}), ElementsAre(2, 3, 0, 1));
    EXPECT_THAT(rows({.text = {}, .by = SessionColumn::User}), ElementsAre(1, 2, 3, 0));
    EXPECT_THAT(rows({.text = {}, .by = SessionColumn::Duration, .descending = true}).front(), 0u);
}

TEST_F(KnowledgeTest, NoiseIsHiddenAndCounted) {
    const auto list = *knowledge_->list({.text = {}, .hide_noise = true}, at(1000));
    EXPECT_THAT(list->rows, ElementsAre(0, 3, 2));
    EXPECT_EQ(list->hidden, 1u);
}

TEST_F(KnowledgeTest, AStretchOfTimeHasTheSessionsThatWereThereInIt) {
    EXPECT_THAT(rows({.text = {}, .from = at(260), .until = at(305)}), ElementsAre(0, 2));
    EXPECT_THAT(rows({.text = {}, .from = at(901)}), ElementsAre());
}

TEST_F(KnowledgeTest, AnAnswerIsKeptForItsNextPagesAndNoLonger) {
    const SessionQuestion question{.text = "user: ann",
                                   .where = *match::parse_filter("user: ann", {.subject = match::Subject::Sessions})};
    const auto first = *knowledge_->list(question, at(1000));
    EXPECT_THAT(first->rows, ElementsAre(2));
    EXPECT_EQ(*knowledge_->list(question, at(1030)), first);
    EXPECT_NE(*knowledge_->list(question, at(1100)), first);
}

TEST_F(KnowledgeTest, ColumnsHaveTheNamesThatAddressesSpell) {
    EXPECT_EQ(find_session_column("duration"), SessionColumn::Duration);
    EXPECT_FALSE(find_session_column("colour"));
}

}  // namespace
}  // namespace spoor::server
