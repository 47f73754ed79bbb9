// Audit turned on, off and locked while the sensor runs, as auditd and administrators do it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "live_sensor.h"
#include "sources/linux/audit/control.h"
#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

/// A process that begins an audit session of its own, which the kernel writes a record about; its session.
std::uint32_t begin_session() {
    int tell[2];
    if (pipe2(tell, O_CLOEXEC) != 0) return kUnset;
    in_child_that_succeeds([&] {
        const int file = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
        if (write(file, "1", 1) != 1) return 1;
        const std::uint32_t session = session_of(static_cast<std::uint32_t>(getpid()));
        return write(tell[1], &session, sizeof session) == sizeof session ? 0 : 1;
    });
    std::uint32_t session = kUnset;
    if (read(tell[0], &session, sizeof session) != sizeof session) session = kUnset;
    close(tell[0]);
    close(tell[1]);
    return session;
}

class LiveAudit : public LiveSensor {
protected:
    void SetUp() override {
        LiveSensor::SetUp();
        if (IsSkipped()) return;
        before_ = audit_state();
        if (!before_) GTEST_SKIP() << "no audit in this kernel";
    }

    std::optional<AuditState> before_;
};

TEST_F(LiveAudit, NoticesThatAuditIsTurnedOnAndOff) {
    if (before_->locked || before_->daemon_pid != 0) GTEST_SKIP() << "audit is somebody else's here";
    ASSERT_TRUE(set_audit(AuditMode::On));
    begin_session();
    EXPECT_TRUE(collect(live(), batches_, 10, [&] { return !live().without_audit(); }));
    ASSERT_TRUE(set_audit(AuditMode::Off));
    EXPECT_TRUE(collect(live(), batches_, 10, [&] { return live().without_audit().has_value(); }));
    EXPECT_TRUE(event(Kind::SensorError, 0, "ID"_field, "no audit"));
    if (before_->enabled) {
        ASSERT_TRUE(set_audit(AuditMode::On));
        begin_session();
        EXPECT_TRUE(collect(live(), batches_, 10, [&] { return !live().without_audit(); }));
    }
}

TEST_F(LiveAudit, HearsOfLogonsThoughAuditIsLocked) {
    if (!in_guest()) GTEST_SKIP() << "what is locked stays so until the machine is started anew";
    ASSERT_TRUE(set_audit(AuditMode::Locked));
    ASSERT_TRUE(audit_state().value_or(AuditState{}).locked);
    EXPECT_EQ(set_audit(AuditMode::Off).error().code, Errc::Denied);
    const std::uint32_t session = begin_session();
    ASSERT_NE(session, kUnset);
    const auto logon = event(Kind::Logon, 0, "TargetLogonId"_field, fmt::format("{:#x}", session), 10);
    EXPECT_FALSE(live().without_audit());
    expect_fields(logon, {{"TargetUserName", "daemon"},
                          {"TargetLogonId", "*"},
                          {"LogonId", "*"},
                          {"LoginUid", "1"},
                          {"LogonType?", "*"},
                          {"LogonProcessName?", "*"},
                          {"ProcessId", "*"},
                          {"Image", this_image()},
                          {"ProcessGuid", "*"}});
}

}  // namespace
}  // namespace spoor::sensor
