// The members of what a History holds, each with its name and in a fixed order: what tables and streams of them are
// made of.
//
// `visit_members(visitor, record)` calls visitor(name, member&) for each; a member that refers to a record of the same
// host comes as a Place.
#pragma once
#include "model/history.h"

namespace spoor {

enum class Table : std::uint8_t { Boots, Sessions, Processes };

/// A reference to a record of that host: an index into a vector of the History, kNobody for none.
struct Place {
    std::uint32_t& index;
    HostId host;
    Table table;
};

template <typename V>
void visit_members(V& v, Boot& boot) {
    v("host", boot.host), v("sysmon_number", boot.sysmon_number), v("started", boot.started),
        v("stopped", boot.stopped);
    v("stopped_cleanly", boot.stopped_cleanly), v("crashed", boot.crashed), v("first_seen", boot.first_seen),
        v("last_seen", boot.last_seen);
    v("evidence", boot.evidence);
}

template <typename V>
void visit_members(V& v, Session& s) {
    v("host", s.key.host), v("boot", Place{s.key.boot, s.key.host, Table::Boots}), v("logon_id", s.key.logon_id),
        v("origin", s.origin);
    v("user_sid", s.user.sid), v("user_domain", s.user.domain), v("user_name", s.user.name), v("type", s.type);
    v("logon_process", s.logon_process), v("authentication_package", s.authentication_package),
        v("lm_package", s.lm_package);
    v("key_length", s.key_length), v("elevated", s.elevated), v("linked", s.linked),
        v("linked_strength", s.linked_strength);
    v("restricted_admin", s.restricted_admin);
    v("remote_credential_guard", s.remote_credential_guard), v("virtual_account", s.virtual_account);
    v("outbound_sid", s.outbound.sid), v("outbound_domain", s.outbound.domain), v("outbound_name", s.outbound.name);
    v("impersonation_level", s.impersonation_level), v("logon_guid", s.logon_guid), v("subject", s.subject);
    v("subject_sid", s.subject_user.sid), v("subject_domain", s.subject_user.domain),
        v("subject_name", s.subject_user.name);
    v("logon_process_id", s.logon_process_id), v("logon_image", s.logon_image),
        v("transmitted_services", s.transmitted_services);
    v("source_address", s.source_address), v("source_port", s.source_port), v("workstation", s.workstation);
    v("terminal_session", s.terminal_session), v("window_station", s.window_station), v("integrity", s.integrity);
    v("privileges", s.privileges), v("groups", s.groups), v("logon_server", s.logon_server),
        v("dns_domain", s.dns_domain), v("upn", s.upn);
    v("start_time", s.start), v("start_source", s.start_source), v("started_after", s.started_after),
        v("started_before", s.started_before);
    v("end_time", s.end), v("end_reason", s.end_reason);
    v("logoff_requested", s.logoff_requested), v("first_seen", s.first_seen), v("last_seen", s.last_seen);
    v("locked", s.locked), v("disconnected", s.disconnected), v("process_count", s.process_count),
        v("event_count", s.event_count);
    v("evidence", s.evidence);
}

template <typename V>
void visit_members(V& v, Process& p) {
    v("host", p.host), v("boot", Place{p.boot, p.host, Table::Boots}), v("pid", p.pid), v("guid", p.guid),
        v("image", p.image);
    v("command_line", p.command_line), v("user_name", p.user), v("integrity", p.integrity);
    v("session", Place{p.session, p.host, Table::Sessions}), v("session_strength", p.session_strength);
    v("parent", Place{p.parent, p.host, Table::Processes}), v("parent_pid", p.parent_pid),
        v("parent_image", p.parent_image);
    v("start_time", p.start), v("end_time", p.end), v("exit_code", p.exit_code), v("first_seen", p.first_seen),
        v("last_seen", p.last_seen);
    v("evidence", p.evidence);
}

/// Links go from host to host, so both ends are numbers over all hosts; they are rewritten whenever a host is.
template <typename V>
void visit_members(V& v, Link& link) {
    v("from_session", link.from), v("to_session", link.to), v("kind", link.kind), v("strength", link.strength),
        v("process", link.process);
    v("to_process", link.to_process), v("reason", link.reason), v("evidence", link.evidence);
}

}  // namespace spoor
