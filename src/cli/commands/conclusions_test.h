// What an archive has concluded, as text, for tests that compare.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/session_name.h"
#include "store/archive.h"

namespace spoor::cli {

inline std::string ref(const EventRef& event, const Catalog& catalog) {
    return fmt::format("{}/{}/{}", catalog.host_name(event.host), catalog.channel_name(event.channel), event.sequence);
}

/// All that an archive has concluded, as text.
inline std::string conclusions(store::Archive& archive) {
    const History& history = *archive.history().value();
    const Catalog& catalog = archive.catalog();
    const SessionNames names(history, catalog);
    std::string text;
    for (std::uint32_t i = 0; i < history.sessions.size(); ++i) {
        const Session& s = history.sessions[i];
        text += fmt::format("{} {} {} {} {} {} {} {} {} {} {}", names.of(i), to_string(s.user),
                            static_cast<int>(s.type), s.workstation, s.first_seen.nanoseconds, s.last_seen.nanoseconds,
                            static_cast<int>(s.end_reason), s.process_count, s.event_count,
                            static_cast<int>(s.linked_strength), s.started_after.value_or(Timestamp{}).nanoseconds);
        for (const EventRef& event : s.evidence) text += ' ' + ref(event, catalog);
        text += '\n';
    }
    for (const Process& p : history.processes)
        text += fmt::format("{} {} {} {} {}\n", p.pid, p.image, p.command_line, names.of(p.session),
                            p.parent == kNobody ? "" : history.processes[p.parent].image);
    std::vector<std::string> links;
    for (const Link& link : history.links) {
        links.push_back(fmt::format("{} -> {} {} {} {}", names.of(link.from), names.of(link.to),
                                    static_cast<int>(link.kind), static_cast<int>(link.strength), link.reason));
        for (const EventRef& event : link.evidence) links.back() += ' ' + ref(event, catalog);
    }
    std::ranges::sort(links);
    for (const std::string& link : links) text += link + '\n';
    return text;
}

}  // namespace spoor::cli
