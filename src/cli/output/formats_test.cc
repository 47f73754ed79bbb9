// Every format gives what its readers rely on: the main fields of the schema that it is named for.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/scratch_folder.h"
#include "cli/testing.h"
#include "sources/json/document.h"

namespace spoor::cli {
namespace {

using ::testing::HasSubstr;
using testing::lines_of;
using ::testing::Not;
using testing::run;
using testing::sample_logs;
using testing::sample_store;

/// A line of JSON, asked by paths: "event.code"; an array by its first value.
class Json {
public:
    explicit Json(const std::string& line) : text_(line + std::string(json::Document::kPadding, ' ')) {
        EXPECT_TRUE(document_.parse(std::string_view(text_).substr(0, line.size()))) << line;
    }
    std::string at(std::string_view path) const {
        const json::Node* node = &document_.root();
        while (!path.empty()) {
            const std::size_t dot = std::min(path.find('.'), path.size());
            node = document_.member(*node, path.substr(0, dot));
            if (node == nullptr) return {};
            path.remove_prefix(std::min(dot + 1, path.size()));
        }
        if (node->type == json::NodeType::Array)
            for (const json::Node& first : document_.children(*node)) return std::string(first.text);
        return std::string(node->text);
    }

private:
    std::string text_;
    json::Document document_;
};

std::vector<std::string> formatted(const std::string& filter, const std::string& format) {
    const testing::Ran ran = run({"search", filter, "--format", format, "--quiet", sample_logs()});
    EXPECT_EQ(ran.exit, Exit::Done) << ran.err;
    return lines_of(ran.out);
}

TEST(EcsFormat, HasTheFieldsThatDashboardsAndRulesAskFor) {
    const Json logon(formatted("kind: logon and TargetUserName: deniz", "ecs").at(0));
    EXPECT_EQ(logon.at("@timestamp"), "2024-05-14T08:00:47.0250000Z");
    EXPECT_EQ(logon.at("ecs.version"), "8.11.0");
    EXPECT_EQ(logon.at("event.kind"), "event");
    EXPECT_EQ(logon.at("event.code"), "4624");
    EXPECT_EQ(logon.at("event.category"), "authentication");
    EXPECT_EQ(logon.at("event.type"), "start");
    EXPECT_EQ(logon.at("event.outcome"), "success");
    EXPECT_EQ(logon.at("event.provider"), "Microsoft-Windows-Security-Auditing");
    EXPECT_EQ(logon.at("host.name"), "FS01.corp.example");
    EXPECT_EQ(logon.at("user.name"), "deniz");
    EXPECT_EQ(logon.at("user.domain"), "CORP");
    EXPECT_EQ(logon.at("source.ip"), "10.0.10.18");
    EXPECT_EQ(logon.at("source.port"), "53785");
    EXPECT_EQ(logon.at("winlog.channel"), "Security");
    EXPECT_EQ(logon.at("log.level"), "information");
    // "-" is Windows' word for nothing, and no text of an address.
    EXPECT_EQ(logon.at("process.executable"), "");

    const Json process(formatted("channel: *Sysmon* and kind: process_created and Image: *\\cmd.exe", "ecs").at(0));
    EXPECT_THAT(process.at("process.executable"), HasSubstr("\\cmd.exe"));
    EXPECT_EQ(process.at("process.name"), "cmd.exe");
    EXPECT_EQ(process.at("process.hash.sha256").size(), 64u);
    EXPECT_FALSE(process.at("process.pid").empty());
    EXPECT_FALSE(process.at("process.entity_id").empty());
    EXPECT_FALSE(process.at("process.parent.name").empty());
    EXPECT_THAT(process.at("user.name"), Not(HasSubstr("\\")));
    EXPECT_EQ(process.at("event.category"), "process");

    const Json connection(formatted("event_id: 5156", "ecs").at(0));
    EXPECT_EQ(connection.at("network.transport"), "tcp");
    EXPECT_EQ(connection.at("network.direction"), "ingress");
    EXPECT_EQ(connection.at("destination.port"), "445");
}

TEST(EcsFormat, NeverPutsAnythingButAddressesAndNumbersWhereTheMappingWantsThem) {
    for (const std::string& line : formatted("", "ecs")) {
        const Json event(line);
        for (const char* path : {"source.ip", "destination.ip"})
            if (const std::string text = event.at(path); !text.empty()) {
                EXPECT_TRUE(IpAddress::parse(text)) << line;
            }
        for (const char* path :
             {"process.pid", "process.parent.pid", "source.port", "destination.port", "process.exit_code"})
            EXPECT_EQ(event.at(path).find_first_not_of("0123456789"), std::string::npos) << line;
    }
}

TEST(EcsFormat, HasWhatWinlogbeatSaysOfARecordBesides) {
    const Json logon(formatted("kind: logon and TargetUserName: deniz", "ecs").at(0));
    EXPECT_EQ(logon.at("winlog.provider_name"), "Microsoft-Windows-Security-Auditing");
    EXPECT_EQ(logon.at("winlog.computer_name"), "FS01.corp.example");
    EXPECT_EQ(logon.at("winlog.event_id"), "4624");
    EXPECT_EQ(logon.at("winlog.keywords"), "Audit Success");
    EXPECT_EQ(logon.at("winlog.logon.type"), "Network");
    EXPECT_EQ(logon.at("winlog.event_data.TargetUserName"), "deniz");
    EXPECT_EQ(logon.at("winlog.event_data.LogonType"), "3");
    EXPECT_EQ(logon.at("winlog.event_data.ProcessName"), "-");
    const Json process(formatted("channel: Security and event_id: 4688", "ecs").at(0));
    EXPECT_THAT(process.at("winlog.event_data.NewProcessName"), HasSubstr("\\"));
    EXPECT_THAT(process.at("winlog.event_data.NewProcessId"), HasSubstr("0x"));
    const Json terminal(formatted("event_id: 21", "ecs").at(0));
    EXPECT_FALSE(terminal.at("winlog.user_data.User").empty());
}

TEST(EcsFormat, IsReadBackAsTheSameEventsAndSessions) {
    const ScratchFolder folder;
    const std::string copy = folder.path() + "/sample.ecs.jsonl";
    std::ofstream(copy) << run({"search", "--format", "ecs", "--quiet", sample_logs()}).out;
    const std::string fields =
        "time,host,kind,outcome,channel,event_id,sequence,Provider,Computer,session,Image,CommandLine,ProcessId,"
        "ParentProcessId,User,TargetUserName,TargetLogonId,SubjectLogonId,LogonType,LogonGuid,IpAddress,IpPort,"
        "ProcessGuid,Hashes,Status,TicketOptions,DestinationIp,DestinationPort,Keywords,Task,Opcode,Version";
    const auto told = [&](const std::string& logs, std::vector<std::string> question) {
        question.push_back(logs);
        question.emplace_back("--quiet");
        const testing::Ran ran = run(question);
        EXPECT_EQ(ran.exit, Exit::Done) << ran.err;
        return ran.out;
    };
    for (const std::vector<std::string>& question :
         {std::vector<std::string>{"search", "--format", "csv", "--fields", fields}, {"sessions", "--format", "csv"}})
        EXPECT_EQ(told(copy, question), told(sample_logs(), question));
}

TEST(OcsfFormat, HasWhatEveryClassRequires) {
    std::set<std::string> classes;
    for (const std::string& line : formatted("", "ocsf")) {
        const Json event(line);
        const std::string class_uid = event.at("class_uid"), activity = event.at("activity_id");
        classes.insert(class_uid);
        EXPECT_EQ(event.at("type_uid"), std::to_string(std::stoull(class_uid) * 100 + std::stoull(activity)));
        EXPECT_EQ(event.at("category_uid"), std::to_string(std::stoull(class_uid) / 1000 % 100));
        EXPECT_EQ(event.at("time").size(), 13u);
        for (const char* required : {"severity_id", "metadata.version", "metadata.product.name", "device.hostname",
                                     "device.type_id", "status_id"})
            EXPECT_NE(event.at(required), "") << required << line;
    }
    EXPECT_THAT(classes, ::testing::IsSupersetOf({"1007", "1008", "3002", "4001"}));
}

TEST(OcsfFormat, HasTheObjectsOfItsClasses) {
    const Json failed(formatted("kind: logon_failed and TargetUserName: brian", "ocsf").at(0));
    EXPECT_EQ(failed.at("class_uid"), "3002");
    EXPECT_EQ(failed.at("activity_id"), "1");
    EXPECT_EQ(failed.at("status_id"), "2");
    EXPECT_EQ(failed.at("time"), "1715673791300");
    EXPECT_EQ(failed.at("user.name"), "brian");
    EXPECT_EQ(failed.at("src_endpoint.ip"), "127.0.0.1");
    EXPECT_EQ(failed.at("logon_type_id"), "2");
    const std::string line =
        formatted("channel: *Sysmon* and kind: process_created and Image: *\\cmd.exe", "ocsf").at(0);
    const Json process(line);
    EXPECT_EQ(process.at("class_uid"), "1007");
    EXPECT_EQ(process.at("process.file.name"), "cmd.exe");
    EXPECT_EQ(process.at("process.file.type_id"), "1");
    EXPECT_THAT(line, HasSubstr("\"hashes\":[{\"algorithm\":\"SHA256\",\"algorithm_id\":3,\"value\":\""));
    EXPECT_NE(process.at("actor.user.name"), "");
    const Json connection(formatted("event_id: 5156", "ocsf").at(0));
    EXPECT_EQ(connection.at("connection_info.direction_id"), "1");
    EXPECT_EQ(connection.at("connection_info.protocol_num"), "6");
}

TEST(TimesketchFormat, HasItsThreeFieldsAndNoneTooLongForIt) {
    for (const std::string& line : formatted("", "timesketch")) {
        const Json event(line);
        EXPECT_NE(event.at("message"), "");
        EXPECT_TRUE(Timestamp::parse(event.at("datetime"))) << line;
        EXPECT_EQ(event.at("timestamp_desc"), "Event Logged");
    }
}

TEST(TimesketchFormat, GivesAFieldThatOccursSeveralTimesAsOneArray) {
    std::size_t arrays = 0;
    for (const std::string& line : formatted("", "timesketch")) {
        const std::size_t first = line.find("\"field_Data\":");
        if (first == std::string::npos) continue;
        EXPECT_EQ(line.find("\"field_Data\":", first + 1), std::string::npos) << line;
        if (line.find("\"field_Data\":[\"") != std::string::npos) ++arrays;
    }
    EXPECT_GT(arrays, 0u);
}

TEST(JsonLines, NameTheirSchemaOnceAndHaveEveryField) {
    const auto lines = formatted("kind: logon and TargetUserName: deniz", "jsonl");
    EXPECT_THAT(lines.at(0), HasSubstr("\"schema\":\"spoor.event/1\""));
    EXPECT_THAT(lines.at(1), Not(HasSubstr("\"schema\"")));
    const Json event(lines.at(1));
    EXPECT_EQ(event.at("fields.TargetUserName"), "deniz");
    EXPECT_EQ(event.at("kind"), "logon");
}

/// What is read back from our XML is what was in the file: byte for byte, for all that the sample has.
TEST(XmlFormat, IsWhatWindowsWroteForEveryRecord) {
    std::vector<std::string> searched = lines_of(run({"search", "", "--format", "xml", "--quiet", sample_logs()}).out);
    std::vector<std::string> stored =
        lines_of(run({"search", "", "--format", "xml", "--quiet", "--store", sample_store()}).out);
    std::vector<std::string> dumped = lines_of(run({"evtx", "dump", "--quiet", sample_logs()}).out);
    EXPECT_GT(searched.size(), 1100u);
    std::ranges::sort(searched);
    std::ranges::sort(stored);
    std::ranges::sort(dumped);
    EXPECT_EQ(searched, dumped);
    EXPECT_EQ(stored, dumped);
}

TEST(ParquetFormat, IsWrittenFromLogsAndFromAStore) {
    const ScratchFolder folder;
    const auto write = [&](const std::string& name, std::vector<std::string> from) {
        const std::string file = folder.file(name);
        std::vector<std::string> words = {"search", "kind: logon", "--format", "parquet", "--output", file};
        words.insert(words.end(), from.begin(), from.end());
        const testing::Ran ran = run(words);
        EXPECT_EQ(ran.exit, Exit::Done) << ran.err;
        EXPECT_THAT(ran.err, HasSubstr("events written to"));
        std::ifstream in(file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    for (const std::string& bytes :
         {write("logs.parquet", {sample_logs()}), write("store.parquet", {"--store", sample_store()})}) {
        ASSERT_GT(bytes.size(), 1000u);
        EXPECT_TRUE(bytes.starts_with("PAR1") && bytes.ends_with("PAR1"));
        for (const char* column : {"time", "host", "session_user", "TargetUserName", "IpAddress"})
            EXPECT_THAT(bytes, HasSubstr(column));
    }
    EXPECT_EQ(run({"search", "--format", "parquet", sample_logs()}).exit, Exit::WrongUse);
    EXPECT_EQ(run({"search", "--format", "csv", "--output", "x.csv", sample_logs()}).exit, Exit::WrongUse);
    EXPECT_EQ(run({"search", "--format", "parquet", "--output", "/nonexistent/x.parquet", sample_logs()}).exit,
              Exit::CouldNotRun);
}

TEST(Sorting, TakesAnyFieldsEitherWay) {
    const auto sorted = [](const std::string& by, const std::string& fields, std::vector<std::string> more = {}) {
        std::vector<std::string> words = {"search", "kind: logon", "--sort", by,           "--fields",
                                          fields,   "--format",    "csv",    sample_logs()};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<std::string> lines = lines_of(run(words).out);
        if (!lines.empty()) lines.erase(lines.begin());
        return lines;
    };
    const std::vector<std::string> names = sorted("TargetUserName", "TargetUserName");
    EXPECT_EQ(names.size(), 150u);
    EXPECT_EQ(names.front(), "ann");
    std::vector<std::string> descending = sorted("-TargetUserName", "TargetUserName");
    std::ranges::reverse(descending);
    EXPECT_EQ(names, descending);
    const std::vector<std::string> by_both = sorted("TargetUserName,-time", "TargetUserName,time");
    EXPECT_EQ(by_both.front(), "ann,2024-05-14T09:06:35.9770000Z");
    EXPECT_EQ(sorted("TargetUserName,-time", "TargetUserName,time", {"--limit", "7"}),
              std::vector(by_both.begin(), by_both.begin() + 7));
    EXPECT_EQ(run({"search", "--sort", "Imgae", sample_logs()}).exit, Exit::WrongUse);
}

/// Among others the order of events of one time, of hosts, and of what is numbered.
TEST(LogsAndTheirStore, AnswerAlike) {
    const std::vector<std::vector<std::string>> questions = {
        {"search", "--format", "csv"},
        {"search", "--sort", "-time", "--limit", "200"},
        {"processes"},
        {"follow", "FS01:0x1a55f408", "--format", "dot"},
        {"links", "--format", "mermaid"},
        {"session", "FS01:0x3e7"},
        {"count", "--by", "kind,host"},
        {"logons", "--by", "route", "--format", "csv"},
        {"sessions", "--format", "jsonl"},
        {"gaps", "--format", "csv"},
    };
    for (std::vector<std::string> question : questions) {
        std::vector<std::string> of_store = question;
        question.push_back(sample_logs());
        of_store.insert(of_store.end(), {"--store", sample_store()});
        const testing::Ran logs = run(question), store = run(of_store);
        EXPECT_EQ(logs.exit, Exit::Done) << logs.err;
        EXPECT_EQ(logs.out, store.out) << question[0];
    }
}

}  // namespace
}  // namespace spoor::cli
