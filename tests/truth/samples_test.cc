// What is concluded from logs of real attacks (../shared/data/evtx): the findings and links that an analyst expects of
// each, and no others.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "findings/finding.h"
#include "sessions/tracker.h"
#include "sources/reader.h"
#include "trails/trail.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSamples = "../shared/data/evtx";

/// One log with all that is concluded from it.
struct Sample final : sources::Sink {
    Catalog catalog;
    sessions::Tracker tracker;
    trails::Evidence evidence{catalog};
    History history;
    trails::Links links;

    explicit Sample(const std::string& path) {
        sources::read(std::span(&path, 1), catalog, {}, *this);
        history = tracker.finish();
        evidence.settle();
        links = trails::find_links(history, evidence, catalog);
    }
    sources::Flow take(sources::Portion&& portion) override {
        tracker.observe(portion.batch, catalog);
        evidence.observe(portion.batch);
        return sources::Flow::GoOn;
    }

    std::set<std::string> findings() const {
        std::set<std::string> rules;
        for (const findings::Finding& finding : findings::find(history, links, evidence, catalog, {}))
            rules.emplace(findings::entry(finding.rule).name);
        return rules;
    }
    const Link* link(LinkKind kind) const {
        for (const Link& link : links.links)
            if (link.kind == kind) return &link;
        return nullptr;
    }
};

/// The sample of that file name; nothing where the samples are not beside the repository.
std::optional<std::string> find_sample(std::string_view name) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(kSamples, error))
        if (entry.path().filename() == name) return entry.path().string();
    return std::nullopt;
}

struct Expected {
    const char* file;
    std::set<std::string> rules;
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.file; }

class Samples : public testing::TestWithParam<Expected> {};

TEST_P(Samples, GiveTheFindingsThatAreInThem) {
    const auto path = find_sample(GetParam().file);
    if (!path) GTEST_SKIP() << "no " << GetParam().file << " below " << kSamples;
    EXPECT_EQ(Sample(*path).findings(), GetParam().rules);
}

INSTANTIATE_TEST_SUITE_P(
    Attacks, Samples,
    testing::Values(Expected{"smb-password-guessing-security.evtx", {"password_guessing"}},
                    Expected{"ID4768-4771-Kerberos brutforce with non existing users.evtx",
                             {"password_spraying", "preauthentication_disabled"}},
                    Expected{"T1558.004_StealOrForgeKerberosTicketsAS-REP-Roasting_Security.evtx",
                             {"preauthentication_disabled", "log_cleared"}},
                    Expected{"Invoke_TokenDuplication_UAC_Bypass4624.evtx", {"pass_the_hash"}},
                    Expected{"ID4688,4778,4779 RDP hijack direct.evtx", {"rdp_hijack"}},
                    Expected{"DE_RDP_Tunneling_4624.evtx", {"rdp_tunnel"}},
                    Expected{"EID4769_Kerberoasting.evtx", {"kerberoasting", "log_cleared", "pass_the_hash"}},
                    Expected{"ID104-1102-Event log cleared.evtx", {"log_cleared"}},
                    // Everyday logs, and attacks that leave no trace in sessions.
                    Expected{"ID4688,4697,5140-5145 PSexec remote execution + admin share.evtx", {}},
                    Expected{"RDPAuth_Security.evtx", {"log_cleared"}}));

TEST(SampleLinks, PsexecsServiceGoesBackToTheNetworkSessionThatInstalledIt) {
    const auto path = find_sample("ID4688,4697,5140-5145 PSexec remote execution + admin share.evtx");
    if (!path) GTEST_SKIP() << "no samples below " << kSamples;
    const Sample sample(*path);
    const Link* link = sample.link(LinkKind::Service);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->strength, Strength::Certain);
    EXPECT_EQ(sample.history.sessions[link->from].key.logon_id, LogonId(0x1376020));
    const trails::Tracer tracer(sample.history, sample.links);
    for (const Process& process : sample.history.processes) {
        if (trails::image_name(process.image) != "whoami.exe") continue;
        const trails::Trail trail =
            tracer.back_from_process(static_cast<std::uint32_t>(&process - sample.history.processes.data()));
        ASSERT_EQ(trail.steps.size(), 2u);
        EXPECT_EQ(trail.steps[1].session, link->from);
        EXPECT_FALSE(trail.complete);
    }
}

TEST(SampleLinks, AHijackedDesktopNamesTheDesktopThatTookItsPlace) {
    const auto path = find_sample("ID4688,4778,4779 RDP hijack direct.evtx");
    if (!path) GTEST_SKIP() << "no samples below " << kSamples;
    const Sample sample(*path);
    const Link* link = sample.link(LinkKind::RdpTakenOver);
    ASSERT_TRUE(link);
    EXPECT_EQ(sample.history.sessions[link->from].key.logon_id, LogonId(0x13b5e1e));
    EXPECT_EQ(sample.history.sessions[link->to].key.logon_id, LogonId(0x6a423));
}

}  // namespace
}  // namespace spoor
