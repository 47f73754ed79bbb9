#include "sources/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace spoor::sources {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Keeps what is read.
class Collected : public Sink {
public:
    Flow take(Portion&& portion) override {
        portions.push_back(std::move(portion));
        return Flow::GoOn;
    }
    void report(const Issue& issue) override { issues.push_back(issue); }

    std::vector<EventView> events() const {
        std::vector<EventView> all;
        for (const Portion& portion : portions)
            for (const Event& event : portion.batch.events()) all.push_back({portion.batch, event});
        return all;
    }

    std::vector<Portion> portions;
    std::vector<Issue> issues;
};

const std::filesystem::path kTruth = "../shared/truth/logon";

struct Archive {
    const char* file;
    std::uint64_t events;
};

class TruthArchive : public testing::TestWithParam<Archive> {};

TEST_P(TruthArchive, GivesEveryEvent) {
    const auto path = kTruth / GetParam().file;
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    Catalog catalog;
    Collected collected;
    const std::string paths[] = {path.string()};
    const Totals totals = read(paths, catalog, {}, collected);
    EXPECT_EQ(totals.events, GetParam().events);
    for (const Issue& issue : collected.issues) EXPECT_EQ(issue.severity, Severity::Note) << issue.to_string();
}

INSTANTIATE_TEST_SUITE_P(All, TruthArchive,
                         testing::Values(Archive{"empire_invoke_runas.tar.gz", 2581}, Archive{"covenant_psremoting_command.zip", 4284},
                                         Archive{"covenant_dcom_iertutil_dll_hijack.zip", 37814},
                                         Archive{"empire_persistence_registry_modification_run_keys_standard_user.zip", 40569},
                                         Archive{"metasploit_comsvcs_lsass_memory_dump.zip", 41954},
                                         Archive{"empire_psexec_dcerpc_tcp_svcctl.zip", 4348}));

}  // namespace
}  // namespace spoor::sources
