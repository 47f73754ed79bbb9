#include "findings/renewal.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <numeric>
#include <random>

#include "findings/scenes_test.h"

namespace spoor::findings {
namespace {

constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;

/// The hosts have the same numbers whatever is seen of them.
void name_hosts(Scene& scene) {
    for (const char* const host : {"DC01", "FS01", "WS07"}) scene.host(host);
}

/// What is found in the events of five days that came between two moments, whose sessions are all known.
class Days {
public:
    std::vector<Finding> found(double from, double until) {
        Scene scene;
        name_hosts(scene);
        for (int day = 0; day < 5; ++day) tell(scene, day * kDay, from, until);
        const trails::Links links = scene.find();
        return find(scene.history, links, scene.evidence, scene.catalog, {});
    }

private:
    static void tell(Scene& scene, double day, double from, double until) {
        const auto seen = [&](double at) { return at >= from && at < until; };
        for (double at = day + 1; at < day + kDay; at += kHour)
            if (seen(at)) tgt(scene, at, "ann", "10.0.0.5");
        for (int i = 0; i < 30; ++i)
            if (const double at = day + 5 * kHour + i * 300; seen(at)) refuse(scene, at, "brian");
        for (const double at : {day + 7 * kHour, day + 7.5 * kHour, day + 20 * kHour})
            if (seen(at))
                scene.event("FS01", at, Kind::LogCleared, 1102,
                            {{"SubjectUserName"_field, "jimmy"}, {"SubjectDomainName"_field, "CORP"}});
        for (int i = 0; i < 12; ++i)
            if (const double at = day + 9 * kHour + i * 20; seen(at)) refuse(scene, at, fmt::format("user{}", i));
        if (const double at = day + 11 * kHour; seen(at))
            tgt(scene, at, "oldbox", fmt::format("10.0.1.{}", day / kDay), "0");
        if (const double at = day + 12 * kHour; seen(at)) service_ticket(scene, at, "ann", "cifs", "10.0.0.9");
        for (int i = 0; i < 6; ++i)
            if (const double at = day + 13 * kHour + i; seen(at))
                service_ticket(scene, at, "marek", fmt::format("svc{}", i), "10.0.0.5", "0x17");
    }
    static void refuse(Scene& scene, double at, std::string_view user) {
        scene.event("FS01", at, Kind::LogonFailed, 4625,
                    {{"TargetUserName"_field, user},
                     {"Status"_field, "0xc000006d"},
                     {"SubStatus"_field, "0xc000006a"},
                     {"LogonType"_field, "3"},
                     {"IpAddress"_field, "10.0.0.66"}});
    }
};

std::string told(std::span<const Finding> findings) {
    std::string text;
    for (const Finding& finding : findings)
        text += fmt::format("{} {} {} {} {} {}\n", entry(finding.rule).name, finding.first.to_string(),
                            finding.last.to_string(), finding.text, finding.count, fmt::join(finding.accounts, ","));
    return text;
}

TEST(Renewal, FindsWhatIsFoundFromTheBeginningWhereverItIsCut) {
    Days days;
    const std::vector<Finding> whole = days.found(0, 5 * kDay);
    ASSERT_GT(whole.size(), 15u);
    Scene names;
    name_hosts(names);
    for (double cut = 1.5 * kDay; cut < 5 * kDay; cut += kHour / 3) {
        // As a conclusion does: anew from an hour before the first new event, with a day of evidence before that.
        const double since = cut - kHour;
        const std::vector<Finding> renewed =
            renew(days.found(since - kDay, 5 * kDay), days.found(0, cut), Scene::at(since), {}, names.catalog);
        ASSERT_EQ(told(renewed), told(whole)) << "cut at " << cut / kHour << " hours";
    }
}

TEST(Renewal, TellsAgainWhatHappensAgain) {
    Days days;
    Scene names;
    name_hosts(names);
    std::size_t cleared = 0;
    for (const Finding& finding :
         renew(days.found(2 * kDay, 5 * kDay), days.found(0, 3 * kDay), Scene::at(3 * kDay), {}, names.catalog))
        cleared += finding.rule == Rule::LogClearedInSession;
    EXPECT_EQ(cleared, 15u);
}

TEST(Renewal, GivesSessionsTheirNewNumbers) {
    Finding finding;
    finding.first = finding.last = Timestamp{1};
    finding.sessions = {0, 1, 2};
    const std::uint32_t numbers[] = {7, kNobody, 5};
    Scene names;
    finding.host = names.host("WS07");
    const auto renewed = renew({}, std::span(&finding, 1), Timestamp{2}, numbers, names.catalog);
    ASSERT_EQ(renewed.size(), 1u);
    EXPECT_EQ(renewed[0].sessions, (std::vector<std::uint32_t>{7, 5}));
}

}  // namespace
}  // namespace spoor::findings
