#include "sessions/account_sessions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/unicode.h"
#include "sessions/made_events_test.h"

namespace spoor::sessions {
namespace {

Timestamp some_time(std::mt19937& random) {
    return at(0) + Duration::seconds(static_cast<std::int64_t>(random() % 1000));
}

Session made_session(std::mt19937& random) {
    constexpr std::string_view kDomains[] = {"", "CORP", "corp.example", "WS07"};
    Session session;
    session.key.boot = random() % 2;
    session.user.name = random() % 3 == 0 ? "Jimmy" : "carol";
    session.user.domain = kDomains[random() % std::size(kDomains)];
    if (random() % 10 == 0) session.origin = Origin::WellKnown;
    if (random() % 5 != 0) session.start = some_time(random);
    if (random() % 5 != 0) session.end = session.start.value_or(at(0)) + Duration::seconds(random() % 50);
    return session;
}

/// Session by session, as the header says it.
bool was_there(const Session& session, std::uint32_t boot, const AccountParts& account, Timestamp from,
               Timestamp until) {
    const auto label = [](std::string_view domain) { return fold_case(domain.substr(0, domain.find('.'))); };
    if (session.key.boot != boot || fold_case(session.user.name) != fold_case(account.name)) return false;
    if (!account.domain.empty() && !session.user.domain.empty() && session.origin != Origin::WellKnown &&
        label(session.user.domain) != label(account.domain))
        return false;
    return (!session.start || *session.start <= until) && (!session.end || *session.end >= from);
}

TEST(AccountSessions, AreThoseThatALookAtEachGives) {
    std::mt19937 random(7);
    for (const std::size_t count : {0u, 1u, 2u, 7u, 300u}) {
        std::vector<Session> sessions;
        AccountSessions listed;
        for (std::uint32_t i = 0; i < count; ++i) listed.add(i, sessions.emplace_back(made_session(random)));
        listed.settle();
        for (int round = 0; round < 200; ++round) {
            const std::uint32_t boot = random() % 2;
            const AccountParts account{.sid = {},
                                       .domain = random() % 2 == 0 ? "" : "Corp.example",
                                       .name = random() % 2 == 0 ? "jimmy" : "nobody"};
            const Timestamp from = some_time(random), until = from + Duration::seconds(random() % 20);
            std::vector<std::uint32_t> found, wanted;
            listed.each(boot, account, from, until, [&](std::uint32_t i) { return found.push_back(i), true; });
            std::ranges::sort(found);
            for (std::uint32_t i = 0; i < count; ++i)
                if (was_there(sessions[i], boot, account, from, until)) wanted.push_back(i);
            EXPECT_EQ(found, wanted);
        }
    }
}

TEST(AccountSessions, AreNoLongerLookedForWhenEnoughWereFound) {
    AccountSessions listed;
    Session session;
    session.user.name = "jimmy";
    for (std::uint32_t i = 0; i < 10; ++i) listed.add(i, session);
    listed.settle();
    std::size_t seen = 0;
    listed.each(0, {.sid = {}, .domain = "CORP", .name = "jimmy"}, at(0), at(1),
                [&](std::uint32_t) { return ++seen < 3; });
    EXPECT_EQ(seen, 3u);
}

}  // namespace
}  // namespace spoor::sessions
