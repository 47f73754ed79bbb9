// Events a second for one question of each sort, over process creations and logons as Sysmon and Security write them.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "base/check.h"
#include "match/evaluate/evaluator.h"
#include "match/language/query.h"

namespace spoor::match {
namespace {

constexpr std::string_view kImages[] = {"C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\cmd.exe",
                                        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
                                        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                                        "C:\\Windows\\System32\\conhost.exe"};

struct Log {
    Catalog catalog;
    Batch batch;
    History history;
    std::vector<std::string> texts;

    Log() {
        Session& session = history.sessions.emplace_back();
        session.user = {Sid(), "CORP", "jimmy"};
        session.type = LogonType::RemoteInteractive;
        for (std::uint64_t i = 0; i < 10'000; ++i) i % 4 == 0 ? add_logon(i) : add_process(i);
    }

    void commit(std::uint64_t i, Kind kind, std::uint16_t event_id) {
        Event event;
        event.time = Timestamp::from_unix_seconds(1'600'000'000 + static_cast<std::int64_t>(i));
        event.sequence = i;
        event.kind = kind;
        event.event_id = event_id;
        event.host = catalog.host("WS07");
        event.channel = catalog.channel("Microsoft-Windows-Sysmon/Operational");
        event.actor.session = 0;
        batch.commit(event);
    }

    void add_process(std::uint64_t i) {
        batch.begin();
        batch.add_text("RuleName"_field, "-");
        batch.add_time("UtcTime"_field, Timestamp::from_unix_seconds(1'600'000'000));
        batch.add_guid("ProcessGuid"_field, Guid{});
        batch.add_number("ProcessId"_field, 4 * i % 20'000);
        batch.add_text("Image"_field, kImages[i % std::size(kImages)]);
        batch.add_text("FileVersion"_field, "10.0.19041.1 (WinBuild.160101.0800)");
        batch.add_text("Description"_field, "Host Process for Windows Services");
        batch.add_text("Product"_field, "Microsoft® Windows® Operating System");
        batch.add_text("Company"_field, "Microsoft Corporation");
        batch.add_text("CommandLine"_field,
                       fmt::format("\"{}\" -k netsvcs -p -s Schedule --field-trial-handle={},1234567890,262144",
                                   kImages[i % std::size(kImages)], i));
        batch.add_text("CurrentDirectory"_field, "C:\\Windows\\system32\\");
        batch.add_text("User"_field, i % 7 ? "NT AUTHORITY\\SYSTEM" : "CORP\\jimmy");
        batch.add_number("LogonId"_field, i % 7 ? 0x3e7 : 0x8dcdc);
        batch.add_text("IntegrityLevel"_field, "System");
        batch.add_text("Hashes"_field, "SHA256=9F914D42706FE215501044ACD85A32D58AAEF1419D404FDDFA5D3B48F66CCD9F");
        batch.add_number("ParentProcessId"_field, 700);
        batch.add_text("ParentImage"_field, "C:\\Windows\\System32\\services.exe");
        batch.add_text("ParentCommandLine"_field, "C:\\Windows\\system32\\services.exe");
        commit(i, Kind::ProcessCreated, 1);
    }

    void add_logon(std::uint64_t i) {
        batch.begin();
        batch.add_text("SubjectUserName"_field, "WS07$");
        batch.add_text("TargetUserName"_field, i % 3 ? "SYSTEM" : "jimmy");
        batch.add_text("TargetDomainName"_field, "CORP");
        batch.add_number("LogonType"_field, i % 3 ? 5 : 3);
        batch.add_text("WorkstationName"_field, "WS07");
        batch.add_address("IpAddress"_field, IpAddress::v4(0x0a000000u + static_cast<std::uint32_t>(i)));
        batch.add_number("IpPort"_field, 50'000);
        commit(i, Kind::Logon, 4624);
    }
};

void ask(benchmark::State& state, std::string_view filter) {
    static auto* const kLog = new Log;
    auto expr = parse_filter(filter, {Subject::Events, Timestamp::from_unix_seconds(1'600'000'000), &kLog->catalog});
    CHECK(expr);
    auto matcher = Matcher::compile(*expr, kLog->catalog);
    CHECK(matcher);
    std::size_t found = 0;
    for (auto _ : state)
        for (const Event& event : kLog->batch.events()) found += matcher->matches({kLog->batch, event}, &kLog->history);
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kLog->batch.size()));
    state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(ask, kind, "kind: process_created");
BENCHMARK_CAPTURE(ask, number, "ProcessId: 404");
BENCHMARK_CAPTURE(ask, text, "User: \"CORP\\\\jimmy\"");
BENCHMARK_CAPTURE(ask, text_set, "TargetUserName: (jimmy or administrator or guest or krbtgt)");
BENCHMARK_CAPTURE(ask, ends_with, "Image: *\\\\powershell.exe");
BENCHMARK_CAPTURE(ask, contains, "CommandLine: *mimikatz*");
BENCHMARK_CAPTURE(ask, glob, "CommandLine: *netsvcs*mimikatz*");
BENCHMARK_CAPTURE(ask, regex, "CommandLine: /mimi(katz|dogz)/");
BENCHMARK_CAPTURE(ask, network, "IpAddress: 10.0.0.0/20");
BENCHMARK_CAPTURE(ask, time, "time: 2020-09-13T12:30");
BENCHMARK_CAPTURE(ask, session, "session.user: jimmy");
BENCHMARK_CAPTURE(ask, free_word, "mimikatz");
BENCHMARK_CAPTURE(ask, usual,
                  "kind: process_created and Image: *\\\\powershell.exe and not User: \"NT AUTHORITY\\\\SYSTEM\"");

void ask_long(benchmark::State& state) {
    std::string filter = "CommandLine: (*needle0*";
    for (int i = 1; i < 1000; ++i) filter += fmt::format(" or *needle{}*", i);
    ask(state, filter + ")");
}
BENCHMARK(ask_long)->Name("ask/thousand_substrings");

void parse(benchmark::State& state) {
    constexpr std::string_view kFilter =
        "kind: process_created and Image: *\\\\powershell.exe and not User: \"NT AUTHORITY\\\\SYSTEM\" and time >= "
        "now-2h";
    for (auto _ : state) benchmark::DoNotOptimize(parse_query(kFilter, {}));
}
BENCHMARK(parse);

}  // namespace
}  // namespace spoor::match
