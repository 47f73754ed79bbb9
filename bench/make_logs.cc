// spoor_bench_logs: the .evtx logs of a busy domain, for measuring.
//
//     spoor_bench_logs DIR EVENTS
//
// Twelve machines (a domain controller, two file servers, nine workstations) and 180 people, day after day, until there
// are about EVENTS records: the same machines, sessions and records as `spoor sample` writes, made by the same code.
// Each machine is started every morning, so that logon ids and process numbers come again. What people do is drawn at
// random, and is the same in every run.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sample/domain.h"
#include "sample/write.h"

namespace {

using namespace spoor;
using namespace spoor::sample;

constexpr std::int64_t kFirstDay = 1'709'510'400;  // Monday, 4 March 2024
constexpr int kWorkstations = 9;
constexpr int kPeople = 180;
constexpr std::uint64_t kEventsPerDay = 200'000;
constexpr double kRecordsPerDeed = 3.3;

struct Program {
    std::string_view image;
    std::string_view arguments;  // {}: a number
    unsigned numbers;            // that many different ones
};

constexpr Program kPrograms[] = {
    {"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
     "--type=renderer --lang=en-US --device-scale-factor=1 --renderer-client-id={} --mojo-platform-channel-handle=2860 "
     "/prefetch:1",
     4000},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
     "/n \"C:\\Users\\Public\\Documents\\Report-{}.docx\" /o \"\"", 900},
    {"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE", "\"S:\\Projects\\Bridge\\costs-{}.xlsx\"", 1200},
    {"C:\\Windows\\System32\\cmd.exe", "/c \"C:\\Tools\\jobs\\nightly-{}.cmd\"", 60},
    {"C:\\Windows\\System32\\conhost.exe", "0xffffffff -ForceV1", 1},
    {"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
     "-NoProfile -ExecutionPolicy RemoteSigned -File C:\\Tools\\inventory.ps1 -Run {}", 1'000'000},
    {"C:\\Windows\\System32\\svchost.exe", "-k netsvcs -p -s gpsvc", 1},
    {"C:\\Windows\\System32\\taskhostw.exe", "{{222A245B-E637-4AE9-A93F-A59CA119A75E}}", 1},
    {"C:\\Windows\\System32\\SearchProtocolHost.exe",
     "Global\\UsGthrFltPipeMssGthrPipe{}_ Global\\UsGthrCtrlFltPipeMssGthrPipe{} 1 -2147483646 "
     "\"Software\\Microsoft\\Windows Search\"",
     30'000},
    {"C:\\Windows\\System32\\backgroundTaskHost.exe", "-ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca", 1},
    {"C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "-secured -Embedding", 1},
    {"C:\\Windows\\System32\\robocopy.exe", "D:\\Projects \\\\FS02\\Backup$\\run{} /MIR /R:1 /W:1", 20'000},
    {"C:\\Windows\\System32\\whoami.exe", "/all", 1},
    {"C:\\Windows\\System32\\net.exe", "use S: \\\\FS01\\Projects /persistent:yes", 1},
};

/// One day of all machines.
class Day {
public:
    Day(int number, std::map<std::string, std::uint64_t>& next_record) : number_(number), next_record_(next_record) {
        add("DC01", "10.0.20.10");
        add("FS01", "10.0.20.11");
        add("FS02", "10.0.20.12");
        for (int i = 1; i <= kWorkstations; ++i) add(fmt::format("WS{:02}", i), fmt::format("10.0.10.{}", 100 + i));
        corp_ = std::make_unique<Domain>(*hosts_[0], "corp.example");
        std::uint32_t rid = 1001;
        for (const auto& host : hosts_) host->set_machine(corp_->account(host->name() + '$', rid++));
        for (int i = 0; i < kPeople; ++i)
            people_.push_back(
                corp_->account(fmt::format("user{:03}", i), static_cast<std::uint32_t>(1200 + i), i % 30 == 0));
    }

    /// Writes the day into `folder` and returns how many records it has.
    std::uint64_t write(const std::string& folder, std::uint64_t records) {
        for (const auto& host : hosts_) corp_->boot(*host);
        for (int i = 0; i < kWorkstations; ++i) {
            const Timestamp time = at(7 * 3600 + 600 * i);
            sessions_.push_back(&corp_->console_logon(time, workstation(i), person()));
        }
        const auto deeds = static_cast<std::uint64_t>(static_cast<double>(records) / kRecordsPerDeed);
        const double pace = 9.5 * 3600 / static_cast<double>(deeds);
        for (std::uint64_t i = 0; i < deeds; ++i)
            deed(at(9 * 3600) + Duration{static_cast<std::int64_t>(static_cast<double>(i) * pace * 1e9)});
        for (int i = 0; i < kWorkstations; ++i)
            corp_->logoff(at(20 * 3600 + 60 * i), workstation(i), *sessions_[static_cast<std::size_t>(i)]);

        Story story;
        std::uint64_t written = 0;
        for (const auto& host : hosts_)
            for (ChannelLog& log : host->take_logs()) {
                std::string name = log.channel;
                if (const std::size_t slash = name.find('/'); slash != std::string::npos) name.replace(slash, 1, "%4");
                std::uint64_t& next = next_record_[host->name() + '/' + name];
                for (Record& record : log.records) record.number = ++next;
                written += log.records.size();
                story.files.push_back({fmt::format("{}/Archive-{}-{:03}.evtx", host->name(), name, number_),
                                       host->full_name(), log.channel, std::move(log.records)});
            }
        if (const auto files = write_story(story, folder); !files) {
            fmt::print(stderr, "{}\n", files.error().what);
            std::exit(1);
        }
        return written;
    }

private:
    void add(const std::string& name, const std::string& address) {
        const auto index = static_cast<std::uint32_t>(hosts_.size());
        hosts_.push_back(std::make_unique<Host>(HostPlan{.name = name,
                                                         .dns_domain = "corp.example",
                                                         .address = address,
                                                         .boot = at(6 * 3600 + 40 * index),
                                                         .machine_id = 0x7a000000 + index,
                                                         .boot_number = static_cast<std::uint16_t>(100 + number_),
                                                         .first_record = 1,
                                                         .seed = static_cast<std::uint64_t>(number_ + 1) << 32}));
    }
    Timestamp at(std::int64_t second_of_day) const {
        return Timestamp{(kFirstDay + number_ * 86'400 + second_of_day) * 1'000'000'000};
    }
    Host& workstation(int i) { return *hosts_[static_cast<std::size_t>(3 + i)]; }
    std::uint64_t random(std::uint64_t below) { return hosts_[0]->random() % below; }
    const Account& person() { return people_[random(random(4) ? 60 : kPeople)]; }

    void deed(Timestamp time) {
        const int place = static_cast<int>(random(kWorkstations));
        Host& host = workstation(place);
        Logon& session = *sessions_[static_cast<std::size_t>(place)];
        const std::uint64_t what = random(100);
        if (what < 52) return run(time, host, session);
        if (what < 70) return browse(time, host);
        if (what < 92) return use_share(time, host);
        if (what < 95) {
            const Connection connection = corp_->connect(time, host, host.process("System"), server(), 445);
            return corp_->failed_network_logon(time + ms(20), connection, person(), 0xc000006a);
        }
        if (what < 97)
            return corp_->create_file(time, host, host.process("explorer.exe"),
                                      fmt::format("C:\\Users\\Public\\Downloads\\file-{}.pdf", random(5000)));
        if (what < 98) return corp_->validate_ntlm(time, person(), host.name(), 0);
        if (what < 99) {
            corp_->lock(time, host, session);
            return corp_->unlock(time + Duration::seconds(30), host, session);
        }
        if (random(2))
            administer(time, host, session);
        else
            corp_->service_logon(time, server(), people_[random(4)]);
    }

    /// By remote desktop, for ten minutes, with another account.
    void administer(Timestamp time, Host& host, const Logon& session) {
        const Process& mstsc = host.spawn(time, host.process("explorer.exe"), session,
                                          "C:\\Windows\\System32\\mstsc.exe", "mstsc.exe /v:server");
        Host& remote = server();
        const Account& administrator = people_[30 * random(kPeople / 30)];
        const Connection connection = corp_->remote_desktop_client(time + ms(900), host, mstsc, administrator, remote);
        Logon& logon = corp_->remote_desktop_logon(time + ms(1400), connection, administrator,
                                                   static_cast<std::uint32_t>(2 + random(6)));
        const Program& tool = kPrograms[5];
        for (int i = 1; i <= 4; ++i)
            remote.spawn(time + Duration::seconds(60 * i), remote.process("explorer.exe"), logon,
                         std::string(tool.image), fmt::format(fmt::runtime(tool.arguments), random(tool.numbers)));
        corp_->remote_desktop_logoff(time + Duration::seconds(600), connection, logon);
    }

    Host& server() { return *hosts_[1 + random(2)]; }

    void run(Timestamp time, Host& host, const Logon& session) {
        const Program& program = kPrograms[random(std::size(kPrograms))];
        const std::uint64_t number = random(program.numbers);
        std::string command =
            fmt::format("\"{}\" ", program.image) + fmt::format(fmt::runtime(program.arguments), number, number);
        const Process& process =
            host.spawn(time, host.process("explorer.exe"), session, std::string(program.image), std::move(command));
        host.exit(time + ms(static_cast<std::int64_t>(200 + random(900'000))), process, random(20) ? 0 : 1);
    }

    void browse(Timestamp time, Host& host) {
        const std::uint64_t site = random(random(3) ? 40 : 3000);
        corp_->connect_outside(time, host, host.process("explorer.exe"),
                               fmt::format("203.0.{}.{}", 100 + site / 250, 1 + site % 250),
                               fmt::format("www{}.example.net", site), 443);
    }

    void use_share(Timestamp time, Host& host) {
        Host& files = random(4) ? server() : *hosts_[0];
        const Connection connection = corp_->connect(time, host, host.process("System"), files, 445);
        Logon& logon =
            corp_->network_logon(time + ms(90), connection, person(), random(4) ? Package::Kerberos : Package::Ntlm);
        const std::uint64_t accesses = random(12);
        for (std::uint64_t i = 0; i < accesses; ++i)
            corp_->access_share(
                time + ms(static_cast<std::int64_t>(150 + 400 * i)), connection, logon,
                {"\\\\*\\Projects", "\\??\\D:\\Projects",
                 fmt::format("Bridge\\part-{}\\drawing-{}.dwg", random(40), random(4000)), random(5) == 0});
        corp_->logoff(time + Duration::milliseconds(static_cast<std::int64_t>(5'000 + random(60'000))), files, logon);
    }

    int number_;
    std::map<std::string, std::uint64_t>& next_record_;
    std::vector<std::unique_ptr<Host>> hosts_;
    std::unique_ptr<Domain> corp_;
    std::vector<Account> people_;
    std::vector<Logon*> sessions_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t wanted = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
    if (wanted == 0) {
        fmt::print(stderr, "usage: spoor_bench_logs DIR EVENTS\n");
        return 2;
    }
    std::map<std::string, std::uint64_t> next_record;
    std::uint64_t written = 0;
    for (int day = 0; written < wanted; ++day)
        written += Day(day, next_record).write(argv[1], std::min(kEventsPerDay, wanted - written));
    fmt::print("{} records\n", written);
}
