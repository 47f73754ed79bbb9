// Scene: a small invented network for tests, built from events and sessions by hand.
#pragma once
#include <initializer_list>
#include <string>
#include <utility>

#include "trails/links.h"
#include "trails/trail.h"

namespace spoor::trails {

class Scene {
public:
    struct Text {
        FieldId field;
        std::string_view text;
    };

    HostId host(std::string_view name) { return catalog.host(name); }

    static Timestamp at(double seconds) {
        return Timestamp::from_unix_seconds(1'600'000'000) + Duration{static_cast<std::int64_t>(seconds * 1e9)};
    }

    /// Adds an event; values are spelled as logs spell them.
    EventRef event(std::string_view host_name, double seconds, Kind kind, std::uint16_t id,
                   std::initializer_list<Text> texts) {
        Batch batch;
        batch.begin();
        for (const Text& text : texts)
            batch.add(
                parse_value(text.field, catalog.field_type(text.field), batch.arena().copy(text.text), batch.arena()));
        const Event made = batch.commit(
            {.time = at(seconds), .sequence = ++sequence_, .host = host(host_name), .kind = kind, .event_id = id});
        evidence.observe(batch);
        return {made.host, made.channel, made.event_id, made.sequence, made.time};
    }

    /// Adds a session that its own logon shows.
    std::uint32_t session(std::string_view host_name, std::uint64_t id, std::string_view user, LogonType type,
                          double start) {
        Session& session = history.sessions.emplace_back();
        session.key = {host(host_name), 0, LogonId(id)};
        session.origin = session.key.logon_id.is_well_known() ? Origin::WellKnown : Origin::Logged;
        session.user.name = history.texts.intern(user);
        session.user.domain = "CORP";
        session.type = type;
        session.start = at(start);
        session.first_seen = session.last_seen = at(start);
        if (type == LogonType::Interactive || type == LogonType::RemoteInteractive) session.logon_process = "User32";
        session.evidence.push_back({session.key.host, ChannelId::None, 4624, ++sequence_, at(start)});
        return static_cast<std::uint32_t>(history.sessions.size() - 1);
    }

    std::uint32_t process(std::string_view host_name, std::uint64_t pid, std::string_view image, std::uint32_t session,
                          double start, std::uint32_t parent = kNobody) {
        Process& process = history.processes.emplace_back();
        process.host = host(host_name);
        process.pid = pid;
        process.image = history.texts.intern(image);
        process.session = session;
        if (session != kNobody) ++history.sessions[session].process_count;
        process.session_strength = Strength::Certain;
        process.parent = parent;
        if (parent != kNobody) process.parent_image = history.processes[parent].image;
        process.start = process.first_seen = at(start);
        process.evidence.push_back({process.host, ChannelId::None, 4688, ++sequence_, at(start)});
        return static_cast<std::uint32_t>(history.processes.size() - 1);
    }

    void connection(std::string_view host_name, double seconds, std::string_view pid, std::string_view image,
                    std::string_view source, std::string_view port, std::string_view destination,
                    std::string_view destination_port) {
        event(host_name, seconds, Kind::NetworkConnection, 3,
              {{"ProcessId"_field, pid},
               {"Image"_field, image},
               {"Initiated"_field, "true"},
               {"SourceIp"_field, source},
               {"SourcePort"_field, port},
               {"DestinationIp"_field, destination},
               {"DestinationPort"_field, destination_port}});
    }

    Links find() {
        evidence.settle();
        return find_links(history, evidence, catalog);
    }

    /// Who asked for tickets; after find().
    std::vector<TicketOrigin> tickets() const { return tie_tickets(history, evidence, catalog); }

    Catalog catalog;
    History history;
    Evidence evidence{catalog};

private:
    std::uint64_t sequence_ = 0;
};

/// The link between two sessions, or null.
inline const Link* link_between(const Links& links, std::uint32_t from, std::uint32_t to) {
    for (const Link& link : links.links)
        if (link.from == from && link.to == to) return &link;
    return nullptr;
}

}  // namespace spoor::trails
