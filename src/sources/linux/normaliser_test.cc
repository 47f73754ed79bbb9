// Normaliser: processes are counted into their sessions once each, whatever is told twice, late or never.
#include "sources/linux/normaliser.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sources/linux/host/clock.h"

namespace spoor::sensor {
namespace {

constexpr std::uint32_t kParent = 5'000'001;  // above the kernel's largest process number
constexpr std::uint32_t kChild = 5'000'002;
constexpr std::uint32_t kSession = 7;

class Counting : public testing::Test {
protected:
    Counting() {
        host_.on_new_session = [this](std::uint32_t session, const KnownProcess&, std::uint64_t) {
            began_.push_back(session);
        };
        host_.on_session_empty = [this](std::uint32_t session, const KnownProcess&, std::uint64_t) {
            ended_.push_back(session);
        };
    }
    record_header header(std::uint16_t type, std::uint32_t pid, std::uint64_t start, std::uint32_t session = kSession) {
        record_header header{};
        header.type = type;
        header.pid = header.tid = pid;
        header.start = start;
        header.session = session;
        header.login_uid = 0;
        header.time = BootClock::now();
        return header;
    }
    template <typename Record>
    void add(const Record& record) {
        normaliser_.add(RecordView(std::as_bytes(std::span(&record, 1))), batch_);
    }
    void fork(std::uint32_t child, std::uint64_t start) {
        fork_record record{};
        record.header = header(RECORD_FORK, kParent, 1);
        record.child_pid = child;
        record.child_start = start;
        record.child_session = kSession;
        add(record);
    }
    void exit(std::uint32_t pid, std::uint64_t start) {
        exit_record record{};
        record.header = header(RECORD_EXIT, pid, start);
        add(record);
    }
    std::size_t told(Kind kind) const {
        std::size_t count = 0;
        for (const Event& event : batch_.events()) count += event.kind == kind;
        return count;
    }

    Catalog catalog_;
    HostContext host_{catalog_, "VM", "machine", "boot"};
    Normaliser normaliser_{host_};
    Batch batch_;
    std::vector<std::uint32_t> began_;
    std::vector<std::uint32_t> ended_;
};

TEST_F(Counting, TellsWhichGroupHasChanged) {
    credentials_record record{};
    record.header = header(RECORD_CREDENTIALS, kParent, 1);
    record.flags = CREDENTIALS_OLD_KNOWN;
    record.before.gid = record.before.egid = record.after.egid = 100;
    record.after.gid = 200;  // the real one alone
    add(record);
    record.before.gid = 200;
    record.after.egid = 300;
    add(record);
    ASSERT_EQ(told(Kind::IdentityChanged), 2u);
    const auto group = [&](std::size_t event, FieldId field) {
        return batch_.find(batch_.events()[event], field).as_number();
    };
    EXPECT_EQ(group(0, "OldGid"_field), 100u);
    EXPECT_EQ(group(0, "NewGid"_field), 200u);
    EXPECT_EQ(group(1, "OldGid"_field), 100u);
    EXPECT_EQ(group(1, "NewGid"_field), 300u);
}

using Sessions = std::vector<std::uint32_t>;

TEST_F(Counting, EndsASessionWithItsLastProcess) {
    fork(kChild, 10);
    EXPECT_EQ(began_, Sessions{kSession});
    exit(kParent, 1);
    EXPECT_TRUE(ended_.empty());
    exit(kChild, 10);
    EXPECT_EQ(ended_, Sessions{kSession});
}

TEST_F(Counting, TellsTheEndOfAProcessOnceThoughTwoThreadsReportIt) {
    fork(kChild, 10);
    exit(kChild, 10);
    exit(kChild, 10);
    EXPECT_EQ(told(Kind::ProcessExited), 1u);
    EXPECT_TRUE(ended_.empty()) << "the parent is there";
}

TEST_F(Counting, ForgetsAProcessWhoseNumberIsAnothers) {
    fork(kChild, 10);
    fork(kChild, 10 * kTick);  // the end of the first was lost
    exit(kChild, 10 * kTick);
    exit(kParent, 1);
    EXPECT_EQ(ended_, Sessions{kSession});
}

TEST_F(Counting, MovesAProcessToAnotherSession) {
    fork(kChild, 10);
    exit(kParent, 1);
    login_record moved{};
    moved.header = header(RECORD_LOGIN, kChild, 10, 8);
    add(moved);
    EXPECT_EQ(began_, (Sessions{kSession, 8}));
    EXPECT_EQ(ended_, Sessions{kSession});
}

TEST_F(Counting, CountsAnewAfterALossAndTakesWhatComesLateForWhatItIs) {
    fork(kChild, 10);
    const pid_t real = ::fork();
    if (real == 0) {
        pause();
        _exit(0);
    }
    host_.recount(BootClock::now());
    EXPECT_EQ(ended_, Sessions{kSession}) << "neither of the two made up is there";
    const KnownProcess* const found = host_.processes.find(static_cast<std::uint32_t>(real));
    ASSERT_TRUE(found);
    const std::uint64_t start = found->start;
    const auto sessions = host_.sessions;
    // Records that were in the ring meanwhile.
    exit(kChild, 10);
    EXPECT_EQ(told(Kind::ProcessExited), 1u);
    fork_record late{};
    late.header = header(RECORD_FORK, static_cast<std::uint32_t>(getpid()),
                         *start_ticks_of(static_cast<std::uint32_t>(getpid())) * kTick,
                         session_of(static_cast<std::uint32_t>(getpid())));
    late.child_pid = static_cast<std::uint32_t>(real);
    late.child_start = start;
    late.child_session = late.header.session;
    add(late);
    EXPECT_EQ(host_.sessions, sessions);
    kill(real, SIGKILL);
    waitpid(real, nullptr, 0);
}

TEST_F(Counting, TellsALateHashWithWhoUsedTheFile) {
    struct stat program{};
    ASSERT_EQ(stat("/proc/self/exe", &program), 0);
    exec_record record{};
    record.header = header(RECORD_EXEC, static_cast<std::uint32_t>(getpid()), 1);
    record.header.euid = 0;
    record.inode = program.st_ino;
    record.changed = static_cast<std::uint64_t>(program.st_ctim.tv_sec) * 1'000'000'000 +
                     static_cast<std::uint64_t>(program.st_ctim.tv_nsec);
    add(record);
    for (int i = 0; i < 1000 && told(Kind::ImageHashed) == 0; ++i) {
        usleep(10'000);
        normaliser_.add_late_hashes(batch_);
    }
    ASSERT_EQ(told(Kind::ImageHashed), 1u);
    const EventView hashed{batch_, batch_.events().back()};
    EXPECT_EQ(hashed.text("User"_field), "root");
    EXPECT_EQ(hashed.find("LogonId"_field).as_number(), kSession);
    EXPECT_EQ(hashed.find("LoginUid"_field).as_number(), 0u);
}

}  // namespace
}  // namespace spoor::sensor
