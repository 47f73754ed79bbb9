#include "server/answers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>

#include "base/scratch_folder.h"

namespace spoor::server {
namespace {

class ByHand final : public Clock {
public:
    Timestamp now() const override { return now_.load(); }
    void pass(Duration duration) { now_ = now_.load() + duration; }

private:
    std::atomic<Timestamp> now_ = Timestamp{Duration::seconds(1'000'000).nanoseconds};
};

class AnswersTest : public testing::Test {
protected:
    std::unique_ptr<Answers> answers() {
        return std::make_unique<Answers>(clock_, [this] { return edition_.load(); }, folder_.file("answers"));
    }
    /// Says how often it was asked.
    Answers::Make counted() {
        return [this]() -> Result<std::string> { return "answer " + std::to_string(++made_); };
    }
    template <typename Condition>
    static bool soon(Condition&& condition) {
        for (int i = 0; i < 1000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }

    ScratchFolder folder_;
    ByHand clock_;
    std::atomic<std::uint64_t> edition_ = 1;
    std::atomic<int> made_ = 0;
};

TEST_F(AnswersTest, AnAnswerIsGoodWhileNothingChanges) {
    const auto answers = this->answers();
    EXPECT_EQ(answers->ask("q", counted())->text, "answer 1");
    clock_.pass(Duration::seconds(3600));
    const Answer again = answers->ask("q", counted()).value();
    EXPECT_EQ(again.text, "answer 1");
    EXPECT_FALSE(again.renewing);
}

TEST_F(AnswersTest, AnOldAnswerIsGivenAtOnceAndRenewed) {
    const auto answers = this->answers();
    std::latch go_on(1);
    const Answers::Make slow = [&]() -> Result<std::string> {
        clock_.pass(Duration::seconds(1));
        if (made_ > 0) go_on.wait();
        return counted()();
    };
    EXPECT_EQ(answers->ask("q", slow)->text, "answer 1");
    ++edition_;
    clock_.pass(Duration::seconds(3600));
    for (int i = 0; i < 3; ++i) {
        const Answer old = answers->ask("q", slow).value();
        EXPECT_EQ(old.text, "answer 1");
        EXPECT_TRUE(old.renewing);
    }
    go_on.count_down();
    EXPECT_TRUE(soon([&] { return answers->ask("q", slow)->text == "answer 2"; }));
    EXPECT_EQ(made_, 2) << "however many asked";
}

TEST_F(AnswersTest, WhatIsQuickIsMadeAnewAtOnce) {
    const auto answers = this->answers();
    EXPECT_EQ(answers->ask("q", counted())->text, "answer 1");
    ++edition_;
    clock_.pass(Duration::seconds(3600));
    const Answer fresh = answers->ask("q", counted()).value();
    EXPECT_EQ(fresh.text, "answer 2");
    EXPECT_FALSE(fresh.renewing);
}

TEST_F(AnswersTest, WhoAsksTheSameMeanwhileWaitsForTheSameAnswer) {
    const auto answers = this->answers();
    std::latch begun(1);
    std::latch go_on(1);
    std::jthread first([&] {
        EXPECT_EQ(answers
                      ->ask("q",
                            [&]() -> Result<std::string> {
                                begun.count_down();
                                go_on.wait();
                                return "the first";
                            })
                      ->text,
                  "the first");
    });
    begun.wait();
    std::jthread second([&] { EXPECT_EQ(answers->ask("q", counted())->text, "the first"); });
    go_on.count_down();
}

TEST_F(AnswersTest, AFailureIsToldAndNotKept) {
    const auto answers = this->answers();
    EXPECT_EQ(
        answers->ask("q", []() -> Result<std::string> { return fail(Errc::Io, "the disk is gone"); }).error().what,
        "the disk is gone");
    EXPECT_EQ(answers->ask("q", counted())->text, "answer 1");
}

TEST_F(AnswersTest, WhatIsPreparedIsThereAtOnceInTheNextRun) {
    {
        const auto answers = this->answers();
        answers->prepare("q", counted());
        EXPECT_TRUE(soon([&] { return std::filesystem::exists(folder_.file("answers")); }));
    }
    edition_ = 7;
    const auto answers = this->answers();
    std::latch go_on(1);
    const Answer old = answers
                           ->ask("q",
                                 [&]() -> Result<std::string> {
                                     go_on.wait();
                                     return "answer 2";
                                 })
                           .value();
    go_on.count_down();
    EXPECT_EQ(old.text, "answer 1");
    EXPECT_TRUE(old.renewing);
}

TEST_F(AnswersTest, WhatWasSaidLastIsKnownInTheNextRun) {
    answers()->note("first screen", "two sessions");
    EXPECT_EQ(answers()->last("first screen"), "two sessions");
    EXPECT_EQ(answers()->last("another"), std::nullopt);
}

TEST_F(AnswersTest, ADamagedFileIsNoAnswer) {
    for (const std::string bytes :
         {"", "spoor", "spoor answers 1\n", "spoor answers 1\n1 1 99999999999999\nqa", "spoor answers 1\n1 1 9\nqshort",
          "spoor answers 1\n-1 x\n", "spoor answers 2\n1 1 1\nqa"}) {
        std::ofstream(folder_.file("answers"), std::ios::trunc) << bytes;
        made_ = 0;
        EXPECT_EQ(answers()->ask("q", counted())->text, "answer 1") << bytes;
    }
}

TEST_F(AnswersTest, NoMoreAreKeptThanHaveRoom) {
    const auto answers = this->answers();
    for (int i = 0; i < 100; ++i) (void)answers->ask("question " + std::to_string(i), counted());
    EXPECT_EQ(answers->ask("question 99", counted())->text, "answer 100");
    EXPECT_EQ(answers->ask("question 0", counted())->text, "answer 101") << "the one asked longest ago made room";
}

}  // namespace
}  // namespace spoor::server
