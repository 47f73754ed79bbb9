// Credentials that are not one's own: typed for many hosts, passed as a hash, carried along in a session.
#include <algorithm>
#include <map>
#include <set>

#include "base/unicode.h"
#include "findings/rules.h"

namespace spoor::findings {
namespace {

bool is_local_target(std::string_view server, std::string_view own_name) {
    const std::string_view label = server.substr(0, server.find('.'));
    return server.empty() || equals_ignoring_ascii_case(server, "localhost") ||
           equals_ignoring_ascii_case(label, own_name);
}

void find_explicit_credentials_to_many_hosts(Inquiry& inquiry) {
    struct Use {
        const trails::ExplicitCredentials* row;
        std::string server;
    };
    std::map<std::pair<HostId, LogonId>, std::vector<Use>> by_session;
    for (const trails::ExplicitCredentials& row : inquiry.evidence.explicit_credentials)
        if (!row.subject.is_well_known() && !is_local_target(row.server, inquiry.host_name(row.event.host)))
            by_session[{row.event.host, row.subject}].push_back(
                {&row, fold_case(row.server.substr(0, row.server.find('.')))});
    for (const auto& [key, uses] : by_session) {
        // The widest stretch of time no longer than the window, by two fingers.
        std::size_t from = 0;
        std::multiset<std::string_view> servers;
        const auto distinct = [&servers] { return std::set<std::string_view>(servers.begin(), servers.end()).size(); };
        for (std::size_t i = 0; i < uses.size(); ++i) {
            servers.insert(uses[i].server);
            while (uses[i].row->event.time - uses[from].row->event.time > inquiry.settings.explicit_window)
                servers.erase(servers.find(uses[from++].server));
            if (distinct() < inquiry.settings.explicit_hosts) continue;
            const std::uint32_t session = inquiry.index.session(key.first, key.second, uses[i].row->event.time);
            Finding& finding =
                inquiry.add(Rule::ExplicitCredentialsToManyHosts, key.first, uses[from].row->event.time,
                            uses.back().row->event.time,
                            fmt::format("session {} on {} used typed credentials for {} or more hosts",
                                        key.second.to_string(), inquiry.host_name(key.first), distinct()));
            if (session != kNobody) finding.sessions.push_back(session);
            finding.count = uses.size();
            for (const Use& use : uses) add_evidence(finding, use.row->event);
            break;
        }
    }
}

/// Whether the host's logs tell of credentials that are typed. Without a single such record around that time the
/// absence of one says nothing: a log may be an excerpt.
bool logs_typed_credentials(const Inquiry& inquiry, HostId host, Timestamp time) {
    constexpr Duration kAround = Duration::seconds(36 * 3600);
    return !trails::rows_between(inquiry.evidence.explicit_credentials, host, time - kAround, time + kAround).empty();
}

/// A logon by NTLM over the network that has no session key. An export that leaves out what NTLM it was leaves out the
/// key's length, too.
bool has_empty_key(const Session& session) {
    return session.type == LogonType::Network && trimmed(session.logon_process).starts_with("NtLmSsp") &&
           !session.lm_package.empty() && session.key_length == 0;
}

/// Type 9 through seclogon by a program that nobody typed a password into: no 4648 beside it, or a junk account.
void find_pass_the_hash(Inquiry& inquiry) {
    for (std::uint32_t i = 0; i < inquiry.history.sessions.size(); ++i) {
        const Session& session = inquiry.history.sessions[i];
        if (session.origin != Origin::Logged || !session.start) continue;
        std::string why;
        Severity severity = entry(Rule::PassTheHash).severity;
        if (session.type == LogonType::NewCredentials &&
            equals_ignoring_ascii_case(trimmed(session.logon_process).substr(0, 7), "seclogo")) {
            // runas /netonly writes 4648 with the typed account in the same second; tools that patch LSA afterwards do
            // not have the real account yet, and name none or the user himself.
            bool typed = false;
            const Timestamp began = *session.start;
            for (const auto& row : trails::rows_between(inquiry.evidence.explicit_credentials, session.key.host,
                                                        began - Duration::seconds(2), began + Duration::seconds(2)))
                typed |= row.subject == session.subject;
            if (!typed) why = "new credentials (type 9) with no typed credentials beside it";
            if (!logs_typed_credentials(inquiry, session.key.host, began)) {
                why = "new credentials (type 9), in logs that do not tell whether any were typed";
                severity = Severity::Medium;
            }
        } else if (has_empty_key(session) && !session.user.name.ends_with('$') &&
                   session.user.sid.sub_authority_count() > 1 && session.elevated.value_or(false) &&
                   session.source_address && !session.source_address->is_loopback()) {
            why = "NTLM network logon of an administrator with an empty session key";
            severity = Severity::Low;
        }
        if (why.empty()) continue;
        Finding& finding =
            inquiry.add(Rule::PassTheHash, session.key.host, *session.start, *session.start,
                        fmt::format("{} on {}: {}", to_string(session.user), inquiry.host_name(session.key.host), why));
        finding.severity = severity;
        finding.sessions.push_back(i);
        add_evidence(finding, trails::evidence_of(session, 4624));
    }
}

/// Only LSA speaks to port 88. A program that does so itself forges or steals tickets.
void find_overpass_the_hash(Inquiry& inquiry) {
    std::set<std::pair<HostId, std::string>> told;
    for (const trails::Connection& connection : inquiry.evidence.connections) {
        if (!connection.initiated || connection.destination.port != 88 || connection.process.image.empty()) continue;
        const std::string image = trails::image_name(connection.process.image);
        // On Linux there is no LSA: each program asks for its own tickets.
        if (trails::is_unix_path(connection.process.image) || image == "lsass.exe" || image == "system" ||
            image.starts_with('<') || !told.insert({connection.event.host, image}).second)
            continue;
        const std::uint32_t p = inquiry.index.process(connection.event.host, connection.process, connection.event.time);
        Finding& finding = inquiry.add(
            Rule::OverpassTheHash, connection.event.host, connection.event.time, connection.event.time,
            fmt::format("{} on {} asked the Kerberos service at {} itself", image,
                        inquiry.host_name(connection.event.host), connection.destination.address.to_string()));
        if (p != kNobody && inquiry.history.processes[p].session != kNobody)
            finding.sessions.push_back(inquiry.history.processes[p].session);
        add_evidence(finding, connection.event);
    }
}

void find_new_credentials_then_remote_logon(Inquiry& inquiry) {
    for (const Link& link : inquiry.links.links) {
        const Session& from = inquiry.history.sessions[link.from];
        const Session& to = inquiry.history.sessions[link.to];
        if (from.type != LogonType::NewCredentials || from.key.host == to.key.host || !from.start || !to.start)
            continue;
        if (*to.start < *from.start || *to.start - *from.start > inquiry.settings.new_credentials_window) continue;
        Finding& finding = inquiry.add(
            Rule::NewCredentialsThenRemoteLogon, to.key.host, *from.start, *to.start,
            fmt::format("{} on {} took the credentials of {} along and logged on to {}", to_string(from.user),
                        inquiry.host_name(from.key.host), to_string(from.outbound), inquiry.host_name(to.key.host)));
        finding.sessions = {link.from, link.to};
        for (const EventRef& event : link.evidence) add_evidence(finding, event);
    }
}

}  // namespace

void find_credential_abuse(Inquiry& inquiry) {
    if (inquiry.on(Rule::ExplicitCredentialsToManyHosts)) find_explicit_credentials_to_many_hosts(inquiry);
    if (inquiry.on(Rule::PassTheHash)) find_pass_the_hash(inquiry);
    if (inquiry.on(Rule::OverpassTheHash)) find_overpass_the_hash(inquiry);
    if (inquiry.on(Rule::NewCredentialsThenRemoteLogon)) find_new_credentials_then_remote_logon(inquiry);
}

}  // namespace spoor::findings
