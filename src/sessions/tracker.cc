#include "sessions/tracker.h"

#include <algorithm>
#include <unordered_map>

#include "base/heap.h"
#include "base/unicode.h"
#include "sessions/actor.h"
#include "sessions/boots.h"
#include "sessions/pooled_texts.h"
#include "sessions/process_table.h"
#include "sessions/session_table.h"
#include "sessions/timeline.h"

namespace spoor::sessions {
namespace {

/// From this many bytes of notes on that were let go, the memory is not left to the allocator.
constexpr std::size_t kWorthReturning = std::size_t{8} << 20;

/// Puts every moment down to a session, and counts.
void count(const Timeline& timeline, std::size_t first_process, History& history) {
    for (const Moment& moment : timeline) {
        const Actor actor = actor_of(moment.seen->kind, moment.session, moment.process, history);
        if (actor.session != kNobody) ++history.sessions[actor.session].event_count;
    }
    for (std::size_t i = first_process; i < history.processes.size(); ++i)
        if (const std::uint32_t session = history.processes[i].session; session != kNobody)
            ++history.sessions[session].process_count;
}

bool is_program(std::string_view image, std::string_view name) {
    return equals_ignoring_ascii_case(image.substr(image.find_last_of("\\/") + 1), name);
}

/// Whether the first program of a session tells that it was sent over the network: the hosts of remote management's
/// commands run in no other sessions, and where nobody can sit WMI starts programs for those who ask it from elsewhere.
bool came_over_the_network(const Process& first, const Session& session) {
    return is_program(first.image, "wsmprovhost.exe") || is_program(first.image, "winrshost.exe") ||
           (is_program(first.parent_image, "wmiprvse.exe") && session.terminal_session == 0);
}

/// A session without its logon may be known by its first program.
void type_by_programs(std::size_t first_process, History& history) {
    std::unordered_map<std::uint32_t, const Process*> first_programs;
    for (std::size_t i = first_process; i < history.processes.size(); ++i) {
        const Process& process = history.processes[i];
        if (process.session == kNobody || process.session_strength < Strength::Strong) continue;
        const Session& session = history.sessions[process.session];
        if (session.type != LogonType::Unknown || session.origin != Origin::Inferred) continue;
        const Process*& first = first_programs.try_emplace(process.session, &process).first->second;
        if (process.first_seen < first->first_seen) first = &process;
    }
    for (const auto& [session, first] : first_programs)
        if (came_over_the_network(*first, history.sessions[session]))
            history.sessions[session].type = LogonType::Network;
}

}  // namespace

void conclude(const HostLog& log, History& history) {
    Timeline timeline = order_in_time(log);
    if (timeline.empty()) return;
    const auto first_boot = static_cast<std::uint32_t>(history.boots.size());
    const std::size_t first_process = history.processes.size();
    const std::vector<FoundBoot> boots = find_boots(log, timeline);
    for (const FoundBoot& found : boots) history.boots.push_back(found.boot);

    PooledTexts texts(log, history.texts);
    SessionTable sessions(log, boots, texts, history.sessions, first_boot);
    sessions.make_room(timeline);
    for (Moment& moment : timeline) sessions.observe(moment);
    const std::vector<std::uint32_t> renumbered = sessions.finish();
    for (Moment& moment : timeline)
        if (moment.session != kNobody) moment.session = renumbered[moment.session - sessions.first()];

    ProcessTable(log, texts, sessions, history, first_boot).build(timeline);
    count(timeline, first_process, history);
    type_by_programs(first_process, history);
}

HostLog& Tracker::log_of(std::string_view name, HostId id) {
    auto found = logs_.find(name);
    if (found == logs_.end()) found = logs_.emplace(std::string(name), HostLog(std::string(name), id)).first;
    by_id_[id] = &found->second;
    return found->second;
}

void Tracker::observe(const Batch& batch, const Catalog& catalog) {
    HostLog* log = nullptr;
    HostId host = HostId::None;
    for (const Event& event : batch.events()) {
        if (log == nullptr || event.host != host) {
            host = event.host;
            const auto known = by_id_.find(host);
            log = known != by_id_.end() ? known->second : &log_of(catalog.host_name(host), host);
        }
        log->add(batch, event, catalog);
    }
}

void Tracker::absorb(const Tracker& other) {
    for (const auto& [name, log] : other.logs_) log_of(name, log.id()).absorb(log);
}

History Tracker::finish() const& {
    History history;
    for (const auto& [name, log] : logs_) conclude(log, history);
    return history;
}

History Tracker::finish() && {
    History history;
    by_id_.clear();
    std::size_t let_go = 0;
    while (!logs_.empty()) {
        const auto first = logs_.begin();
        conclude(first->second, history);
        let_go += first->second.footprint();
        logs_.erase(first);
        if (let_go < kWorthReturning) continue;
        return_freed_memory();
        let_go = 0;
    }
    return history;
}

History Tracker::finish(std::string_view host) const {
    History history;
    if (const auto found = logs_.find(host); found != logs_.end()) conclude(found->second, history);
    return history;
}

std::string Tracker::serialise(std::string_view host) const {
    const auto found = logs_.find(host);
    return found == logs_.end() ? std::string() : found->second.serialise();
}

Result<void> Tracker::load(std::string_view bytes, Catalog& catalog) {
    const HostLog log = TRY(HostLog::parse(bytes, catalog));
    log_of(log.name(), log.id()).absorb(log);
    return {};
}

std::vector<std::string_view> Tracker::hosts() const {
    std::vector<std::string_view> names;
    for (const auto& [name, log] : logs_) names.push_back(name);
    return names;
}

std::size_t Tracker::size() const {
    std::size_t count = 0;
    for (const auto& [name, log] : logs_) count += log.size();
    return count;
}

std::size_t Tracker::footprint() const {
    std::size_t bytes = 0;
    for (const auto& [name, log] : logs_) bytes += log.footprint();
    return bytes;
}

}  // namespace spoor::sessions
