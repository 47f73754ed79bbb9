#include "sources/linux/live_history.h"

#include <utmpx.h>

#include <cstring>
#include <map>
#include <unordered_map>

#include "sources/linux/host/proc.h"
#include "sources/linux/logons.h"
#include "sources/linux/normaliser.h"

namespace spoor::sensor {
namespace {

/// What login, sshd and their kin wrote into utmp, by the process that they wrote it for.
std::unordered_map<std::uint32_t, utmpx> read_utmp() {
    std::unordered_map<std::uint32_t, utmpx> entries;
    setutxent();
    while (const utmpx* const entry = getutxent())
        if (entry->ut_type == USER_PROCESS && entry->ut_pid > 0)
            entries.emplace(static_cast<std::uint32_t>(entry->ut_pid), *entry);
    endutxent();
    return entries;
}

template <std::size_t N>
std::string_view bounded(const char (&text)[N]) {
    return {text, strnlen(text, N)};
}

}  // namespace

History live_history(Catalog& catalog) {
    const auto host = HostContext::of_this_machine(catalog);
    const auto utmp = read_utmp();
    const Timestamp now = host->clock.wall(BootClock::now());
    History history;
    Boot& boot = history.boots.emplace_back();
    boot.host = host->host;
    boot.started = host->clock.wall(0);
    boot.first_seen = boot.last_seen = now;

    std::map<std::uint32_t, std::uint32_t> session_index;  // audit session: place in history.sessions
    std::unordered_map<std::uint32_t, std::uint32_t> process_index;
    for (const std::uint32_t pid : all_processes()) {
        const auto snapshot = read_process(pid);
        if (!snapshot) continue;
        const KnownProcess* const known = host->processes.found(*snapshot);
        if (!known) continue;
        const Timestamp start = host->clock.wall(known->start);
        Process process;
        process.host = host->host;
        process.pid = pid;
        process.guid = known->guid;
        process.image = history.texts.intern(known->program->image);
        process.command_line = history.texts.intern(known->program->command_line);
        process.user = history.texts.intern(host->accounts.name(known->uid));
        process.parent_pid = known->parent_pid;
        process.start = start;
        process.first_seen = start;
        process.last_seen = now;
        if (known->session != kUnset) {
            const auto [place, is_new] =
                session_index.emplace(known->session, static_cast<std::uint32_t>(history.sessions.size()));
            if (is_new) {
                // Numbers ascend with time, so the first process of a session is, as a rule, the one that opened it.
                Session session;
                session.key = {host->host, 0, LogonId(known->session)};
                session.origin = Origin::Found;
                session.user.name = history.texts.intern(host->accounts.name(known->login_uid));
                const std::string_view image = known->program->image;
                session.logon_process = history.texts.intern(image.substr(image.rfind('/') + 1));
                session.logon_image = process.image;
                session.logon_process_id = pid;
                session.type = static_cast<LogonType>(logon_type(session.logon_process, known->tty != 0));
                session.window_station = history.texts.intern(tty_name(known->tty));
                session.start = start;
                session.start_source = StartSource::Snapshot;
                session.first_seen = start;
                session.last_seen = now;
                history.sessions.push_back(std::move(session));
            }
            Session& session = history.sessions[place->second];
            ++session.process_count;
            if (session.start > start) session.start = session.first_seen = start;
            if (const auto entry = utmp.find(pid); entry != utmp.end()) {
                session.window_station = history.texts.intern(bounded(entry->second.ut_line));
                session.workstation = history.texts.intern(bounded(entry->second.ut_host));
                if (const auto address = IpAddress::parse(session.workstation)) session.source_address = *address;
                session.type = static_cast<LogonType>(logon_type(session.logon_process, true));
            }
            process.session = place->second;
            process.session_strength = Strength::Certain;
        }
        process_index.emplace(pid, static_cast<std::uint32_t>(history.processes.size()));
        history.processes.push_back(std::move(process));
    }
    for (Process& process : history.processes)
        if (const auto parent = process_index.find(static_cast<std::uint32_t>(process.parent_pid));
            parent != process_index.end()) {
            process.parent = parent->second;
            process.parent_image = history.processes[parent->second].image;
        }
    return history;
}

}  // namespace spoor::sensor
