// Logons: the sessions that the kernel counts, and what sshd, su, sudo, login and cron tell about them.
//
// The daemons run on odd ports with files of their own in a directory of the test, and the user of the test is removed
// again.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "live_sensor.h"
#include "sources/linux/audit/control.h"
#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

constexpr const char* kUser = "spoortest";
constexpr const char* kPassword = "correct horse battery";
constexpr int kPort = 22422;
constexpr int kPatience = 30;

std::string output_of(const std::string& command) {
    std::string text;
    FILE* const pipe = popen(command.c_str(), "re");
    if (!pipe) return text;
    char buffer[4096];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
    pclose(pipe);
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

bool succeeds(const std::string& command) { return std::system(command.c_str()) == 0; }

/// A process that is ended with the test.
class Daemon {
public:
    explicit Daemon(const std::vector<std::string>& command) : pid_(fork()) {
        if (pid_ != 0) return;
        std::vector<char*> arguments;
        for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        setsid();
        const int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    ~Daemon() {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

private:
    pid_t pid_;
};

class LiveLogons : public LiveSensor {
protected:
    void SetUp() override {
        LiveSensor::SetUp();
        if (IsSkipped()) return;
        const auto audit = audit_state();
        if (!audit) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no audit in this kernel";
        if (!audit->enabled) {
            const auto turned_on = set_audit(AuditMode::On);
            if (!turned_on) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: " << turned_on.error().what;
            turned_on_ = true;
        }
        for (const char* const program : {"useradd", "chpasswd", "userdel"})
            if (!has_program(program)) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no " << program;
        succeeds(fmt::format("userdel -r {} >/dev/null 2>&1", kUser));  // of a run that was ended
        ASSERT_TRUE(succeeds(fmt::format("useradd -m -s /bin/sh {0} && echo '{0}:{1}' | chpasswd", kUser, kPassword)));
        has_user_ = true;
        uid_ = output_of(fmt::format("id -u {}", kUser));
    }
    void TearDown() override {
        if (has_user_) {
            succeeds(fmt::format("pkill -KILL -u {}", uid_));
            for (int attempt = 0; attempt < 20 && !succeeds(fmt::format("userdel -r {} >/dev/null 2>&1", kUser));
                 ++attempt)
                usleep(100'000);
        }
        if (turned_on_) {
            EXPECT_TRUE(set_audit(AuditMode::Off));
        }
        LiveSensor::TearDown();
    }

    /// sshd on the loopback, with keys and a configuration of its own; logs in by key or by password.
    bool start_sshd() {
        for (const char* const program : {"sshd", "ssh", "ssh-keygen", "setsid"})
            if (!has_program(program)) return false;
        mkdir("/run/sshd", 0755);
        const std::string home = output_of(fmt::format("getent passwd {} | cut -d: -f6", kUser));
        succeeds(fmt::format("ssh-keygen -q -t ed25519 -N '' -f {0}/host && ssh-keygen -q -t ed25519 -N '' -f {0}/key",
                             directory_.string()));
        succeeds(
            fmt::format("install -d -m 700 -o {0} -g {0} {1}/.ssh && install -m 600 -o {0} -g {0} {2}/key.pub "
                        "{1}/.ssh/authorized_keys",
                        kUser, home, directory_.string()));
        std::ofstream(path("sshd_config")) << fmt::format(
            "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nUsePAM yes\nPasswordAuthentication "
            "yes\nPermitRootLogin no\nStrictModes yes\n"
            "KbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\n",
            kPort, path("host"));
        std::ofstream(path("askpass")) << "#!/bin/sh\ncat " << path("password") << "\n";
        chmod(path("askpass").c_str(), 0700);
        sshd_ = std::make_unique<Daemon>(std::vector<std::string>{"/usr/sbin/sshd", "-D", "-f", path("sshd_config")});
        for (int attempt = 0; attempt < 50; ++attempt) {
            if (succeeds(fmt::format("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}' 2>/dev/null", kPort))) return true;
            usleep(100'000);
        }
        return false;
    }
    std::string ssh(std::string_view options, std::string_view user, std::string_view command) const {
        return fmt::format(
            "ssh -F none -p {} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o "
            "ConnectTimeout=10 {} {}@127.0.0.1 {}",
            kPort, options, user, command);
    }
    std::string by_key() const { return "-o IdentitiesOnly=yes -o BatchMode=yes -i " + path("key"); }
    /// With a terminal of its own, as a person has.
    bool log_in_by_password(const std::string& password, std::string_view options, std::string_view user,
                            std::string_view command) {
        std::ofstream(path("password")) << password << "\n";
        return succeeds(fmt::format(
            "SSH_ASKPASS={} SSH_ASKPASS_REQUIRE=force DISPLAY=:0 setsid {} >/dev/null 2>&1 </dev/null", path("askpass"),
            ssh(fmt::format("-o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 {}", options), user, command)));
    }

    /// The first logon of the test's user that is told from now on.
    std::optional<EventView> logon() { return event(Kind::Logon, 0, "TargetUserName"_field, kUser, kPatience); }
    std::optional<EventView> logoff_of(const EventView& logon) {
        return event(Kind::Logoff, 0, "TargetLogonId"_field, to_text(logon.find("TargetLogonId"_field)), kPatience);
    }
    Fields session_of(const EventView& logon) const {
        const std::string id = to_text(logon.find("TargetLogonId"_field));
        return {{"TargetUserName", kUser}, {"TargetLogonId", id}, {"LogonId", id}, {"LoginUid", uid_}};
    }

    std::string uid_;

private:
    bool turned_on_ = false;
    bool has_user_ = false;
    std::unique_ptr<Daemon> sshd_;
};

TEST_F(LiveLogons, FollowsALoginByKeyToItsEnd) {
    if (!start_sshd()) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no sshd";
    ASSERT_TRUE(succeeds(ssh(by_key(), kUser, "true")));
    const auto start = logon();
    ASSERT_TRUE(start);
    expect_fields(start, joined(session_of(*start), {{"LogonType", "3"},
                                                     {"LogonProcessName", "sshd"},
                                                     {"AuthenticationPackageName", "PAM"},
                                                     {"Method", "publickey"},
                                                     {"IpAddress", "127.0.0.1"},
                                                     {"ProcessId", "*"},
                                                     {"Image", "/usr/sbin/sshd"},
                                                     {"ProcessGuid", "*"}}));
    const auto end = logoff_of(*start);
    expect_fields(end, joined(session_of(*start), {{"LogonProcessName", "sshd"}, {"ProcessId", "*"}}));
    expect_fields(
        event(Kind::LogoffRequested, 0, "TargetLogonId"_field, to_text(start->find("TargetLogonId"_field)), kPatience),
        {{"TargetUserName", kUser}, {"TargetLogonId", "*"}, {"LogonId", "*"}});
    // What ran in it says so.
    bool inside = false;
    for (const EventView& view : events(Kind::ProcessCreated, 0))
        inside |= view.find("LogonId"_field).as_number() == start->find("LogonId"_field).as_number() &&
                  view.text("User"_field) == kUser;
    EXPECT_TRUE(inside);
}

TEST_F(LiveLogons, TellsThePasswordAndTheTerminalOfALogin) {
    if (!start_sshd()) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no sshd";
    ASSERT_TRUE(log_in_by_password(kPassword, "-tt", kUser, "true"));
    const auto start = logon();
    ASSERT_TRUE(start);
    EXPECT_EQ(start->text("Method"_field), "password");
    EXPECT_EQ(to_text(start->find("IpAddress"_field)), "127.0.0.1");
    const auto terminal = event(Kind::TerminalLogon, 0, "User"_field, kUser, kPatience);
    expect_fields(terminal, {{"User", kUser},
                             {"LogonId", to_text(start->find("LogonId"_field))},
                             {"Tty", "*"},
                             {"Address", "127.0.0.1"},
                             {"ProcessId", "*"},
                             {"Image", "/usr/sbin/sshd"}});
    ASSERT_TRUE(logoff_of(*start));
}

TEST_F(LiveLogons, TellsOfALoginThatFails) {
    if (!start_sshd()) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no sshd";
    ASSERT_FALSE(log_in_by_password("wrong", "", kUser, "true"));
    const auto failed = event(Kind::LogonFailed, 0, "TargetUserName"_field, kUser, kPatience);
    expect_fields(failed, {{"TargetUserName", kUser},
                           {"LogonProcessName", "sshd"},
                           {"LogonType", "3"},
                           {"IpAddress", "127.0.0.1"},
                           {"ProcessId", "*"},
                           {"Image", "/usr/sbin/sshd"},
                           {"ProcessGuid?", "*"}});
    // Somebody who does not exist: perhaps a password that was typed at the wrong moment, so that it is not shown.
    ASSERT_FALSE(log_in_by_password("wrong", "", "no-such-user", "true"));
    EXPECT_TRUE(collect(live(), batches_, kPatience, [&] { return events(Kind::LogonFailed, 0).size() >= 2; }));
    for (const EventView& view : events(Kind::LogonFailed, 0))
        EXPECT_EQ(view.text("TargetUserName"_field).find("no-such-user"), std::string_view::npos);
    EXPECT_TRUE(events(Kind::Logon, 0).empty());
}

TEST_F(LiveLogons, EndsASessionWithItsLastProcess) {
    if (!start_sshd()) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no sshd";
    ASSERT_TRUE(succeeds(ssh(by_key(), kUser, "'setsid sleep 3 >/dev/null 2>&1 </dev/null & echo'")));
    const auto start = logon();
    ASSERT_TRUE(start);
    const auto requested =
        event(Kind::LogoffRequested, 0, "TargetLogonId"_field, to_text(start->find("TargetLogonId"_field)), kPatience);
    const auto end = logoff_of(*start);
    ASSERT_TRUE(requested && end);
    EXPECT_GT(end->event.time, requested->event.time) << "the sleeper outlived the connection";
    const auto sleeper = static_cast<pid_t>(end->find("ProcessId"_field).as_number().value_or(0));
    const auto exits = events(Kind::ProcessExited, sleeper);
    ASSERT_EQ(exits.size(), 1u);
    EXPECT_TRUE(exits[0].text("Image"_field).ends_with("/sleep")) << exits[0].text("Image"_field);
}

TEST_F(LiveLogons, KeepsTheLoginThroughSuAndSudo) {
    if (!start_sshd()) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no sshd";
    if (!has_program("sudo")) GTEST_SKIP() << "no sudo here";
    const std::string rule = fmt::format("/etc/sudoers.d/{}", kUser);
    std::ofstream(rule) << kUser << " ALL=(ALL) NOPASSWD: ALL\n";
    chmod(rule.c_str(), 0440);
    const bool ran =
        succeeds(ssh(by_key(), kUser, "\"sudo -n su -s /bin/sh daemon -c 'id -u >/dev/null; exec sleep 0.1'\""));
    unlink(rule.c_str());
    ASSERT_TRUE(ran);
    const auto start = logon();
    ASSERT_TRUE(start);
    const std::string id = to_text(start->find("LogonId"_field));
    ASSERT_TRUE(logoff_of(*start));
    // Two steps, each with who asked and for whom, in the one session.
    const auto within = [&](Kind kind, std::string_view image, FieldId field,
                            std::string_view value) -> std::optional<EventView> {
        for (const EventView& view : events(kind, 0))
            if (to_text(view.find("LogonId"_field)) == id && view.text("Image"_field).ends_with(image) &&
                to_text(view.find(field)) == value)
                return view;
        ADD_FAILURE() << "no " << name(kind) << " by " << image << " with " << value;
        return std::nullopt;
    };
    const auto sudo = within(Kind::ExplicitCredentials, "/sudo", "TargetUserName"_field, "root");
    const auto su = within(Kind::ExplicitCredentials, "/su", "TargetUserName"_field, "daemon");
    for (const auto& used : {std::cref(sudo), std::cref(su)})
        expect_fields(used.get(), {{"SubjectUserName", kUser},
                                   {"SubjectLogonId", id},
                                   {"LogonId", id},
                                   {"TargetUserName", "*"},
                                   {"ProcessId", "*"},
                                   {"ProcessGuid", "*"},
                                   {"Image", "*"},
                                   {"LogonProcessName", "*"},
                                   {"CommandLine?", "*"},
                                   {"CurrentDirectory?", "*"},
                                   {"Tty?", "*"}});
    within(Kind::IdentityChanged, "/sudo", "Method"_field, "exec of a set-id program");
    within(Kind::IdentityChanged, "/su", "TargetUserName"_field, "daemon");
    const auto last = within(Kind::ProcessCreated, "/sleep", "User"_field, "daemon");
    ASSERT_TRUE(last);
    EXPECT_EQ(to_text(last->find("LoginUid"_field)), uid_) << "who logged in is still known";
}

TEST_F(LiveLogons, TellsOfCronJobs) {
    if (!has_program("cron") || !has_program("crontab")) GTEST_SKIP() << "no cron here";
    if (succeeds("pgrep -x cron >/dev/null")) GTEST_SKIP() << "this machine's own cron runs";
    // cron looks once a minute: a job of every minute starts within sixty seconds.
    ASSERT_TRUE(succeeds(fmt::format("echo '* * * * * true' | crontab -u {} -", kUser)));
    const Daemon cron({"/usr/sbin/cron", "-f"});
    const auto start = event(Kind::Logon, 0, "TargetUserName"_field, kUser, 70);
    succeeds(fmt::format("crontab -u {} -r", kUser));
    ASSERT_TRUE(start);
    expect_fields(start, joined(session_of(*start), {{"LogonType", "4"},
                                                     {"LogonProcessName", "cron"},
                                                     {"AuthenticationPackageName", "PAM"},
                                                     {"Method", "none"},
                                                     {"ProcessId", "*"},
                                                     {"Image", "/usr/sbin/cron"},
                                                     {"ProcessGuid", "*"}}));
    ASSERT_TRUE(logoff_of(*start));
}

/// The job runs in a session of its own; the file that it lay in is made in the session that queued it.
TEST_F(LiveLogons, TellsOfAnAtJobAndWhoQueuedIt) {
    if (!has_program("at") || !has_program("atd")) GTEST_SKIP() << "no at here";
    if (succeeds("pgrep -x atd >/dev/null")) GTEST_SKIP() << "this machine's own atd runs";
    if (!start_sshd()) GTEST_SKIP() << "LOGON TESTS DID NOT RUN: no sshd";
    const Daemon atd({"/usr/sbin/atd", "-f"});
    ASSERT_TRUE(succeeds(ssh(by_key(), kUser, "'echo true | at now' 2>/dev/null")));
    const auto login = logon();
    ASSERT_TRUE(login);
    const auto start = event(Kind::Logon, 0, "LogonProcessName"_field, "atd", kPatience);
    ASSERT_TRUE(start);
    expect_fields(start, joined(session_of(*start), {{"LogonType", "4"},
                                                     {"LogonProcessName", "atd"},
                                                     {"AuthenticationPackageName", "PAM"},
                                                     {"Method", "none"},
                                                     {"ProcessId", "*"},
                                                     {"Image", "/usr/sbin/atd"},
                                                     {"ProcessGuid", "*"}}));
    ASSERT_TRUE(logoff_of(*start));
    std::optional<EventView> queued;
    for (const EventView& made : events(Kind::FileCreated, 0))
        if (made.text("Image"_field) == "/usr/bin/at" &&
            made.text("TargetFilename"_field).starts_with("/var/spool/cron/atjobs/a"))
            queued.emplace(made);
    ASSERT_TRUE(queued);
    EXPECT_EQ(to_text(queued->find("LogonId"_field)), to_text(login->find("TargetLogonId"_field)));
}

/// The kernel gives a session its number when the login user is set, whether or not anybody writes audit records.
TEST_F(LiveSensor, FollowsASessionFromItsNumberToItsLastProcess) {
    pid_t survivor = 0;
    const pid_t pid = in_child([&] {
        const int file = open("/proc/self/loginuid", O_WRONLY);
        if (write(file, "1", 1) != 1) return 1;
        close(file);
        survivor = fork();
        if (survivor == 0) {
            usleep(300'000);
            _exit(0);
        }
        std::ofstream(path("survivor")) << survivor;
        return 0;
    });
    std::ifstream(path("survivor")) >> survivor;
    catch_up();
    std::optional<std::uint64_t> session;
    for (const EventView& exit : events(Kind::ProcessExited, pid)) session = exit.find("LogonId"_field).as_number();
    if (!session) GTEST_SKIP() << "the login user cannot be set here";
    const std::string id = fmt::format("{:#x}", *session);
    const auto logon = event(Kind::Logon, 0, "TargetLogonId"_field, id, kPatience);
    const auto logoff = event(Kind::Logoff, 0, "TargetLogonId"_field, id, kPatience);
    ASSERT_TRUE(logon && logoff);
    EXPECT_EQ(logon->find("LoginUid"_field).as_number(), 1u);
    EXPECT_EQ(logoff->find("ProcessId"_field).as_number(), static_cast<std::uint64_t>(survivor));
    EXPECT_GT(logoff->event.time - logon->event.time, Duration::milliseconds(250));
}

/// A sensor that begins later, as after a restart, finds the session with its user, its processes, and says so.
TEST_F(LiveSensor, FindsASessionThatWasThereBefore) {
    int gate[2];
    ASSERT_EQ(pipe2(gate, O_CLOEXEC), 0);
    const pid_t member = fork();
    if (member == 0) {
        const int file = open("/proc/self/loginuid", O_WRONLY);
        const bool entered = write(file, "1", 1) == 1;
        (void)!write(gate[1], entered ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    char entered = 'n';
    ASSERT_EQ(read(gate[0], &entered, 1), 1);
    const std::uint32_t session = sensor::session_of(static_cast<std::uint32_t>(member));
    if (entered == 'y') {
        Catalog catalog;
        auto later = Live::start(catalog, {.scope = Scope::Processes});
        ASSERT_TRUE(later) << later.error().what;
        std::deque<Batch> batches;
        const auto find = [&](Kind kind) -> std::optional<EventView> {
            for (const Batch& batch : batches)
                for (const Event& event : batch.events()) {
                    const EventView view{batch, event};
                    if (event.kind == kind && view.find("LogonId"_field).as_number() == session) return view;
                }
            return std::nullopt;
        };
        EXPECT_TRUE(
            collect(**later, batches, kPatience, [&] { return find(Kind::Logon) && find(Kind::ProcessCreated); }));
        expect_fields(find(Kind::Logon), {{"TargetUserName", "daemon"},
                                          {"TargetLogonId", fmt::format("{:#x}", session)},
                                          {"LogonId", fmt::format("{:#x}", session)},
                                          {"LoginUid", "1"},
                                          {"LogonType", "*"},
                                          {"LogonProcessName", "*"},
                                          {"Tty?", "*"},
                                          {"ProcessId", fmt::to_string(member)},
                                          {"Image", this_image()},
                                          {"ProcessGuid", "*"},
                                          {"Found", "true"}});
        kill(member, SIGKILL);
        waitpid(member, nullptr, 0);
        EXPECT_TRUE(collect(**later, batches, kPatience, [&] { return find(Kind::Logoff).has_value(); }))
            << "and knows when it ends";
    } else {
        kill(member, SIGKILL);
        waitpid(member, nullptr, 0);
        GTEST_SKIP() << "the login user cannot be set here";
    }
}

}  // namespace
}  // namespace spoor::sensor
