// Links and trails against ground truth made by hand (../shared/truth/logon): the links that were checked there are
// found, none of those that are called certain or strong joins sessions that the truth knows to be strangers, and each
// question about a process leads to the human that the truth names.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "truth/conclusions.h"

namespace spoor {
namespace {

using namespace truth;

/// A capture with all that is concluded from it.
struct Case {
    Catalog catalog;
    std::vector<Batch> batches;
    Conclusions found;

    explicit Case(const fs::path& truth) : batches(read_archive_of(truth, catalog)), found(batches, catalog) {}

    /// Once more, from the same events in an order of their own, each in a batch of its own, some of them twice.
    Conclusions conclude_shuffled() {
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
        Conclusions again(catalog);
        Batch one;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Batch& from = batches[places[i].batch];
            one.clear();
            one.copy({from, from.events()[places[i].event]});
            tracker.observe(one, catalog);
            again.evidence.observe(one);
            if (i % 7 == 0) again.evidence.observe(one);
        }
        again.conclude(tracker);
        return again;
    }
};

class TrailsTruth : public testing::TestWithParam<fs::path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TrailsTruth);

TEST_P(TrailsTruth, TheLinksThatWereCheckedAreFound) {
    const Case capture(GetParam());
    const Conclusions& found = capture.found;
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
    const Case capture(GetParam());
    const Conclusions& found = capture.found;
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
    const Case capture(GetParam());
    const Conclusions& found = capture.found;
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
        const std::uint32_t asked = found.process(host_part(text(process, "host")), pid, *time);
        if (asked == kNobody) continue;  // sessions_truth_test.cc says which must be known
        const trails::Trail trail = tracer.back_from_process(asked);
        SCOPED_TRACE(trails::sentence(trail, tracer, capture.catalog));
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
std::multiset<std::string> describe(const Conclusions& found) {
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
    Case capture(GetParam());
    EXPECT_EQ(describe(capture.conclude_shuffled()), describe(capture.found));
}

INSTANTIATE_TEST_SUITE_P(Captures, TrailsTruth, testing::ValuesIn(truth_files()),
                         [](const auto& capture) { return capture.param.stem().string(); });

}  // namespace
}  // namespace spoor
