// The tracker against ground truth made by hand (../shared/truth/logon): every session with its user, type, start, end
// and linked session, and the session of each process that a question is about; whatever the order of what is read.
//
// What is compared, and how closely, are the rules of the truths' own score.py. Where a truth gives no end although the
// host was restarted within its logs, an end by that restart is right too: the truths name it only where it mattered.
#include <gtest/gtest.h>
#include <algorithm>
#include <random>
#include <string>

#include "sessions/attribution.h"
#include "sessions/tracker.h"
#include "truth/truth.h"

namespace spoor {
namespace {

using namespace truth;

bool is_near(Timestamp a, Timestamp b) { return (a < b ? b - a : a - b) <= Duration::seconds(2); }

class Judge {
public:
    Judge(const History& history, const Catalog& catalog) : history_(history), catalog_(catalog) {}

    /// The session of a truth's id; where a host had several boots the times tell which.
    const Session* find(dom::element truth) const {
        const std::uint64_t id = LogonId::parse(text(truth, "logon_id"))->value();
        const auto seen = Timestamp::parse(text(truth, "first_seen"));
        const Session* best = nullptr;
        for (const Session& session : history_.sessions) {
            if (session.key.logon_id.value() != id ||
                catalog_.host_name(session.key.host) != host_part(text(truth, "host")))
                continue;
            if (best == nullptr || (seen && session.first_seen <= *seen + Duration::seconds(2))) best = &session;
        }
        return best;
    }

    void check(dom::element truth) const {
        SCOPED_TRACE(std::string(text(truth, "id")));
        const Session* const session = find(truth);
        ASSERT_NE(session, nullptr) << "not found";
        const std::string_view origin = text(truth, "origin");
        if (origin != "wellknown") {
            EXPECT_EQ(user_part(text(truth, "user")), user_part(session->user.name));
            EXPECT_EQ(session->origin == Origin::Logged, origin == "explicit_4624");
        }
        if (origin == "explicit_4624") {
            std::uint64_t type = 0;
            ASSERT_EQ(truth["logon_type"].get(type), simdjson::SUCCESS);
            EXPECT_EQ(static_cast<std::uint64_t>(session->type), type);
            const std::string_view address = text(truth, "source_ip");
            EXPECT_EQ(session->source_address ? session->source_address->to_string() : "", address);
        }
        const std::string_view linked = text(truth, "linked_logon_id");
        EXPECT_EQ(session->linked.value(), linked.empty() ? 0 : LogonId::parse(linked)->value());
        if (const std::string_view start = text(truth, "start"); !start.empty()) {
            ASSERT_TRUE(session->start) << "start should be " << start;
            EXPECT_TRUE(is_near(*session->start, *Timestamp::parse(start)))
                << session->start->to_string() << " should be " << start;
        }
        if (const std::string_view end = text(truth, "end"); !end.empty()) {
            ASSERT_TRUE(session->end) << "end should be " << end;
            EXPECT_TRUE(is_near(*session->end, *Timestamp::parse(end)))
                << session->end->to_string() << " should be " << end;
        } else if (session->end) {
            EXPECT_TRUE(session->end_reason == EndReason::Shutdown || session->end_reason == EndReason::Crash ||
                        session->end_reason == EndReason::Restart)
                << session->end->to_string();
        }
        if (const std::string_view number = text(truth, "terminal_session_id"); !number.empty()) {
            ASSERT_TRUE(session->terminal_session);
            EXPECT_EQ(std::to_string(*session->terminal_session), number);
        }
    }

    /// The process that a question names must be known, and in the session that the truth gives.
    void check_process(dom::element process) const {
        std::uint64_t pid = 0;
        const auto time = Timestamp::parse(text(process, "time"));
        const std::string_view logon_id = text(process, "logon_id");
        if (process["pid"].get(pid) != simdjson::SUCCESS || !time || logon_id.empty()) return;
        SCOPED_TRACE(testing::Message() << text(process, "image") << " " << pid);
        bool found = false;
        for (const Process& known : history_.processes) {
            if (known.pid != pid || catalog_.host_name(known.host) != host_part(text(process, "host")) ||
                !known.start || !is_near(*known.start, *time))
                continue;
            EXPECT_FALSE(found) << "twice";
            found = true;
            EXPECT_EQ(known.image, text(process, "image"));
            ASSERT_NE(known.session, kNobody);
            EXPECT_EQ(history_.sessions[known.session].key.logon_id.to_string(), logon_id);
        }
        EXPECT_TRUE(found) << "process not found";
    }

private:
    const History& history_;
    const Catalog& catalog_;
};

/// All that a History says, in words that do not depend on the numbers of a catalog.
std::string describe(const History& history, const Catalog& catalog) {
    std::string all;
    const auto time = [](const std::optional<Timestamp>& t) { return t ? t->to_string() : std::string("-"); };
    for (const Boot& boot : history.boots)
        all += std::string(catalog.host_name(boot.host)) + " boot " + time(boot.started) + " " + time(boot.stopped) +
               " " + boot.first_seen.to_string() + "\n";
    for (const Session& s : history.sessions) {
        all += std::string(catalog.host_name(s.key.host)) + " " + std::to_string(s.key.boot) + " " +
               s.key.logon_id.to_string() + " " + to_string(s.user) + " " + std::string(name(s.type)) + " " +
               time(s.start) + " " + time(s.end) + " " + std::string(name(s.end_reason)) + " " + s.linked.to_string() +
               " " + std::to_string(s.process_count) + " " + std::to_string(s.event_count) + " " +
               std::string(s.integrity) + " " + time(s.started_after) + "\n";
        for (const EventRef& e : s.evidence)
            all += "  " + std::string(catalog.channel_name(e.channel)) + " " + std::to_string(e.event_id) + " " +
                   e.time.to_string() + "\n";
    }
    for (const Process& p : history.processes)
        all += std::string(catalog.host_name(p.host)) + " " + std::to_string(p.pid) + " " + std::string(p.image) + " " +
               time(p.start) + " " + time(p.end) + " " +
               std::to_string(p.session == kNobody ? -1 : static_cast<int>(p.session)) + " " +
               std::to_string(p.parent == kNobody ? -1 : static_cast<int>(p.parent)) + "\n";
    return all;
}

class SessionsTruth : public testing::TestWithParam<fs::path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SessionsTruth);

TEST_P(SessionsTruth, EverySessionAndProcessIsFound) {
    Catalog catalog;
    sessions::Tracker tracker;
    for (const Batch& batch : read_archive_of(GetParam(), catalog)) tracker.observe(batch, catalog);
    const History history = tracker.finish();
    dom::parser parser;
    const dom::element truth = parser.load(GetParam().string());
    const Judge judge(history, catalog);
    std::size_t checked = 0;
    for (const dom::element session : truth["sessions"].get_array()) {
        judge.check(session);
        ++checked;
    }
    EXPECT_GT(checked, 0u);
    for (const dom::element question : truth["questions"].get_array())
        if (dom::element process; question["process"].get(process) == simdjson::SUCCESS && process.is_object())
            judge.check_process(process);
}

TEST_P(SessionsTruth, TheOrderOfReadingChangesNothing) {
    Catalog catalog;
    std::vector<Batch> batches = read_archive_of(GetParam(), catalog);
    sessions::Tracker in_order;
    for (const Batch& batch : batches) in_order.observe(batch, catalog);
    const std::string expected = describe(in_order.finish(), catalog);

    // Every event in a batch of its own, in an order of its own; some of them twice; by two trackers.
    struct Place {
        std::size_t batch;
        std::size_t event;
    };
    std::vector<Place> places;
    for (std::size_t b = 0; b < batches.size(); ++b)
        for (std::size_t e = 0; e < batches[b].size(); ++e) places.push_back({b, e});
    std::mt19937 random(20201009);
    std::shuffle(places.begin(), places.end(), random);
    sessions::Tracker shuffled, other;
    Batch one;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Batch& from = batches[places[i].batch];
        const Event& event = from.events()[places[i].event];
        one.clear();
        one.begin();
        for (const FieldValue& value : from.values(event)) one.add(value);
        one.commit(event);
        (i % 3 == 0 ? other : shuffled).observe(one, catalog);
        if (i % 7 == 0) shuffled.observe(one, catalog);
    }
    shuffled.absorb(other);
    EXPECT_EQ(describe(shuffled.finish(), catalog), expected);

    // Through bytes and back, as a store does it.
    sessions::Tracker kept;
    for (const std::string_view host : in_order.hosts()) ASSERT_TRUE(kept.load(in_order.serialise(host), catalog));
    EXPECT_EQ(describe(kept.finish(), catalog), expected);
}

TEST_P(SessionsTruth, EveryEventThatNamesASessionIsPutDownToOne) {
    Catalog catalog;
    std::vector<Batch> batches = read_archive_of(GetParam(), catalog);
    sessions::Tracker tracker;
    for (const Batch& batch : batches) tracker.observe(batch, catalog);
    const History history = tracker.finish();
    const sessions::Attribution attribution(history);
    std::vector<std::uint64_t> events_of(history.sessions.size());
    for (Batch& batch : batches) {
        attribution.stamp(batch);
        for (const Event& event : batch.events()) {
            if (event.actor.session != kNobody) ++events_of[event.actor.session];
            const auto subject = batch.find(event, "SubjectLogonId"_field).as_number();
            if (!subject || *subject == 0) continue;
            ASSERT_NE(event.actor.session, kNobody);
            const Session& session = history.sessions[event.actor.session];
            EXPECT_EQ(session.key.host, event.host);
            if (event.actor.adopted_session != kNobody) {
                EXPECT_EQ(history.sessions[event.actor.adopted_session].key.logon_id.value(), *subject);
            }
        }
    }
    // The second pass and the tracker's own count agree.
    for (std::size_t i = 0; i < events_of.size(); ++i)
        EXPECT_EQ(events_of[i], history.sessions[i].event_count) << history.sessions[i].key.logon_id.to_string();
}

INSTANTIATE_TEST_SUITE_P(, SessionsTruth, testing::ValuesIn(truth_files()),
                         [](const auto& truth) { return truth.param.stem().string(); });

TEST(SessionsTruthData, IsThere) {
    if (truth_files().empty()) GTEST_SKIP() << "no " << kTruths << ": the truths lie beside the repository";
}

}  // namespace
}  // namespace spoor
