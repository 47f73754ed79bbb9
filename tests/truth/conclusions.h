// What is concluded from the events of a capture, and the names by which truths and tests know its sessions.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "sessions/tracker.h"
#include "trails/trail.h"
#include "truth/truth.h"

namespace spoor::truth {

/// A session as truths name it: "WORKSTATION5/b4/0x30e121".
struct TruthName {
    std::string host;
    std::uint64_t logon_id = 0;

    static std::optional<TruthName> parse(std::string_view text) {
        if (text.starts_with("EXT:")) return std::nullopt;
        const std::size_t last = text.rfind('/');
        const auto id = LogonId::parse(text.substr(last + 1));
        if (!id) return std::nullopt;
        return TruthName{host_part(text.substr(0, text.find('/'))), id->value()};
    }
    std::string to_string() const { return host + "/" + LogonId(logon_id).to_string(); }
};

/// Kinds whose direction truths do not tell.
inline bool either_way(std::string_view kind) {
    return kind == "linked_token" || kind == "rdp_reconnect" || kind == "unlock" || kind == "rdp_nla";
}

/// Sessions, evidence and links out of events. The catalog must outlive it.
struct Conclusions {
    const Catalog* catalog = nullptr;
    History history;
    trails::Evidence evidence;
    trails::Links links;

    explicit Conclusions(Catalog& names) : catalog(&names), evidence(names) {}
    Conclusions(const std::vector<Batch>& batches, Catalog& names) : Conclusions(names) {
        sessions::Tracker tracker;
        for (const Batch& batch : batches) {
            tracker.observe(batch, names);
            evidence.observe(batch);
        }
        conclude(tracker);
    }

    /// Once the evidence has observed what the tracker has.
    void conclude(const sessions::Tracker& tracker) {
        history = tracker.finish();
        evidence.settle();
        links = trails::find_links(history, evidence, *catalog);
    }

    std::string name(std::uint32_t session) const {
        const SessionKey& key = history.sessions[session].key;
        return std::string(catalog->host_name(key.host)) + "/" + key.logon_id.to_string();
    }
    bool is(std::uint32_t session, const TruthName& wanted) const { return name(session) == wanted.to_string(); }

    /// The process that a truth's question is about: the last with that number that had begun by then.
    std::uint32_t process(std::string_view host, std::uint64_t pid, Timestamp time) const {
        std::uint32_t found = kNobody;
        for (std::uint32_t p = 0; p < history.processes.size(); ++p) {
            const Process& known = history.processes[p];
            if (known.pid != pid || catalog->host_name(known.host) != host) continue;
            if (known.first_seen <= time + Duration::seconds(2)) found = p;
        }
        return found;
    }
};

}  // namespace spoor::truth
