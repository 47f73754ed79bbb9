#include "cli/follow_target.h"

#include <fmt/format.h>

#include <charconv>

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

Result<FollowTarget> find_process(std::uint64_t pid, std::string_view host_text, std::optional<Timestamp> time, const trails::Index& index, Catalog& catalog) {
    const HostId host = catalog.host(host_text);
    const History& history = index.history();
    std::vector<std::uint32_t> found;
    for (const std::uint32_t p : index.processes_on(host))
        if (history.processes[p].pid == pid) found.push_back(p);
    if (found.empty()) return fail(Errc::NotFound, fmt::format("no process {} is known on {}", pid, host_text));
    std::uint32_t chosen = found.front();
    if (time) {
        chosen = index.process(host, {{}, pid, {}}, *time);
        if (chosen == kNobody) return fail(Errc::NotFound, fmt::format("no process {} ran on {} at {}", pid, host_text, time->to_string()));
    } else if (found.size() > 1) {
        std::string choices;
        for (const std::uint32_t p : found) {
            const Process& process = history.processes[p];
            choices += fmt::format("\n  --time {}  {}", process.start.value_or(process.first_seen).to_string(), trails::image_name(process.image));
        }
        return fail(Errc::BadUsage, fmt::format("{} processes on {} had the number {}; say which with --time:{}", found.size(), host_text, pid, choices));
    }
    return FollowTarget{history.processes[chosen].session, chosen};
}

/// A record of a session's or process's beginning or end.
Result<FollowTarget> find_record(std::string_view channel, std::uint64_t record, std::string_view host_text, const trails::Index& index, Catalog& catalog) {
    const HostId host = catalog.host(host_text);
    const History& history = index.history();
    const auto is_it = [&](const EventRef& event) {
        return event.host == host && event.sequence == record && catalog.channel_name(event.channel).find(channel) != std::string_view::npos;
    };
    for (std::uint32_t p = 0; p < history.processes.size(); ++p)
        for (const EventRef& event : history.processes[p].evidence)
            if (is_it(event)) return FollowTarget{history.processes[p].session, p};
    for (std::uint32_t s = 0; s < history.sessions.size(); ++s)
        for (const EventRef& event : history.sessions[s].evidence)
            if (is_it(event)) return FollowTarget{s, kNobody};
    return fail(Errc::NotFound, fmt::format("record {} of {} on {} begins or ends no session or process", record, channel, host_text));
}

}  // namespace

Result<FollowTarget> find_follow_target(const FollowRequest& request, const trails::Index& index, const SessionNames& names, Catalog& catalog) {
    const std::string_view what = request.what;
    if (const auto guid = Guid::parse(what)) {
        const std::uint32_t p = index.process(HostId::None, {*guid, 0, {}}, Timestamp{});
        if (p == kNobody) return fail(Errc::NotFound, fmt::format("no process has the ProcessGuid {}", guid->to_string()));
        return FollowTarget{index.history().processes[p].session, p};
    }
    if (const std::size_t at = what.rfind('@'); at != std::string_view::npos) {
        const std::string_view before = what.substr(0, at);
        const std::string_view host = what.substr(at + 1);
        if (const auto pid = number(before)) return find_process(*pid, host, request.time, index, catalog);
        if (const std::size_t colon = before.rfind(':'); colon != std::string_view::npos)
            if (const auto record = number(before.substr(colon + 1))) return find_record(before.substr(0, colon), *record, host, index, catalog);
    }
    return FollowTarget{TRY(names.find(what)), kNobody};
}

}  // namespace spoor::cli
