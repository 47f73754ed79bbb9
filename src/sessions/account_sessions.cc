#include "sessions/account_sessions.h"

#include <algorithm>
#include <bit>

#include "base/unicode.h"

namespace spoor::sessions {
namespace {

std::string_view first_label(std::string_view domain) { return domain.substr(0, domain.find('.')); }

std::string account_key(std::uint32_t boot, std::string_view account) {
    return std::string(reinterpret_cast<const char*>(&boot), sizeof boot).append(account);
}

// What is behind an account's key: every domain, none, or one.
constexpr std::string_view kAnyDomain = {"\0", 1};
constexpr std::string_view kNoDomain = {"\1", 1};
std::string in_domain(std::string_view domain) { return std::string("\2") + fold_case(first_label(domain)); }

}  // namespace

void AccountSessions::Stays::settle() {
    std::ranges::sort(stays_, {}, [](const Stay& stay) { return std::pair(stay.begin, stay.number); });
    const std::size_t leaves = std::bit_ceil(stays_.size());
    latest_ends_.assign(2 * leaves, Timestamp::earliest());
    for (std::size_t i = 0; i < stays_.size(); ++i) latest_ends_[leaves + i] = stays_[i].end;
    for (std::size_t node = leaves - 1; node > 0; --node)
        latest_ends_[node] = std::max(latest_ends_[2 * node], latest_ends_[2 * node + 1]);
}

/// False when `visit` wants no more.
bool AccountSessions::Stays::each(Timestamp from, Timestamp until,
                                  const std::function<bool(std::uint32_t)>& visit) const {
    const auto begun =
        static_cast<std::size_t>(std::ranges::upper_bound(stays_, until, {}, &Stay::begin) - stays_.begin());
    std::vector<Part> open = {{1, 0, latest_ends_.size() / 2}};
    while (!open.empty()) {
        const Part part = open.back();
        open.pop_back();
        if (part.first >= begun || latest_ends_[part.node] < from) continue;
        if (part.size == 1) {
            if (!visit(stays_[part.first].number)) return false;
            continue;
        }
        const std::size_t half = part.size / 2;
        open.push_back({2 * part.node + 1, part.first + half, half});
        open.push_back({2 * part.node, part.first, half});
    }
    return true;
}

void AccountSessions::add(std::uint32_t number, const Session& session) {
    const Timestamp begin = session.start.value_or(Timestamp::earliest());
    const Timestamp end = session.end.value_or(Timestamp::latest());
    const auto list = [&](std::string_view account) {
        if (account.empty()) return;
        const std::string key = account_key(session.key.boot, account);
        const bool anywhere = session.user.domain.empty() || session.origin == Origin::WellKnown;
        lists_[key + std::string(kAnyDomain)].add(number, begin, end);
        lists_[key + (anywhere ? std::string(kNoDomain) : in_domain(session.user.domain))].add(number, begin, end);
    };
    list(fold_case(session.user.name));
    list(session.user.sid.bytes());
}

void AccountSessions::settle() {
    for (auto& [unused, list] : lists_) list.settle();
}

void AccountSessions::each(std::uint32_t boot, const AccountParts& account, Timestamp from, Timestamp until,
                           const std::function<bool(std::uint32_t)>& visit) const {
    const std::string key = account_key(boot, account.sid.empty() ? fold_case(account.name) : std::string(account.sid));
    const auto in_list = [&](std::string_view domain) {
        const auto list = lists_.find(key + std::string(domain));
        return list == lists_.end() || list->second.each(from, until, visit);
    };
    if (account.domain.empty())
        in_list(kAnyDomain);
    else if (in_list(kNoDomain))
        in_list(in_domain(account.domain));
}

}  // namespace spoor::sessions
