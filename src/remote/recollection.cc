#include "remote/recollection.h"

#include <utility>

namespace spoor::remote {

std::uint32_t Recollection::at(const Places& places, std::uint32_t number) {
    const auto found = places.find(number);
    return found == places.end() ? kNobody : found->second;
}

bool Recollection::has_session(std::uint32_t number) const {
    const std::uint32_t place = at(session_at_, number);
    return place != kNobody && whole_[place];
}

void Recollection::add(store::Recalled recalled) {
    if (history_.boots.empty()) history_.boots = std::move(recalled.history.boots);
    add_sessions(recalled);
    add_processes(recalled);
    add_links(recalled);
}

void Recollection::add_sessions(store::Recalled& recalled) {
    for (std::size_t i = 0; i < recalled.sessions.size(); ++i) {
        const std::uint32_t number = recalled.sessions[i];
        const auto [known, is_new] = session_at_.emplace(number, static_cast<std::uint32_t>(history_.sessions.size()));
        Session& session = recalled.history.sessions[i];
        if (is_new) {
            history_.sessions.push_back(std::move(session));
            numbers_.push_back(number);
            whole_.push_back(recalled.whole[i]);
        } else if (recalled.whole[i] && !whole_[known->second]) {
            history_.sessions[known->second] = std::move(session);
            whole_[known->second] = true;
        }
    }
}

void Recollection::add_processes(store::Recalled& recalled) {
    for (std::size_t i = 0; i < recalled.processes.size(); ++i) {
        const auto place = static_cast<std::uint32_t>(history_.processes.size());
        if (!process_at_.emplace(recalled.processes[i], place).second) continue;
        Process& process = recalled.history.processes[i];
        references_.push_back({process.session, process.parent});
        history_.processes.push_back(std::move(process));
    }
    // What one refers to may have come later than itself.
    for (std::size_t i = 0; i < references_.size(); ++i) {
        history_.processes[i].session = at(session_at_, references_[i].session);
        history_.processes[i].parent = at(process_at_, references_[i].parent);
    }
}

void Recollection::add_links(store::Recalled& recalled) {
    for (std::size_t i = 0; i < recalled.links.size(); ++i) {
        Link& link = recalled.history.links[i];
        link.from = at(session_at_, link.from);
        link.to = at(session_at_, link.to);
        link.process = at(process_at_, link.process);
        link.to_process = at(process_at_, link.to_process);
        if (link.from == kNobody || link.to == kNobody || !linked_.insert(recalled.links[i]).second) continue;
        history_.links.push_back(std::move(link));
    }
}

store::RecallQuery Recollection::missing(std::span<const Event> events) const {
    std::set<std::uint32_t> sessions;
    std::set<std::uint32_t> processes;
    for (const Event& event : events) {
        for (const std::uint32_t session : {event.actor.session, event.actor.adopted_session})
            if (session != kNobody && !has_session(session)) sessions.insert(session);
        if (event.actor.process != kNobody && !process_at_.contains(event.actor.process))
            processes.insert(event.actor.process);
    }
    return {.sessions = {sessions.begin(), sessions.end()}, .processes = {processes.begin(), processes.end()}};
}

void Recollection::resolve(std::span<Event> events) const {
    for (Event& event : events) {
        event.actor.session = at(session_at_, event.actor.session);
        event.actor.adopted_session = at(session_at_, event.actor.adopted_session);
        event.actor.process = at(process_at_, event.actor.process);
    }
}

}  // namespace spoor::remote
