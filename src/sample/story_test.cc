#include "sample/story.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace spoor::sample {
namespace {

std::size_t count(const Story& story) {
    std::size_t records = 0;
    for (const LogFile& file : story.files) records += file.records.size();
    return records;
}

TEST(Story, IsTheSameInEveryRun) {
    const Story a = tell_story(), b = tell_story();
    ASSERT_EQ(a.files.size(), b.files.size());
    for (std::size_t i = 0; i < a.files.size(); ++i) {
        ASSERT_EQ(a.files[i].records.size(), b.files[i].records.size());
        for (std::size_t j = 0; j < a.files[i].records.size(); ++j) {
            const Record &x = a.files[i].records[j], &y = b.files[i].records[j];
            EXPECT_EQ(x.time, y.time);
            ASSERT_EQ(x.fields.size(), y.fields.size());
            for (std::size_t k = 0; k < x.fields.size(); ++k)
                EXPECT_EQ(x.fields[k].value.bytes, y.fields[k].value.bytes) << x.fields[k].name;
        }
    }
}

TEST(Story, HasAMorningsWorthOfRecords) { EXPECT_GT(count(tell_story()), 1000u); }

TEST(Story, NumbersRecordsOneByOneInOrderOfTime) {
    for (const LogFile& file : tell_story().files) {
        ASSERT_FALSE(file.records.empty()) << file.name;
        for (std::size_t i = 1; i < file.records.size(); ++i) {
            EXPECT_EQ(file.records[i].number, file.records[i - 1].number + 1) << file.name;
            EXPECT_GE(file.records[i].time, file.records[i - 1].time) << file.name;
        }
    }
}

TEST(Story, LosesRecordsOnlyWhereTheLogWasCleared) {
    const Story story = tell_story();
    EXPECT_GT(story.records_lost, 0u);
    const LogFile *before = nullptr, *after = nullptr;
    for (const LogFile& file : story.files) {
        if (file.name == "FS01/Archive-Security-0900.evtx") before = &file;
        if (file.name == "FS01/Security.evtx") after = &file;
    }
    ASSERT_TRUE(before != nullptr && after != nullptr);
    EXPECT_EQ(after->records.front().event_id, 1102);
    EXPECT_EQ(after->records.front().number, before->records.back().number + 1 + story.records_lost);
}

TEST(Story, GivesEachSessionALogonIdOfItsOwnThatGrowsWithTime) {
    std::map<std::string, std::set<std::uint64_t>> ids;
    std::map<std::string, std::vector<std::pair<Timestamp, std::uint64_t>>> by_time;
    for (const TrueSession& session : tell_story().sessions) {
        EXPECT_TRUE(ids[session.host].insert(session.logon.id).second) << session.host << ' ' << session.logon.id;
        by_time[session.host].emplace_back(session.logon.start, session.logon.id);
        EXPECT_GE(session.logon.end.value_or(session.logon.start), session.logon.start);
    }
    EXPECT_EQ(ids.size(), 3u);
    for (auto& [host, sessions] : by_time) {
        std::ranges::stable_sort(sessions);
        for (std::size_t i = 1; i < sessions.size(); ++i) EXPECT_GT(sessions[i].second, sessions[i - 1].second) << host;
    }
}

std::string text_of(const Record& record, std::string_view name) {
    for (const Field& field : record.fields)
        if (field.name == name) return field.value.bytes;
    return {};
}

TEST(Story, LeavesRoomBetweenTheHalvesOfAPair) {
    for (const TrueSession& session : tell_story().sessions) {
        if (session.linked <= session.logon.id) continue;
        EXPECT_GE(session.linked - session.logon.id, 0x10u);
    }
}

TEST(Story, EndsTheProcessesOfARemoteDesktopBeforeTheSession) {
    std::map<std::string, std::set<std::string>> running;  // process ids, by logon id
    std::set<std::string> remote_desktops;
    for (const LogFile& file : tell_story().files) {
        if (file.name != "DC01/Security.evtx") continue;
        for (const Record& record : file.records) {
            const std::string target = text_of(record, "TargetLogonId");
            if (record.event_id == 4688) running[target].insert(text_of(record, "NewProcessId"));
            if (record.event_id == 4689) running[text_of(record, "SubjectLogonId")].erase(text_of(record, "ProcessId"));
            if (record.event_id == 4647) remote_desktops.insert(target);
            EXPECT_TRUE(record.event_id != 4634 || running[target].empty()) << record.number;
        }
    }
    EXPECT_EQ(remote_desktops.size(), 1u);
}

TEST(Story, AsksForATicketOnlyWhereNoneIsKept) {
    std::size_t tickets = 0;
    for (const LogFile& file : tell_story().files)
        for (const Record& record : file.records)
            tickets += record.event_id == 4769 && text_of(record, "TargetUserName") == text("ann@CORP.EXAMPLE").bytes;
    EXPECT_EQ(tickets, 1u);
}

TEST(Story, CountsTheRecordsOfEachChannelForItself) {
    std::set<std::uint64_t> firsts;
    std::size_t channels = 0;
    for (const LogFile& file : tell_story().files) {
        EXPECT_GT(file.records.front().number, 1u) << file.name;
        firsts.insert(file.records.front().number / 100);
        ++channels;
    }
    EXPECT_GT(firsts.size() + 2, channels);
}

TEST(Story, LinksTheHalvesOfAnElevatedPairToEachOther) {
    const Story story = tell_story();
    for (const TrueSession& session : story.sessions) {
        if (session.linked == 0) continue;
        const auto other = std::ranges::find_if(story.sessions, [&](const TrueSession& s) {
            return s.host == session.host && s.logon.id == session.linked;
        });
        ASSERT_NE(other, story.sessions.end());
        EXPECT_EQ(other->linked, session.logon.id);
        EXPECT_NE(other->logon.elevated, session.logon.elevated);
    }
}

}  // namespace
}  // namespace spoor::sample
