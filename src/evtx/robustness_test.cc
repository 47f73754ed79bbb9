// What damage of every place does: a chunk cut off at every byte, and one with a bit flipped in every byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/scratch_folder.h"
#include "base/unicode.h"
#include "evtx/chunk.h"
#include "evtx/dump.h"
#include "evtx/render/renderer.h"
#include "evtx/value.h"
#include "evtx/write/writer.h"

namespace spoor::evtx {
namespace {

constexpr std::uint64_t kRecords = 6;

/// A chunk of six records, five of which use the templates of those before, and slack behind it.
std::vector<std::uint8_t> small_chunk() {
    LogWriter log;
    for (std::uint64_t i = 0; i < kRecords; ++i) {
        const NamedValue data[] = {{"TargetUserName", NewValue::text("alice" + std::to_string(i))},
                                   {"TargetLogonId", NewValue::hex64(0x3e7 + i)},
                                   {"LogonGuid", NewValue::guid(Guid{})},
                                   {"Elevated", NewValue::boolean(true)}};
        const NewEvent event{.provider = "Provider",
                             .event_id = 4624,
                             .channel = "Security",
                             .computer = "WS01",
                             .data = std::span(data).first(i == 5 ? 2 : 4)};
        EXPECT_TRUE(log.add(event).has_value());
    }
    EXPECT_TRUE(log.finish().has_value());
    std::vector<std::uint8_t> chunk(log.bytes().begin() + kFileHeaderSize, log.bytes().end());
    chunk.resize(kChunkSize + kChunkSlack);
    return chunk;
}

struct Checker : RecordVisitor {
    void record(const Record& record) override {
        ids.push_back(record.id);
        end = record.offset;
        for (const Value& value : record.values) (void)to_text(value);
        for (Renderer* const renderer : {xml.get(), json.get()}) {
            text.clear();
            EXPECT_TRUE(renderer->append(record, text));
            EXPECT_TRUE(is_utf8(text.text()));
        }
    }
    void issue(const Issue& issue) override { issues.push_back(issue); }

    std::unique_ptr<Renderer> xml = make_xml_renderer();
    std::unique_ptr<Renderer> json = make_json_renderer();
    TextBuffer text;
    std::vector<std::uint64_t> ids;
    std::vector<Issue> issues;
    std::uint64_t end = 0;
};

Checker read(Bytes chunk, Recovery recovery) {
    ShapeStore store;
    Decoder decoder(store);
    Checker checker;
    read_chunk(chunk, 0, recovery, decoder, checker);
    return checker;
}

/// Where the records of the chunk end.
std::vector<std::size_t> record_ends(Bytes chunk) {
    std::vector<std::size_t> ends;
    std::size_t at = kChunkHeaderSize;
    while (const std::optional<RecordHeader> record = RecordHeader::parse(chunk, at))
        ends.push_back(at += record->size);
    return ends;
}

TEST(Robustness, AChunkCutOffAnywhereGivesTheRecordsBeforeTheCut) {
    const std::vector<std::uint8_t> chunk = small_chunk();
    const std::vector<std::size_t> ends = record_ends({chunk.data(), kChunkSize});
    ASSERT_EQ(ends.size(), kRecords);
    for (std::size_t size = 0; size <= ends.back() + 64; ++size) {
        std::vector<std::uint8_t> cut(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(size));
        cut.resize(size + kChunkSlack);
        const auto whole =
            static_cast<std::size_t>(std::ranges::count_if(ends, [&](std::size_t end) { return end <= size; }));
        ASSERT_GE(read({cut.data(), size}, Recovery::Damage).ids.size(), whole) << "cut at " << size;
    }
}

TEST(Robustness, AFlippedBitCostsOnlyWhatItHits) {
    const std::vector<std::uint8_t> chunk = small_chunk();
    const std::vector<std::size_t> ends = record_ends({chunk.data(), kChunkSize});
    ASSERT_EQ(ends.size(), kRecords);
    // Every byte up to the end of the records, and every eighth of the emptiness behind.
    for (std::size_t at = 0; at < kChunkSize; at += at < ends.back() ? 1 : 8) {
        std::vector<std::uint8_t> flipped = chunk;
        flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ 1u << at % 8);
        const Checker checker = read({flipped.data(), kChunkSize}, at % 3 == 0 ? Recovery::Carve : Recovery::Damage);
        // The first record and the last bring templates along: a bit of those is a bit of all records made from them.
        const bool hits_template = at >= kChunkHeaderSize && at < ends[0];
        const std::size_t least = hits_template ? 0 : kRecords - 1;
        ASSERT_GE(checker.ids.size(), least) << "flipped at " << at;
        const bool is_covered = at >= kChunkHeaderSize && at < ends.back();
        ASSERT_TRUE(!is_covered || !checker.issues.empty()) << "flipped at " << at;
    }
}

TEST(Robustness, AnIntactChunkHasNoIssues) {
    const std::vector<std::uint8_t> chunk = small_chunk();
    const Checker checker = read({chunk.data(), kChunkSize}, Recovery::Damage);
    EXPECT_EQ(checker.ids, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(checker.issues.empty());
}

/// A log of several chunks, in the first and third of which the template of the events' data is damaged.
std::vector<std::uint8_t> log_without_some_templates() {
    LogWriter log;
    const std::string filling(2000, 'x');
    for (std::uint64_t i = 0; i < 200; ++i) {
        const NamedValue data[] = {{"CommandLine", NewValue::text(filling)}, {"ProcessId", NewValue::hex64(i)}};
        EXPECT_TRUE(
            log.add({.provider = "Provider", .event_id = 4688, .channel = "Security", .computer = "WS01", .data = data})
                .has_value());
    }
    EXPECT_TRUE(log.finish().has_value());
    std::vector<std::uint8_t> bytes(log.bytes().begin(), log.bytes().end());
    EXPECT_GE(bytes.size(), kFileHeaderSize + 4 * kChunkSize);
    // The name is stored once a chunk, where the definition first uses it.
    const std::u16string name = u"CommandLine";
    const std::string_view wanted(reinterpret_cast<const char*>(name.data()), 2 * name.size());
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{2}}) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(kFileHeaderSize + chunk * kChunkSize);
        const auto found = std::search(begin, begin + kChunkSize, wanted.begin(), wanted.end(),
                                       [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
        EXPECT_NE(found, begin + kChunkSize);
        std::fill(found - 60, found, std::uint8_t{0xee});
    }
    return bytes;
}

TEST(Robustness, ALostTemplateIsBorrowedFromTheSameFileWhateverTheThreads) {
    const ScratchFolder folder;
    const std::string path = folder.file("lost_templates.evtx");
    const std::vector<std::uint8_t> bytes = log_without_some_templates();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    const Result<LogFile> file = LogFile::open(path);
    ASSERT_TRUE(file.has_value());
    std::string first;
    for (const unsigned threads : {1u, 4u, 4u, 4u}) {
        ShapeStore store;
        std::string text;
        const DumpTarget target{[&](std::string_view more) { return text += more, true; }, [](const Issue&) {}};
        const auto summary = dump_log(*file, store, {.format = Format::JsonLines, .threads = threads}, target);
        ASSERT_TRUE(summary.has_value());
        EXPECT_EQ(summary->records, 200u) << threads << " threads";
        std::size_t whole = 0;
        for (std::size_t at = text.find("CommandLine"); at != std::string::npos; at = text.find("CommandLine", at + 1))
            ++whole;
        EXPECT_EQ(whole, 200u) << threads << " threads";
        if (first.empty()) first = text;
        EXPECT_EQ(text, first) << threads << " threads";
    }
}

}  // namespace
}  // namespace spoor::evtx
