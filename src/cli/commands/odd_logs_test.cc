// Logs that are in order but hold what a reader may stumble over, and one whose template is lost: each comes out right
// or is told, and the rest is read.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/endian.h"
#include "base/scratch_folder.h"
#include "cli/testing.h"
#include "evtx/layout.h"
#include "evtx/write/writer.h"

namespace spoor::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::lines_of;
using ::testing::Not;
using testing::Ran;
using testing::run;

using evtx::NamedValue;
using evtx::NewValue;

using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t kNoon = 1'715'688'000'000'000'000;  // 2024-05-14 12:00:00 UTC
constexpr std::uint64_t kNoonAsFiletime = 133'601'616'000'000'000;

void add_logon(evtx::LogWriter& log, const NewValue& user, std::uint64_t logon_id) {
    const NamedValue data[] = {{"TargetUserName", user},
                               {"TargetDomainName", NewValue::text("CORP")},
                               {"TargetLogonId", NewValue::hex64(logon_id)},
                               {"LogonType", NewValue::u32(2)}};
    ASSERT_TRUE(log.add({.provider = "Microsoft-Windows-Security-Auditing",
                         .event_id = 4624,
                         .time = {kNoon},
                         .channel = "Security",
                         .computer = "WS01",
                         .data = data}));
}

/// Three logons of "ann", "bob" and whoever is given.
Bytes three_logons(const NewValue& third) {
    evtx::LogWriter log;
    add_logon(log, NewValue::text("ann"), 0x10000);
    add_logon(log, NewValue::text("bob"), 0x20000);
    add_logon(log, third, 0x30000);
    EXPECT_TRUE(log.finish());
    return log.bytes();
}

/// Makes the checksums of the only chunk right again.
void sign(Bytes& log) {
    const std::span<std::uint8_t> chunk = std::span(log).subspan(evtx::kFileHeaderSize, evtx::kChunkSize);
    const auto end = load<std::uint32_t>(chunk.data() + 48);
    save(chunk.data() + 52, evtx::crc32(chunk.subspan(evtx::kChunkHeaderSize, end - evtx::kChunkHeaderSize)));
    save(chunk.data() + 124,
         evtx::crc32(chunk.subspan(128, evtx::kChunkHeaderSize - 128), evtx::crc32(chunk.first(120))));
}

std::string written(const ScratchFolder& folder, const Bytes& log) {
    return folder.write("Security.evtx", {reinterpret_cast<const char*>(log.data()), log.size()});
}

/// Replaces the last place where a number stands in the log.
void replace_last(Bytes& log, std::uint64_t number, std::uint64_t by) {
    std::uint8_t stored[8];
    save(stored, number);
    const auto found = std::find_end(log.begin(), log.end(), std::begin(stored), std::end(stored));
    ASSERT_NE(found, log.end());
    save(&*found, by);
}

TEST(OddLogs, ALoneSurrogateInANameBecomesTheReplacementCharacter) {
    const ScratchFolder folder;
    const NewValue name{.type = evtx::Type::Utf16, .bytes = std::string("x\0\0\xd8y\0", 6)};
    const Ran ran = run({"sessions", "--format", "csv", written(folder, three_logons(name))});
    EXPECT_EQ(ran.exit, Exit::Done);
    EXPECT_THAT(ran.out, HasSubstr("CORP\\x\xef\xbf\xbdy"));
    EXPECT_THAT(ran.out, HasSubstr("CORP\\bob"));
}

TEST(OddLogs, ATextThatFillsARecordComesWhole) {
    const ScratchFolder folder;
    const std::string name(31'000, 'n');
    const std::string log = written(folder, three_logons(NewValue::text(name)));
    EXPECT_THAT(run({"events", "--format", "jsonl", log}).out, HasSubstr('"' + name + '"'));
    const Ran ran = run({"sessions", log});
    EXPECT_EQ(ran.exit, Exit::Done);
    EXPECT_THAT(ran.out, HasSubstr("CORP\\bob"));
}

TEST(OddLogs, TimesBeyondTheCalendarAreAsEarlyOrLateAsCanBe) {
    const ScratchFolder folder;
    for (const std::uint64_t time : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2'650'467'744'000'000'000},
                                     std::uint64_t{1} << 63, UINT64_MAX}) {
        Bytes bytes = three_logons(NewValue::text("carol"));
        replace_last(bytes, kNoonAsFiletime, time);
        sign(bytes);
        const std::string log = written(folder, bytes);
        for (const std::string_view format : {"table", "jsonl", "csv"}) {
            const Ran ran = run({"sessions", "--format", std::string(format), log});
            EXPECT_EQ(ran.exit, Exit::Done) << time << ' ' << ran.err;
            for (const char* name : {"ann", "bob", "carol"}) EXPECT_THAT(ran.out, HasSubstr(name)) << time;
        }
        EXPECT_EQ(lines_of(run({"events", "--format", "jsonl", log}).out).size(), 3u) << time;
        EXPECT_EQ(run({"evtx", "dump", log}).exit, Exit::Done) << time;
        EXPECT_EQ(run({"evtx", "info", log}).exit, Exit::Done) << time;
    }
}

TEST(OddLogs, ARecordWhoseTemplateIsNowhereIsToldAndTheRestIsRead) {
    const ScratchFolder folder;
    Bytes bytes = three_logons(NewValue::text("carol"));
    // The last record names its outer template by the id and the place of the definition that the first one holds.
    const std::uint8_t* const chunk = bytes.data() + evtx::kFileHeaderSize;
    const std::size_t last = evtx::kFileHeaderSize + load<std::uint32_t>(chunk + 44);
    const std::size_t instance = last + evtx::kRecordHeaderSize + 4;
    ASSERT_EQ(bytes[instance], 0x0c);
    save(&bytes[instance + 2], std::uint32_t{0xdeadbeef});
    save(&bytes[instance + 6], std::uint32_t{0xfff0});
    sign(bytes);
    const std::string log = written(folder, bytes);
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"sessions", log}, {"events", log}, {"evtx", "dump", log}, {"evtx", "info", log}}) {
        const Ran ran = run(words);
        EXPECT_EQ(ran.exit, Exit::PartlyUnreadable) << words[0] << ' ' << words[1];
        EXPECT_THAT(ran.err + ran.out, HasSubstr("template")) << words[0] << ' ' << words[1];
        EXPECT_THAT(ran.out, Not(HasSubstr("carol"))) << words[0] << ' ' << words[1];
    }
    EXPECT_THAT(run({"sessions", log}).out, HasSubstr("CORP\\bob"));
}

TEST(OddLogs, ALogWithoutPermissionIsToldAndTheOthersAreRead) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
    const ScratchFolder folder;
    const std::string log = written(folder, three_logons(NewValue::text("carol")));
    const std::string denied = folder.file("denied.evtx");
    std::filesystem::copy_file(log, denied);
    std::filesystem::permissions(denied, std::filesystem::perms::none);
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"sessions", denied, log}, {"events", denied, log}, {"evtx", "dump", denied, log}}) {
        const Ran ran = run(words);
        EXPECT_EQ(ran.exit, Exit::PartlyUnreadable) << words[0];
        EXPECT_THAT(ran.err, AllOf(HasSubstr("denied.evtx"), HasSubstr("Permission denied"))) << words[0];
        EXPECT_THAT(ran.out, HasSubstr("carol")) << words[0];
    }
}

}  // namespace
}  // namespace spoor::cli
