#include "model/session_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/unicode.h"
#include "model/written_as.h"

namespace spoor {
namespace {

/// When the session is first and last known to have existed.
SessionName::Moment lifetime(const Session& session) {
    SessionName::Moment known{session.first_seen, session.last_seen};
    if (session.start) known.begin = std::min(known.begin, *session.start);
    if (session.end) known.end = std::max(known.end, *session.end);
    if (session.start) known.end = std::max(known.end, *session.start);
    return known;
}

Result<SessionName::Moment> parse_moment(std::string_view text) {
    // What is left off is filled up with the earliest that it could be.
    constexpr std::string_view kRest = "0000-01-01T00:00:00Z";
    struct Precision {
        std::size_t length;
        std::int64_t seconds;
    };
    constexpr Precision kPrecisions[] = {{10, 86'400}, {13, 3'600}, {16, 60}, {19, 1}};
    const std::string_view moment = text.ends_with('Z') ? text.substr(0, text.size() - 1) : text;
    for (const Precision& precision : kPrecisions) {
        if (moment.size() != precision.length) continue;
        const auto begin = Timestamp::parse(std::string(moment) + std::string(kRest.substr(precision.length)));
        if (begin) return SessionName::Moment{*begin, *begin + Duration::seconds(precision.seconds)};
    }
    return fail(Errc::BadUsage, fmt::format("'{}' is not a moment such as 2020-10-09 or 2020-10-09T22:28:10", text));
}

bool is_eight_hex_digits(std::string_view text) {
    return text.size() == 8 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

Result<SessionName> SessionName::parse(std::string_view text) {
    SessionName name;
    std::string_view rest = text;
    if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
        name.moment = TRY(parse_moment(rest.substr(at + 1)));
        rest = rest.substr(0, at);
    }
    if (rest.size() == 17 && rest[8] == ':' && is_eight_hex_digits(rest.substr(0, 8)) &&
        is_eight_hex_digits(rest.substr(9))) {
        std::uint64_t high = 0, low = 0;
        std::from_chars(rest.data(), rest.data() + 8, high, 16);
        std::from_chars(rest.data() + 9, rest.data() + 17, low, 16);
        name.logon_id = LogonId(high << 32 | low);
        return name;
    }
    if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
        name.host = rest.substr(0, colon);
        rest = rest.substr(colon + 1);
    }
    const auto id = LogonId::parse(rest);
    if (!id)
        return fail(Errc::BadUsage, fmt::format("'{}' is not a session: give HOST:LOGONID, as in WS07:0x1a2b3c", text));
    name.logon_id = *id;
    return name;
}

std::string session_name(std::string_view host, std::string_view logon_id, std::optional<Timestamp> moment) {
    std::string name = fmt::format("{}:{}", host, logon_id);
    if (moment) name += '@' + moment->to_string().substr(0, 19);
    return name;
}

SessionNames::SessionNames(const History& history, const Catalog& catalog) : history_(history), catalog_(catalog) {
    learn();
}

void SessionNames::learn() const {
    for (; learnt_ < history_.sessions.size(); ++learnt_)
        by_logon_id_[history_.sessions[learnt_].key.logon_id.value()].push_back(learnt_);
}

std::string SessionNames::of(std::uint32_t session) const {
    if (session == kNobody) return {};
    learn();
    const Session& named = history_.sessions[session];
    const auto& same = by_logon_id_.at(named.key.logon_id.value());
    const bool reused = std::ranges::any_of(same, [&](std::uint32_t other) {
        return other != session && history_.sessions[other].key.host == named.key.host;
    });
    return session_name(catalog_.host_name(named.key.host), logon_id_text(named),
                        reused ? std::optional(lifetime(named).begin) : std::nullopt);
}

Result<std::uint32_t> SessionNames::find(std::string_view text) const {
    const SessionName name = TRY(SessionName::parse(text));
    learn();
    std::vector<std::uint32_t> candidates;
    if (const auto same = by_logon_id_.find(name.logon_id.value()); same != by_logon_id_.end()) {
        for (const std::uint32_t i : same->second) {
            const Session& session = history_.sessions[i];
            const bool host_fits = name.host.empty() ||
                                   equals_ignoring_ascii_case(name.host, catalog_.host_name(session.key.host)) ||
                                   equals_ignoring_ascii_case(name.host, catalog_.host_full_name(session.key.host));
            const SessionName::Moment lived = lifetime(session);
            const bool moment_fits =
                !name.moment || (lived.begin < name.moment->end && lived.end >= name.moment->begin);
            if (host_fits && moment_fits) candidates.push_back(i);
        }
    }
    if (candidates.size() == 1) return candidates.front();
    if (candidates.empty())
        return fail(Errc::NotFound,
                    fmt::format("there is no session '{}' in these logs; spoor sessions lists those there are", text));
    constexpr std::size_t kMostShown = 8;
    std::string names;
    for (std::size_t i = 0; i < std::min(candidates.size(), kMostShown); ++i)
        names += (i == 0 ? "" : ", ") + of(candidates[i]);
    if (candidates.size() > kMostShown) names += ", ...";
    return fail(Errc::BadUsage, fmt::format("'{}' may be any of {} sessions: {}", text, candidates.size(), names));
}

}  // namespace spoor
