#include "trails/linking/call_sources.h"

#include <algorithm>

namespace spoor::trails {

void add_once(CallSources& sources, const CallSource& source) {
    if (source.session != kNobody && std::ranges::find(sources, source.session, &CallSource::session) == sources.end())
        sources.push_back(source);
}

CallSources CallSourceFinder::typists(const Session& logon, HostId client) const {
    CallSources people, system;
    for (const ExplicitCredentials* typed : signs_.credentials_for(logon, client)) {
        const std::uint32_t p = linking_.index.process(typed->event.host, typed->process, typed->event.time);
        std::uint32_t from = linking_.index.session(typed->event.host, typed->subject, typed->event.time);
        if (from == kNobody && p != kNobody) from = linking_.process(p).session;
        if (from == kNobody) continue;
        add_once(is_systems_own(linking_.session(from)) ? system : people, {from, p, typed->event});
    }
    return people.empty() ? system : people;
}

CallSources CallSourceFinder::people_typing(const Session& logon, HostId client) const {
    CallSources people = typists(logon, client);
    std::erase_if(people, [&](const CallSource& source) { return is_systems_own(linking_.session(source.session)); });
    return people;
}

CallSources CallSourceFinder::offering(const Session& logon, HostId client) const {
    CallSources found;
    for (const RemoteCall* call : signs_.calls_with_account(logon, client)) {
        const std::uint32_t from = linking_.index.session(call->event.host, call->session, call->event.time);
        if (from == kNobody || is_systems_own(linking_.session(from))) continue;
        const std::uint32_t p = linking_.index.process(call->event.host, call->process, call->event.time);
        add_once(found, {from, p != kNobody && linking_.process(p).session == from ? p : kNobody, call->event});
    }
    return found;
}

CallSources CallSourceFinder::callers(const Session& logon, Kind kind, Duration before) const {
    CallSources found;
    for (const RemoteCall* call : signs_.calls_to(logon, kind, before)) {
        if (logon.source_address &&
            !linking_.addresses.may_be(*logon.source_address, call->event.host, call->event.time))
            continue;
        const std::uint32_t p = linking_.index.process(call->event.host, call->process, call->event.time);
        add_once(found, {caller(*call, p), p, call->event});
    }
    return found;
}

/// That of the process that wrote the record, else the account's only one.
std::uint32_t CallSourceFinder::caller(const RemoteCall& call, std::uint32_t process) const {
    if (process != kNobody && linking_.process(process).session != kNobody) return linking_.process(process).session;
    if (call.user.empty()) return kNobody;
    const std::vector<std::uint32_t> sessions =
        local_candidates(linking_, call.event.host, {call.user, {}, {}}, call.event.time);
    return sessions.size() == 1 ? sessions.front() : kNobody;
}

Strength CallSourceFinder::strength_of(const CallSource& source) const {
    if (source.process == kNobody || linking_.process(source.process).session != source.session)
        return Strength::Strong;
    return strength_of_session(linking_.process(source.process));
}

}  // namespace spoor::trails
