// Commands give the same answers through the server that has the store as from the store itself.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/scratch_folder.h"
#include "cli/program.h"
#include "server/service.h"
#include "store/duckdb/open.h"
#include "terminal/output.h"

namespace spoor::cli {
namespace {

namespace fs = std::filesystem;

struct Said {
    Exit exit;
    std::string out;
    std::string err;
};

Said run(std::vector<std::string> words) {
    terminal::Output out(-1), err(-1);
    const SystemClock clock;
    const Exit exit = run_program(words, out, err, clock).exit;
    return {exit, out.kept(), err.kept()};
}

class ServedStoreTest : public testing::Test {
protected:
    ServedStoreTest() {
        EXPECT_EQ(run({"sample", "--quiet", folder_.file("sample")}).exit, Exit::Done);
        EXPECT_EQ(run({"import", "--quiet", "--store", store(), folder_.file("sample")}).exit, Exit::Done);
    }

    std::string store() const { return folder_.file("store"); }

    ScratchFolder folder_;
};

TEST_F(ServedStoreTest, EveryCommandAnswersAsTheStoreItselfWould) {
    const std::vector<std::vector<std::string>> commands = {
        {"sessions"},
        {"sessions", "--human", "--format", "jsonl"},
        {"sessions", "-p"},
        {"session", "WS07:0x270b8"},
        {"events", "--limit", "50"},
        {"events", "--format", "jsonl"},
        {"search", "kind: logon and session.user: brian", "--format", "csv"},
        {"search", "data.ProcessCommandLine: * or CommandLine: *", "--limit", "7"},
        {"search", "kind: *", "--limit", "5", "--format", "xml"},
        {"search", "powershell", "--sort", "-time", "--limit", "3"},
        {"search", "nosuchfield: 3"},
        {"processes", "session.user: brian"},
        {"count", "--by", "kind,host"},
        {"count", "--by", "session.user", "--per", "hour"},
        {"timeline", "kind: logon"},
        {"logons"},
        {"logons", "--by", "source", "--failed"},
        {"gaps"},
        {"findings"},
        {"follow", "FS01:0x1a55f408"},
        {"follow", "powershell.exe"},
        {"follow", "S-1-5-21-3084159226-535897932-1414213562-1108"},
        {"follow", "Security:2114227@DC01"},
        {"follow", "--user", "brian"},
        {"follow", "--host", "FS01"},
        {"follow", "--address", "10.0.10.7"},
        {"sessions", "user: brian and host: FS01"},
        {"processes", "parent.name: cmd.exe", "--format", "jsonl"},
        {"links", "user: jimmy", "--strength", "strong"},
    };
    std::vector<Said> direct;
    for (std::vector<std::string> command : commands) {
        command.insert(command.end(), {"--store", store()});
        direct.push_back(run(command));
    }

    const SystemClock clock;
    const auto opened = store::open_store(store(), {.opening = store::Opening::Write}).value();
    server::Library library(*opened, clock);
    server::LiveFeed live({}, clock);
    const auto gate = server::Gate::open({.server_uid = ::geteuid()}, clock).value();
    server::Service service({}, {.library = library, .live = live, .gate = *gate, .clock = clock});
    const std::string socket = store() + "/server.sock";
    server::HttpOptions http;
    http.socket_path = socket;
    const auto server = server::HttpServer::open(std::move(http), service).value();
    std::thread serving([&] { server->run(); });
    for (std::size_t i = 0; i < commands.size(); ++i) {
        std::vector<std::string> command = commands[i];
        command.insert(command.end(), {"--store", store()});
        const Said served = run(command);
        EXPECT_EQ(served.exit, direct[i].exit) << commands[i][0];
        EXPECT_EQ(served.out, direct[i].out) << commands[i][0];
        EXPECT_EQ(served.err, direct[i].err) << commands[i][0];
    }
    EXPECT_GT(live.counts().published, commands.size()) << "each look at data is itself an event";

    const Said refused = run({"store", "compact", "--store", store()});
    EXPECT_NE(refused.exit, Exit::Done);
    EXPECT_NE(refused.err.find("server"), std::string::npos) << refused.err;
    const Said untaken = run({"import", "--store", store(), folder_.file("sample")});
    EXPECT_NE(untaken.exit, Exit::Done);
    EXPECT_EQ(untaken.out, "") << "this server takes no files, and none is said to be sent";
    server->stop();
    serving.join();
}

}  // namespace
}  // namespace spoor::cli
