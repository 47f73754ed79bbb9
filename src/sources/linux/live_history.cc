#include "sources/linux/live_history.h"

#include <utmpx.h>

#include <cstring>
#include <memory>
#include <unordered_map>

#include "sources/linux/audit/words.h"
#include "sources/linux/host/proc.h"
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

/// Puts the processes of this moment, and the sessions that they are in, into a history.
class Snapshot {
public:
    explicit Snapshot(Catalog& catalog)
        : host_(HostContext::of_this_machine(catalog)), now_(host_->clock.wall(BootClock::now())) {
        Boot& boot = history_.boots.emplace_back();
        boot.host = host_->host;
        boot.started = host_->clock.wall(0);
        boot.first_seen = boot.last_seen = now_;
    }

    void add(const ProcessSnapshot& snapshot) {
        const KnownProcess* const known = host_->processes.found(snapshot);
        if (!known) return;
        Process process = process_of(*known);
        if (known->session != kUnset) {
            process.session = place_of_session(*known, process);
            process.session_strength = Strength::Certain;
        }
        process_places_.emplace(known->pid, static_cast<std::uint32_t>(history_.processes.size()));
        history_.processes.push_back(std::move(process));
    }

    History finish() && {
        for (Process& process : history_.processes) {
            const auto parent = process_places_.find(static_cast<std::uint32_t>(process.parent_pid));
            if (parent == process_places_.end()) continue;
            process.parent = parent->second;
            process.parent_image = history_.processes[parent->second].image;
        }
        return std::move(history_);
    }

private:
    Process process_of(const KnownProcess& known) {
        Process process;
        process.host = host_->host;
        process.pid = known.pid;
        process.guid = known.guid;
        process.image = history_.texts.intern(known.program->image);
        process.command_line = history_.texts.intern(known.program->command_line);
        process.user = history_.texts.intern(host_->accounts.name(known.uid));
        process.parent_pid = known.parent_pid;
        process.start = host_->clock.wall(known.start);
        process.first_seen = *process.start;
        process.last_seen = now_;
        return process;
    }

    /// Of the process's session, which it may be the first of, and which it tells more of.
    std::uint32_t place_of_session(const KnownProcess& known, const Process& process) {
        const auto [place, is_new] =
            session_places_.emplace(known.session, static_cast<std::uint32_t>(history_.sessions.size()));
        if (is_new) history_.sessions.push_back(session_opened_by(known, process));
        Session& session = history_.sessions[place->second];
        ++session.process_count;
        if (session.start > process.start) {
            session.start = process.start;
            session.first_seen = process.first_seen;
        }
        if (const auto entry = utmp_.find(known.pid); entry != utmp_.end()) add_utmp(session, entry->second);
        return place->second;
    }

    /// Numbers ascend with time, so the first process of a session is, as a rule, the one that opened it.
    Session session_opened_by(const KnownProcess& known, const Process& process) {
        Session session;
        session.key = {host_->host, 0, LogonId(known.session)};
        session.origin = Origin::Found;
        session.user.name = history_.texts.intern(host_->accounts.name(known.login_uid));
        const std::string_view image = known.program->image;
        session.logon_process = history_.texts.intern(image.substr(image.rfind('/') + 1));
        session.logon_image = process.image;
        session.logon_process_id = known.pid;
        session.type = static_cast<LogonType>(logon_type(session.logon_process, known.tty != 0));
        session.window_station = history_.texts.intern(tty_name(known.tty));
        session.start = process.start;
        session.start_source = StartSource::Snapshot;
        session.first_seen = process.first_seen;
        session.last_seen = now_;
        return session;
    }

    void add_utmp(Session& session, const utmpx& entry) {
        session.window_station = history_.texts.intern(bounded(entry.ut_line));
        session.workstation = history_.texts.intern(bounded(entry.ut_host));
        if (const auto address = IpAddress::parse(session.workstation)) session.source_address = *address;
        session.type = static_cast<LogonType>(logon_type(session.logon_process, true));
    }

    std::unique_ptr<HostContext> host_;
    Timestamp now_;
    const std::unordered_map<std::uint32_t, utmpx> utmp_ = read_utmp();
    History history_;
    std::unordered_map<std::uint32_t, std::uint32_t> session_places_;  // audit session: place in its sessions
    std::unordered_map<std::uint32_t, std::uint32_t> process_places_;
};

}  // namespace

History live_history(Catalog& catalog) {
    Snapshot now(catalog);
    for (const std::uint32_t pid : all_processes())
        if (const auto process = read_process(pid)) now.add(*process);
    return std::move(now).finish();
}

}  // namespace spoor::sensor
