#include "cli/answers/follow_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/unicode.h"
#include "cli/answers/track_sources.h"
#include "cli/scope.h"
#include "match/language/query.h"
#include "terminal/text.h"
#include "trails/evidence/index.h"

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

/// "\n  3384@WS07  2024-05-14 08:41:22  powershell.exe -nop  [CORP\brian]": how to ask for each, not too many.
std::string choices_of(const std::vector<std::uint32_t>& processes, const History& history, const Catalog& catalog) {
    constexpr std::size_t kMost = 20;
    std::string text;
    for (std::size_t i = 0; i < processes.size() && i < kMost; ++i) {
        const Process& process = history.processes[processes[i]];
        const std::string user =
            process.session == kNobody ? std::string() : to_string(history.sessions[process.session].user);
        const std::string_view line =
            process.command_line.empty() ? std::string_view(process.image) : std::string_view(process.command_line);
        const bool again =
            std::ranges::count_if(processes, [&](std::uint32_t p) {
                return history.processes[p].pid == process.pid && history.processes[p].host == process.host;
            }) > 1;
        const std::string begin =
            again ? fmt::format("--at {}", begin_of(process).to_string()) : begin_of(process).to_string_seconds();
        text += fmt::format("\n  {}@{}  {}  {}{}", process.pid, catalog.host_name(process.host), begin,
                            terminal::printable(line.substr(0, 100)),
                            user.empty() ? "" : fmt::format("  [{}]", terminal::printable(user)));
    }
    if (processes.size() > kMost)
        text += fmt::format("\n  and {} more; spoor processes lists them", processes.size() - kMost);
    return text;
}

/// The one process of `found` that ran at `time`, or the only one; `asked` is what they have in common ("called
/// cmd.exe").
Result<FollowTarget> choose(std::vector<std::uint32_t> found, std::string_view asked, std::optional<Timestamp> time,
                            const History& history, const Catalog& catalog) {
    constexpr Duration kStampSpread = Duration::seconds(3);
    if (found.empty())
        return fail(Errc::NotFound,
                    fmt::format("no process {} is in these logs; spoor processes lists those there are", asked));
    std::ranges::stable_sort(found, {}, [&](std::uint32_t p) { return begin_of(history.processes[p]); });
    std::uint32_t chosen = found.front();
    if (time) {
        chosen = kNobody;
        for (const std::uint32_t p : found) {
            const Process& process = history.processes[p];
            if (begin_of(process) <= *time + kStampSpread && (!process.end || *process.end >= *time - kStampSpread))
                chosen = p;
        }
        if (chosen == kNobody)
            return fail(Errc::NotFound, fmt::format("no process {} ran at {}; there are:{}", asked, time->to_string(),
                                                    choices_of(found, history, catalog)));
    } else if (found.size() > 1) {
        return fail(Errc::BadUsage, fmt::format("there are {} processes {}; say which:{}", found.size(), asked,
                                                choices_of(found, history, catalog)));
    }
    return FollowTarget{history.processes[chosen].session, chosen};
}

template <typename Fits>
std::vector<std::uint32_t> processes_that(const History& history, Fits fits) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t p = 0; p < history.processes.size(); ++p)
        if (fits(history.processes[p])) found.push_back(p);
    return found;
}

/// "powershell.exe", "powershell" or the whole path.
bool is_program(const Process& process, std::string_view name) {
    const std::string_view base = trails::image_name(process.image);
    return equals_ignoring_ascii_case(base, name) || equals_ignoring_ascii_case(process.image, name) ||
           (base.size() == name.size() + 4 && equals_ignoring_ascii_case(base.substr(name.size()), ".exe") &&
            equals_ignoring_ascii_case(base.substr(0, name.size()), name));
}

/// A record that no session and no process of its host caused.
struct RecordOfNobody {
    EventRef event;
    std::string account;
    std::string address;
};

RecordOfNobody record_of_nobody(EventView view) {
    const Event& event = view.event;
    return {.event = {.host = event.host, .channel = event.channel, .sequence = event.sequence, .time = event.time},
            .account = std::string(view.text("TargetUserName"_field)),
            .address = to_text(view.find("IpAddress"_field))};
}

/// The session elsewhere that a controller's record of a ticket is tied to, and how.
Result<FollowTarget> find_asker(const RecordOfNobody& record, std::string_view words, const SessionNames& names,
                                store::Archive& archive) {
    const TrackFilter account{.users = {record.account}, .address = {}, .host = {}};
    const Stretch then{record.event.time, record.event.time};
    TrackCollector collector(account, archive, then);
    const TrackSources sources = record.account.empty() ? TrackSources() : TRY(collector.collect(then));
    const trails::TicketOrigin* best = nullptr;
    for (const trails::TicketOrigin& tie : sources.tickets) {
        const EventRef& event = sources.evidence->tickets[tie.ticket].event;
        if (event.host == record.event.host && event.channel == record.event.channel &&
            event.sequence == record.event.sequence && (!best || tie.strength > best->strength))
            best = &tie;
    }
    if (best)
        return FollowTarget{.session = best->session,
                            .note = fmt::format("{} {} it ({})", names.of(best->session),
                                                best->came_of_it ? "began with" : "asked for", name(best->strength))};
    std::string where;
    if (IpAddress::parse(record.address))
        where = fmt::format("; it came from {0}: spoor follow {0} shows what else did", record.address);
    return fail(Errc::NotFound, fmt::format("{} is tied to no session and no process{}", words, where));
}

/// The record's process, else the session that caused it.
Result<FollowTarget> find_record(std::string_view channel, std::uint64_t record, std::string_view host_text,
                                 const History& history, const SessionNames& names, store::Archive& archive) {
    const std::string words = fmt::format("record {} of {} on {}", record, channel, host_text);
    const std::string filter = fmt::format("{} and sequence: {}", one_of("host", {std::string(host_text)}), record);
    const match::Expr where =
        TRY(match::parse_filter(filter, {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()}));
    auto stream = TRY(archive.events({.where = where}));
    Batch batch;
    while (TRY(stream->next(batch))) {
        for (const Event& event : batch.events()) {
            if (fold_case(archive.catalog().channel_name(event.channel)).find(fold_case(channel)) == std::string::npos)
                continue;
            if (event.actor.session == kNobody && event.actor.process == kNobody) {
                const RecordOfNobody found = record_of_nobody({batch, event});
                stream.reset();
                return find_asker(found, words, names, archive);
            }
            // The program that logs others on is not in the session that it made.
            const std::uint32_t process = event.actor.process;
            const bool within = process != kNobody && (event.actor.session == kNobody ||
                                                       history.processes[process].session == event.actor.session);
            return FollowTarget{event.actor.session, within ? process : kNobody};
        }
    }
    return fail(Errc::NotFound, fmt::format("there is no {} in these logs", words));
}

/// Whether one of the sessions that a filter is true of fits.
template <typename Fits>
Result<bool> has_session(const std::string& filter, store::Archive& archive, const Fits& fits) {
    const match::Expr where = TRY(
        match::parse_filter(filter, {.subject = match::Subject::Sessions, .now = {}, .catalog = &archive.catalog()}));
    bool found = false;
    TRY(archive.each_session(where, [&](const Session& session) { found = found || fits(session); }));
    return found;
}

/// An address, a host or an account that the logs know, in that order.
Result<std::optional<TrackFilter>> find_tracks_of(const std::string& what, store::Archive& archive) {
    if (IpAddress::parse(what)) return TrackFilter{.users = {}, .address = what, .host = {}};
    const Catalog& catalog = archive.catalog();
    if (TRY(has_session(one_of("host", spellings_of_host(what)), archive, [&](const Session& session) {
            return equals_ignoring_ascii_case(catalog.host_name(session.key.host), what) ||
                   equals_ignoring_ascii_case(catalog.host_full_name(session.key.host), what);
        })))
        return TrackFilter{.users = {}, .address = {}, .host = what};
    if (Sid::parse(what)) return TrackFilter{.users = TRY(names_of_account(what, archive)), .address = {}, .host = {}};
    if (TRY(has_session(one_of("user", spellings_of_account(what)), archive,
                        [&](const Session& session) { return trails::same_account(session.user.name, what); })))
        return TrackFilter{.users = {what}, .address = {}, .host = {}};
    return std::nullopt;
}

/// Makes sure that the history has the processes that a filter is true of.
Result<void> recall_processes(const std::string& filter, store::Archive& archive) {
    const match::Expr where = TRY(
        match::parse_filter(filter, {.subject = match::Subject::Processes, .now = {}, .catalog = &archive.catalog()}));
    TRY(archive.find_processes(where));
    return {};
}

/// Those that is_program() is true of.
std::string program_filter(const std::string& program) {
    return fmt::format("({} or {})", one_of("name", {program, program + ".exe"}), one_of("image", {program}));
}

}  // namespace

std::vector<std::string> spellings_of_account(std::string_view user) {
    const std::string name(trails::account_name(user));
    return {name, name + "@*", "*\\" + name};
}

std::vector<std::string> spellings_of_accounts(const std::vector<std::string>& users) {
    std::vector<std::string> all;
    for (const std::string& user : users) std::ranges::move(spellings_of_account(user), std::back_inserter(all));
    return all;
}

Result<std::vector<std::string>> names_of_account(const std::string& user, store::Archive& archive) {
    if (!Sid::parse(user)) return std::vector<std::string>{user};
    std::set<std::string> names;
    TRY(has_session(one_of("sid", {user}), archive, [&](const Session& session) {
        if (!session.user.name.empty()) names.insert(to_string(session.user));
        return true;
    }));
    if (names.empty())
        return fail(Errc::NotFound,
                    fmt::format("no session in these logs is of an account with the SID {}; spoor logons lists those "
                                "that logged on",
                                user));
    return std::vector<std::string>(names.begin(), names.end());
}

std::vector<std::string> spellings_of_host(std::string_view host) {
    const std::string label(host.substr(0, host.find('.')));
    return {label, label + ".*"};
}

Result<FollowTarget> find_follow_target(const FollowRequest& request, const SessionNames& names,
                                        store::Archive& archive) {
    const History& history = *TRY(archive.recollection());
    const std::string_view what = request.what;
    if (const auto guid = Guid::parse(what)) {
        TRY(archive.recall_process(*guid));
        for (std::uint32_t p = 0; p < history.processes.size(); ++p)
            if (history.processes[p].guid == *guid) return FollowTarget{history.processes[p].session, p};
        return fail(Errc::NotFound, fmt::format("no process has the ProcessGuid {}", guid->to_string()));
    }
    if (const std::size_t at = what.rfind('@'); at != std::string_view::npos) {
        const std::string_view before = what.substr(0, at);
        const std::string_view host = what.substr(at + 1);
        const HostId host_id = archive.catalog().host(host);
        const auto pid = number(before);
        if (pid) TRY(archive.recall_processes(host_id, *pid));
        if (pid)
            return choose(
                processes_that(history,
                               [&](const Process& process) { return process.pid == *pid && process.host == host_id; }),
                fmt::format("with the number {} on {}", *pid, host), request.time, history, archive.catalog());
        TRY(recall_processes(
            fmt::format("{} and {}", one_of("host", spellings_of_host(host)), program_filter(std::string(before))),
            archive));
        if (auto named = processes_that(
                history,
                [&](const Process& process) { return process.host == host_id && is_program(process, before); });
            !named.empty())
            return choose(std::move(named), fmt::format("called {} on {}", before, host), request.time, history,
                          archive.catalog());
        // FS01:0x1a2b3c@2021-04-21 is a session, whose moment tells it from another one of that number.
        if (const std::size_t colon = before.rfind(':');
            colon != std::string_view::npos && (host.empty() || host.front() < '0' || host.front() > '9'))
            if (const auto record = number(before.substr(colon + 1)))
                return find_record(before.substr(0, colon), *record, host, history, names, archive);
    }
    if (const auto asked = SessionName::parse(what)) TRY(archive.recall(std::span(&asked->logon_id, 1)));
    const auto session = names.find(what);
    if (session) return FollowTarget{*session, kNobody};
    if (const auto tracks = TRY(find_tracks_of(request.what, archive))) return FollowTarget{kNobody, kNobody, *tracks};
    TRY(recall_processes(program_filter(request.what), archive));
    if (auto named = processes_that(history, [&](const Process& process) { return is_program(process, what); });
        !named.empty())
        return choose(std::move(named), fmt::format("called {}", what), request.time, history, archive.catalog());
    if (const auto pid = number(what); pid && !what.starts_with("0x")) {
        TRY(recall_processes(fmt::format("pid: {}", *pid), archive));
        if (auto numbered = processes_that(history, [&](const Process& process) { return process.pid == *pid; });
            !numbered.empty())
            return choose(std::move(numbered), fmt::format("with the number {}", *pid), request.time, history,
                          archive.catalog());
    }
    if (const std::size_t colon = what.rfind(':'); colon != std::string_view::npos) {
        const std::string_view last = what.substr(colon + 1);
        if (number(last) && !last.starts_with("0x") && !IpAddress::parse(what.substr(0, colon)))
            return fail(Errc::BadUsage, fmt::format("'{}' is a record of which host? Give {}@HOST", what, what));
    }
    if (what.contains(':') || what.starts_with("0x")) return std::unexpected(session.error());
    return fail(Errc::NotFound, fmt::format("'{}' is no session, process, program, record, account, address or host of "
                                            "these logs; spoor sessions and spoor processes list those "
                                            "there are",
                                            what));
}

}  // namespace spoor::cli
