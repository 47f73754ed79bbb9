// What the reader gives for whole files: the record ids that deliberately damaged logs must still give.
#include "evtx/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace spoor::evtx {
namespace {

constexpr char kDamaged[] = "../shared/oracle/damaged";

struct Collector : RecordVisitor {
    void record(const Record& record) override {
        ids.push_back(record.id);
        for (std::size_t slot = 0; slot < record.values.size(); ++slot) bytes += record.values[slot].size;
    }
    void issue(const Issue& issue) override { issues.push_back(issue); }

    std::vector<std::uint64_t> ids;
    std::vector<Issue> issues;
    std::size_t bytes = 0;
};

TEST(Reader, ReadsEveryRecordOfAnIntactLog) {
    const std::string path = std::string(kDamaged) + "/00_intact.evtx";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    ShapeStore store;
    Collector collector;
    const auto summary = read_log(path, store, Recovery::Damage, collector);
    ASSERT_TRUE(summary.has_value()) << summary.error().what;
    EXPECT_EQ(summary->records, 349u);
    EXPECT_EQ(collector.ids.size(), 349u);
    EXPECT_TRUE(collector.issues.empty());
}

/// The ids in expect.json that a file must give: `"NAME": {"ids": [1, 2, ...`.
std::set<std::uint64_t> expected_ids(std::string_view expectations, std::string_view name) {
    const std::size_t entry = expectations.find(std::string(1, '"').append(name) + '"');
    if (entry == std::string_view::npos) return {};
    const std::size_t begin = expectations.find('[', entry);
    const std::string_view list = expectations.substr(begin + 1, expectations.find(']', begin) - begin - 1);
    std::set<std::uint64_t> ids;
    for (const char* at = list.data(); at < list.data() + list.size();) {
        std::uint64_t id = 0;
        const auto [end, error] = std::from_chars(at, list.data() + list.size(), id);
        if (error == std::errc()) ids.insert(id);
        at = std::max(end, at + 1);
    }
    return ids;
}

TEST(Reader, GivesAtLeastTheRecordsExpectedOfEachDamagedLog) {
    std::ifstream stream(std::string(kDamaged) + "/expect.json");
    if (!stream) GTEST_SKIP() << kDamaged << " is not there";
    const std::string expectations(std::istreambuf_iterator<char>(stream), {});
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kDamaged)) {
        if (entry.path().extension() != ".evtx") continue;
        SCOPED_TRACE(entry.path().filename().string());
        ShapeStore store;
        Collector collector;
        const auto summary = read_log(entry.path().string(), store, Recovery::Damage, collector);
        std::set<std::uint64_t> missing;
        const std::set<std::uint64_t> expected = expected_ids(expectations, entry.path().filename().string());
        const std::set<std::uint64_t> got(collector.ids.begin(), collector.ids.end());
        std::set_difference(expected.begin(), expected.end(), got.begin(), got.end(),
                            std::inserter(missing, missing.end()));
        EXPECT_TRUE(missing.empty()) << missing.size() << " missing, the first " << *missing.begin();
        EXPECT_TRUE(summary.has_value() || expected.empty());
        ++files;
    }
    EXPECT_GE(files, 36u);
}

}  // namespace
}  // namespace spoor::evtx
