#include "cli/answers/follow_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/unicode.h"
#include "cli/scope.h"
#include "match/query.h"
#include "trails/index.h"

namespace spoor::cli {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Timestamp begin_of(const Process& process) { return process.start.value_or(process.first_seen); }

Result<FollowTarget> find_process(std::uint64_t pid, std::string_view host_text, std::optional<Timestamp> time, const History& history, Catalog& catalog) {
    constexpr Duration kStampSpread = Duration::seconds(3);
    const HostId host = catalog.host(host_text);
    std::vector<std::uint32_t> found;
    for (std::uint32_t p = 0; p < history.processes.size(); ++p)
        if (history.processes[p].pid == pid && history.processes[p].host == host) found.push_back(p);
    if (found.empty()) return fail(Errc::NotFound, fmt::format("no process {} is known on {}", pid, host_text));
    std::stable_sort(found.begin(), found.end(), [&](std::uint32_t a, std::uint32_t b) { return begin_of(history.processes[a]) < begin_of(history.processes[b]); });
    std::uint32_t chosen = found.front();
    if (time) {
        chosen = kNobody;
        for (const std::uint32_t p : found) {
            const Process& process = history.processes[p];
            if (begin_of(process) <= *time + kStampSpread && (!process.end || *process.end >= *time - kStampSpread)) chosen = p;
        }
        if (chosen == kNobody) return fail(Errc::NotFound, fmt::format("no process {} ran on {} at {}", pid, host_text, time->to_string()));
    } else if (found.size() > 1) {
        std::string choices;
        for (const std::uint32_t p : found)
            choices += fmt::format("\n  --time {}  {}", begin_of(history.processes[p]).to_string(), trails::image_name(history.processes[p].image));
        return fail(Errc::BadUsage, fmt::format("{} processes on {} had the number {}; say which with --time:{}", found.size(), host_text, pid, choices));
    }
    return FollowTarget{history.processes[chosen].session, chosen};
}

/// The record's process, else the session that caused it.
Result<FollowTarget> find_record(std::string_view channel, std::uint64_t record, std::string_view host_text, const History& history, store::Archive& archive) {
    const std::string filter = fmt::format("{} and sequence: {}", one_of("host", {std::string(host_text)}), record);
    const match::Expr where = TRY(match::parse_filter(filter, {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()}));
    const auto stream = TRY(archive.events({.where = where}));
    Batch batch;
    while (TRY(stream->next(batch))) {
        for (const Event& event : batch.events()) {
            if (fold_case(archive.catalog().channel_name(event.channel)).find(fold_case(channel)) == std::string::npos) continue;
            if (event.actor.session == kNobody && event.actor.process == kNobody)
                return fail(Errc::NotFound, fmt::format("record {} of {} on {} names no session and no process", record, channel, host_text));
            // The program that logs others on is not in the session that it made.
            const std::uint32_t process = event.actor.process;
            const bool within = process != kNobody && (event.actor.session == kNobody || history.processes[process].session == event.actor.session);
            return FollowTarget{event.actor.session, within ? process : kNobody};
        }
    }
    return fail(Errc::NotFound, fmt::format("there is no record {} of {} on {} in these logs", record, channel, host_text));
}

/// An address, a host or an account that the logs know, in that order.
std::optional<TrackFilter> find_tracks_of(const std::string& what, const History& history, const Catalog& catalog) {
    if (IpAddress::parse(what)) return TrackFilter{.user = {}, .address = what, .host = {}};
    for (const Session& session : history.sessions)
        if (equals_ignoring_ascii_case(catalog.host_name(session.key.host), what) || equals_ignoring_ascii_case(catalog.host_full_name(session.key.host), what))
            return TrackFilter{.user = {}, .address = {}, .host = what};
    for (const Session& session : history.sessions)
        if (trails::same_account(session.user.name, what)) return TrackFilter{.user = what, .address = {}, .host = {}};
    return std::nullopt;
}

}  // namespace

Result<FollowTarget> find_follow_target(const FollowRequest& request, const SessionNames& names, store::Archive& archive) {
    const History& history = *TRY(archive.history());
    const std::string_view what = request.what;
    if (const auto guid = Guid::parse(what)) {
        for (std::uint32_t p = 0; p < history.processes.size(); ++p)
            if (history.processes[p].guid == *guid) return FollowTarget{history.processes[p].session, p};
        return fail(Errc::NotFound, fmt::format("no process has the ProcessGuid {}", guid->to_string()));
    }
    if (const std::size_t at = what.rfind('@'); at != std::string_view::npos) {
        const std::string_view before = what.substr(0, at);
        const std::string_view host = what.substr(at + 1);
        if (const auto pid = number(before)) return find_process(*pid, host, request.time, history, archive.catalog());
        // FS01:0x1a2b3c@2021-04-21 is a session, whose moment tells it from another one of that number.
        if (const std::size_t colon = before.rfind(':'); colon != std::string_view::npos && (host.empty() || host.front() < '0' || host.front() > '9'))
            if (const auto record = number(before.substr(colon + 1))) return find_record(before.substr(0, colon), *record, host, history, archive);
    }
    const auto session = names.find(what);
    if (session) return FollowTarget{*session, kNobody};
    if (const auto tracks = find_tracks_of(request.what, history, archive.catalog())) return FollowTarget{kNobody, kNobody, *tracks};
    if (what.contains(':') || what.starts_with("0x")) return std::unexpected(session.error());
    return fail(Errc::NotFound, fmt::format("'{}' is no session, process, record, account, address or host of these logs", what));
}

}  // namespace spoor::cli
