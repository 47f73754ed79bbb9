#include "sessions/actor.h"

#include "sessions/mentions.h"

namespace spoor::sessions {
namespace {

bool is_service(const Session& session) {
    return session.origin == Origin::WellKnown || session.type == LogonType::Service ||
           session.type == LogonType::System;
}

}  // namespace

Actor actor_of(Kind kind, std::uint32_t own, std::uint32_t process, const History& history) {
    Actor actor{.session = own, .process = process};
    if (process == kNobody) return actor;
    const Process& acting = history.processes[process];
    if (acting.session == kNobody) return actor;
    if (own == kNobody || (kind == Kind::ProcessCreated && acting.session_strength == Strength::Certain)) {
        actor.session = acting.session;
        return actor;
    }
    if (own == acting.session || acting.session_strength != Strength::Certain || !subject_is_the_process_identity(kind))
        return actor;
    actor.adopted_session = own;
    if (!is_service(history.sessions[acting.session])) actor.session = acting.session;
    return actor;
}

std::string_view integrity_of_label(std::string_view sid_bytes) {
    const auto sid = Sid::from_bytes(sid_bytes);
    if (!sid || sid->authority() != 16) return {};
    const std::uint32_t level = sid->rid();
    if (level >= 16384) return "System";
    if (level >= 12288) return "High";
    if (level >= 8448) return "MediumPlus";
    if (level >= 8192) return "Medium";
    return level >= 4096 ? "Low" : "Untrusted";
}

}  // namespace spoor::sessions
