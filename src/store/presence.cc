#include "store/presence.h"

#include <algorithm>

namespace spoor::store {
namespace {

/// Clocks and stamps differ.
Timestamp earlier(Timestamp time) {
    constexpr std::int64_t kSlack = 5'000'000'000;
    return {time.nanoseconds < INT64_MIN + kSlack ? INT64_MIN : time.nanoseconds - kSlack};
}

}  // namespace

Presence::Presence(Timestamp from, Timestamp until, std::span<const Conclusion::Moment> moments)
    : from_(from), until_(until), earliest_(from) {
    for (const Conclusion::Moment& moment : moments) {
        moments_[moment.host].push_back(moment.time);
        earliest_ = std::min(earliest_, earlier(moment.time));
    }
    for (auto& [unused, times] : moments_) std::ranges::sort(times);
}

bool Presence::has(HostId host, Timestamp begin, Timestamp end) const {
    if (begin <= until_ && end >= from_) return true;
    const auto found = moments_.find(host);
    if (found == moments_.end()) return false;
    const auto first = std::ranges::lower_bound(found->second, earlier(begin));
    return first != found->second.end() && earlier(*first) <= end;
}

}  // namespace spoor::store
