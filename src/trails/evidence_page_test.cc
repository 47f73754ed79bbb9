// Evidence that stood in pages is the evidence that was observed.
#include <gtest/gtest.h>

#include <functional>

#include "trails/scene_test.h"

namespace spoor::trails {
namespace {

constexpr std::string_view kHost = "WS07";

/// A host on which something of every kind happens, over some hours.
void live_through(Scene& scene, int minutes) {
    const auto text = [&](int number) { return scene.history.texts.intern(std::to_string(number)); };
    for (int minute = 0; minute < minutes; ++minute) {
        const double at = minute * 60.0;
        scene.connection(kHost, at, text(minute % 5 * 4), "C:\\Windows\\powershell.exe", "10.0.0.7",
                         text(50'000 + minute % 7), "10.0.0.20", "445");
        scene.event(kHost, at + 1, Kind::ExplicitCredentials, 4648,
                    {{"SubjectLogonId"_field, "0x5000"},
                     {"TargetUserName"_field, minute % 2 ? "brian" : "олег"},
                     {"TargetServerName"_field, "FS01"},
                     {"TargetLogonGuid"_field, "{0f7e2a11-0000-0000-1111-222233334444}"}});
        scene.event(kHost, at + 2, Kind::ShareAccessed, 5140,
                    {{"SubjectLogonId"_field, "0x5000"}, {"IpAddress"_field, "10.0.0.9"}, {"IpPort"_field, "50123"}});
        scene.event(kHost, at + 3, Kind::ServiceInstalled, 7045,
                    {{"ServiceName"_field, text(minute)}, {"ServiceFileName"_field, "C:\\Temp\\a.exe"}});
        scene.event(kHost, at + 4, Kind::ProcessAccessed, 10,
                    {{"SourceProcessId"_field, "88"},
                     {"TargetProcessId"_field, "640"},
                     {"SourceImage"_field, "C:\\Temp\\a.exe"},
                     {"GrantedAccess"_field, "0x1fffff"}});
        scene.event(kHost, at + 5, Kind::LogonFailed, 4625,
                    {{"TargetUserName"_field, "brian"}, {"LogonType"_field, "3"}, {"Status"_field, "0xc000006d"}});
    }
}

template <typename Row>
std::vector<EventRef> events_of(const std::vector<Row>& rows) {
    std::vector<EventRef> events;
    for (const Row& row : rows) events.push_back(row.event);
    return events;
}

void expect_same(const Evidence& a, const Evidence& b) {
    EXPECT_EQ(events_of(a.connections), events_of(b.connections));
    EXPECT_EQ(events_of(a.explicit_credentials), events_of(b.explicit_credentials));
    EXPECT_EQ(events_of(a.share_accesses), events_of(b.share_accesses));
    EXPECT_EQ(events_of(a.services), events_of(b.services));
    EXPECT_EQ(events_of(a.injections), events_of(b.injections));
    EXPECT_EQ(events_of(a.failed_logons), events_of(b.failed_logons));
    ASSERT_EQ(a.addresses.size(), b.addresses.size());
    for (std::size_t i = 0; i < a.addresses.size(); ++i) {
        EXPECT_EQ(a.addresses[i].address, b.addresses[i].address);
        EXPECT_EQ(a.addresses[i].host, b.addresses[i].host);
        EXPECT_EQ(a.addresses[i].last, b.addresses[i].last);
    }
}

TEST(EvidencePage, GivesBackWhatWasObserved) {
    Scene observed, in_pages;
    live_through(observed, 700);
    live_through(in_pages, 700);
    Evidence read(in_pages.catalog);
    std::vector<EvidencePage> pages = in_pages.evidence.take_passing();
    ASSERT_GT(pages.size(), 1u);
    EXPECT_EQ(in_pages.evidence.passing_rows(), 0u);
    for (const EvidencePage& page : pages) ASSERT_TRUE(read.add_page(page.bytes));
    ASSERT_TRUE(read.add_page(in_pages.evidence.lasting_page()));
    read.settle();
    observed.evidence.settle();
    expect_same(read, observed.evidence);
    const ExplicitCredentials& row = read.explicit_credentials.front();
    EXPECT_EQ(row.user, "олег");
    EXPECT_EQ(row.server, "FS01");
    EXPECT_EQ(row.subject, LogonId(0x5000));
    EXPECT_EQ(row.target_guid, observed.evidence.explicit_credentials.front().target_guid);
    EXPECT_EQ(read.services.back().command, "C:\\Temp\\a.exe");
    EXPECT_TRUE(read.injections.front().only_rights);
    EXPECT_EQ(read.connections.front().destination, observed.evidence.connections.front().destination);
}

TEST(EvidencePage, TellsWhatWasDoneFromWhatAProgramWasTold) {
    Scene scene;
    scene.event(kHost, 1, Kind::ProcessCreated, 4688,
                {{"SubjectLogonId"_field, "0x5000"},
                 {"ProcessId"_field, "99"},
                 {"Image"_field, "C:\\Windows\\System32\\sc.exe"},
                 {"CommandLine"_field, "sc create updater binPath= C:\\Temp\\a.exe"}});
    scene.event(kHost, 2, Kind::ServiceInstalled, 7045,
                {{"ServiceName"_field, "updater"},
                 {"ServiceFileName"_field, "C:\\Temp\\a.exe"},
                 {"UserIDName"_field, "brian"}});
    Evidence read(scene.catalog);
    for (const EvidencePage& page : scene.evidence.take_passing()) ASSERT_TRUE(read.add_page(page.bytes));
    ASSERT_TRUE(read.add_page(scene.evidence.lasting_page()));
    read.settle();
    ASSERT_EQ(read.services.size(), 2u);
    EXPECT_TRUE(read.services[0].is_told);
    EXPECT_FALSE(read.services[1].is_told);
    EXPECT_EQ(read.services[0].name, "updater");
    EXPECT_EQ(read.services[1].user, "brian");
}

TEST(EvidencePage, JoinsWhatRepeatsAcrossPages) {
    Scene observed, in_pages;
    live_through(observed, 90);
    Evidence read(in_pages.catalog);
    // Written twice, as what stands in two archives of one log may be observed apart.
    for (int round = 0; round < 2; ++round) {
        Scene again;
        live_through(again, 90);
        for (const EvidencePage& page : again.evidence.take_passing()) ASSERT_TRUE(read.add_page(page.bytes));
    }
    read.settle();
    observed.evidence.settle();
    EXPECT_EQ(events_of(read.connections), events_of(observed.evidence.connections));
    EXPECT_EQ(events_of(read.share_accesses), events_of(observed.evidence.share_accesses));
    EXPECT_EQ(events_of(read.injections), events_of(observed.evidence.injections));
    EXPECT_EQ(events_of(read.failed_logons), events_of(observed.evidence.failed_logons));
}

TEST(EvidencePage, GivesOnlyWhatLiesWithinASpan) {
    Scene scene;
    live_through(scene, 300);
    Evidence read(scene.catalog);
    for (const EvidencePage& page : scene.evidence.take_passing())
        ASSERT_TRUE(read.add_page(page.bytes, Scene::at(600), Scene::at(1200)));
    EXPECT_EQ(read.explicit_credentials.size(), 10u);
    for (const ExplicitCredentials& row : read.explicit_credentials) {
        EXPECT_GE(row.event.time, Scene::at(600));
        EXPECT_LE(row.event.time, Scene::at(1200));
    }
}

TEST(EvidencePage, RefusesWhatIsDamaged) {
    Scene scene;
    live_through(scene, 20);
    const std::string bytes = scene.evidence.take_passing().front().bytes;
    for (std::size_t size = 0; size < bytes.size(); size += 3) {
        Evidence read(scene.catalog);
        EXPECT_FALSE(read.add_page(bytes.substr(0, size))) << size;
    }
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        std::string damaged = bytes;
        damaged[place] = static_cast<char>(damaged[place] ^ 0xff);
        Evidence read(scene.catalog);
        (void)read.add_page(damaged);  // whatever it says, memory stays in bounds
        EXPECT_LE(read.passing_rows(), bytes.size());
    }
}

}  // namespace
}  // namespace spoor::trails
