// Links and trails against ground truth made by hand (../shared/truth/logon): the links that were checked there are
// found, none of those that are called certain or strong joins sessions that the truth knows to be strangers, and each
// question about a process leads to the human that the truth names.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sessions/tracker.h"
#include "trails/trail.h"
#include "truth/truth.h"

namespace spoor {
namespace {

using namespace truth;

/// A session as truths name it: "WORKSTATION5/b4/0x30e121".
struct TruthName {
    std::string host;
    std::uint64_t logon_id = 0;

    static std::optional<TruthName> parse(std::string_view text) {
        if (text.starts_with("EXT:")) return std::nullopt;
        const std::size_t last = text.rfind('/');
        const auto id = LogonId::parse(text.substr(last + 1));
        if (!id) return std::nullopt;
        return TruthName{host_part(text.substr(0, text.find('/'))), id->value()};
    }
};

/// A capture with all that is concluded from it.
struct Case {
    Catalog catalog;
    std::vector<Batch> batches;
    History history;
    trails::Evidence evidence{catalog};
    trails::Links links;

    explicit Case(const fs::path& truth) : batches(read_archive_of(truth, catalog)) {
        sessions::Tracker tracker;
        for (const Batch& batch : batches) {
            tracker.observe(batch, catalog);
            evidence.observe(batch);
        }
        conclude(tracker);
    }

    /// Once more, from the same events in an order of their own, each in a batch of its own, some of them twice.
    void conclude_shuffled() {
        struct Place {
            std::size_t batch;
            std::size_t event;
        };
        std::vector<Place> places;
        for (std::size_t b = 0; b < batches.size(); ++b)
            for (std::size_t e = 0; e < batches[b].size(); ++e) places.push_back({b, e});
        std::mt19937 random(7);
        std::shuffle(places.begin(), places.end(), random);
        sessions::Tracker tracker;
        evidence = trails::Evidence(catalog);
        Batch one;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Batch& from = batches[places[i].batch];
            const Event& event = from.events()[places[i].event];
            one.clear();
            one.begin();
            for (const FieldValue& value : from.values(event)) one.add(value);
            one.commit(event);
            tracker.observe(one, catalog);
            evidence.observe(one);
            if (i % 7 == 0) evidence.observe(one);
        }
        conclude(tracker);
    }

    void conclude(const sessions::Tracker& tracker) {
        history = tracker.finish();
        evidence.settle();
        links = trails::find_links(history, evidence, catalog);
    }

    std::string name(std::uint32_t session) const {
        const SessionKey& key = history.sessions[session].key;
        return std::string(catalog.host_name(key.host)) + "/" + key.logon_id.to_string();
    }
    bool is(std::uint32_t session, const TruthName& wanted) const {
        const SessionKey& key = history.sessions[session].key;
        return key.logon_id.value() == wanted.logon_id && catalog.host_name(key.host) == wanted.host;
    }
};

bool either_way(std::string_view kind) {
    return kind == "linked_token" || kind == "rdp_reconnect" || kind == "unlock" || kind == "rdp_nla";
}

class TrailsTruth : public testing::TestWithParam<fs::path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TrailsTruth);

TEST_P(TrailsTruth, TheLinksThatWereCheckedAreFound) {
    const Case found(GetParam());
    dom::parser parser;
    const dom::element truth = parser.load(GetParam().string());
    for (const dom::element link : truth["links"].get_array()) {
        const auto from = TruthName::parse(text(link, "src"));
        const auto to = TruthName::parse(text(link, "dst"));
        if (!from || !to) continue;
        const Link* best = nullptr;
        for (const Link& candidate : found.links.links) {
            const bool forward = found.is(candidate.from, *from) && found.is(candidate.to, *to);
            const bool backward = found.is(candidate.from, *to) && found.is(candidate.to, *from);
            if ((forward || (backward && either_way(text(link, "kind")))) &&
                (!best || candidate.strength > best->strength))
                best = &candidate;
        }
        EXPECT_TRUE(best) << text(link, "id") << " " << text(link, "kind") << " " << text(link, "confidence") << " "
                          << text(link, "src") << " -> " << text(link, "dst");
    }
}

/// Of the sessions that a truth lists, each has its checked origins; a link that claims another one for certain or
/// strongly is false. Services and machine accounts have links that nobody checked.
TEST_P(TrailsTruth, NoStrongLinkClaimsAnotherOrigin) {
    const Case found(GetParam());
    dom::parser parser;
    const dom::element truth = parser.load(GetParam().string());
    for (const Link& link : found.links.links) {
        if (link.strength < Strength::Strong || link.to_process != kNobody || link.kind == LinkKind::LinkedToken)
            continue;
        bool known = false;
        bool right = false;
        for (const dom::element checked : truth["links"].get_array()) {
            const auto from = TruthName::parse(text(checked, "src"));
            const auto to = TruthName::parse(text(checked, "dst"));
            if (!from || !to) continue;
            if (either_way(text(checked, "kind")) && found.is(link.to, *from) && found.is(link.from, *to))
                known = right = true;
            if (!found.is(link.to, *to)) continue;
            known = true;
            right |= found.is(link.from, *from);
        }
        EXPECT_TRUE(right || !known) << name(link.strength) << " " << name(link.kind) << " " << found.name(link.from)
                                     << " -> " << found.name(link.to) << ": " << link.reason;
    }
}

TEST_P(TrailsTruth, EachQuestionLeadsToItsHuman) {
    const Case found(GetParam());
    const trails::Tracer tracer(found.history, found.links);
    dom::parser parser;
    const dom::element truth = parser.load(GetParam().string());
    for (const dom::element question : truth["questions"].get_array()) {
        SCOPED_TRACE(std::string(text(question, "id")) + " " + std::string(text(question, "question")));
        dom::element process;
        if (question["process"].get(process) != simdjson::SUCCESS || !process.is_object()) continue;
        std::uint64_t pid = 0;
        const auto time = Timestamp::parse(text(process, "time"));
        if (process["pid"].get(pid) != simdjson::SUCCESS || !time) continue;
        std::uint32_t asked = kNobody;
        for (std::uint32_t p = 0; p < found.history.processes.size(); ++p) {
            const Process& known = found.history.processes[p];
            if (known.pid != pid || found.catalog.host_name(known.host) != host_part(text(process, "host"))) continue;
            if (known.first_seen > *time + Duration::seconds(2)) continue;
            asked = p;
        }
        if (asked == kNobody) continue;  // sessions_truth_test.cc says which must be known
        const trails::Trail trail = tracer.back_from_process(asked);
        SCOPED_TRACE(trails::sentence(trail, tracer, found.catalog));
        const dom::element answer = question["answer"];
        const auto human = TruthName::parse(text(answer, "first_human_session"));
        bool complete = false;
        ASSERT_EQ(answer["complete"].get(complete), simdjson::SUCCESS);
        EXPECT_EQ(trail.complete, complete);
        if (!human) continue;
        ASSERT_NE(trail.first_human, kNobody);
        EXPECT_TRUE(found.is(trail.first_human, *human))
            << found.name(trail.first_human) << " should be " << human->host << "/" << std::hex << human->logon_id;
    }
}

/// All links in words that do not depend on the numbers of a catalog.
std::multiset<std::string> describe(const Case& found) {
    std::multiset<std::string> all;
    for (const Link& link : found.links.links) {
        std::string line = found.name(link.from) + " -> " + found.name(link.to) + " " + std::string(name(link.kind)) +
                           " " + std::string(name(link.strength)) + " " + std::string(link.reason);
        for (const EventRef& event : link.evidence)
            line += " " + std::to_string(event.event_id) + "@" + event.time.to_string();
        all.insert(std::move(line));
    }
    return all;
}

TEST_P(TrailsTruth, TheOrderOfReadingChangesNoLink) {
    Case found(GetParam());
    const std::multiset<std::string> in_order = describe(found);
    found.conclude_shuffled();
    EXPECT_EQ(describe(found), in_order);
}

INSTANTIATE_TEST_SUITE_P(Captures, TrailsTruth, testing::ValuesIn(truth_files()),
                         [](const auto& capture) { return capture.param.stem().string(); });

}  // namespace
}  // namespace spoor
