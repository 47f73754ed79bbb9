#include "cli/output/session_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/json_writer.h"
#include "base/unicode.h"
#include "cli/output/process_tree.h"
#include "cli/output/property_output.h"
#include "match/evaluate/field_text.h"
#include "match/properties.h"
#include "model/codes.h"

namespace spoor::cli {
namespace {

using terminal::Cell;
using terminal::Column;
using terminal::Keep;
using terminal::Style;

constexpr Duration kShort = Duration::seconds(60);

std::string when_started(const Session& session, const When& when) {
    if (session.start) return when.text(*session.start);
    // Known only from what it did: it began then or before.
    return session.first_seen == Timestamp::latest() ? "" : "<= " + when.text(session.first_seen);
}

std::string_view how_ended(const Session& session) {
    if (!session.end) return session.logoff_requested ? "logging off" : "open";
    return name(session.end_reason);
}

std::string duration_of(const Session& session) {
    const auto from = session.start ? *session.start : session.first_seen;
    const auto to = session.end ? *session.end : session.last_seen;
    if (to < from) return {};
    return (session.start && session.end ? "" : ">=") + to_string(to - from);
}

std::string local_name_of(const Session& session) { return to_string(session.user); }

Style style_of(const Session& session) {
    if (is_human(session)) return Style::Bold;
    return session.key.logon_id.is_well_known() ? Style::Dim : Style::Plain;
}

/// "7/2/2015 6:05:31 PM", as the tool prints times in the American locale.
std::string american_time(Timestamp time) {
    const std::string text = time.to_string_seconds();  // "2015-07-02 18:05:31"
    const auto number = [&](std::size_t at, std::size_t length) { return std::stoi(text.substr(at, length)); };
    const int hour = number(11, 2);
    return fmt::format("{}/{}/{} {}:{} {}", number(5, 2), number(8, 2), text.substr(0, 4),
                       hour % 12 == 0 ? 12 : hour % 12, text.substr(14, 5), hour < 12 ? "AM" : "PM");
}

}  // namespace

std::string origin_of(const Session& session, const Catalog& catalog) {
    std::string text = session.source_address ? session.source_address->to_string() : "";
    // Of a logon at the host itself Windows names the host.
    const bool own = equals_ignoring_ascii_case(session.workstation, catalog.host_name(session.key.host));
    if (own || session.workstation.empty() || session.workstation == "-") return text;
    return text.empty() ? std::string(session.workstation) : fmt::format("{} ({})", text, session.workstation);
}

bool is_noise(const Session& session) {
    const bool ended_soon = session.start && session.end && *session.end - *session.start < kShort;
    return session.type == LogonType::Network && ended_soon && session.process_count == 0;
}

std::vector<SessionRow> fold_noise(const std::vector<std::uint32_t>& sessions, const History& history,
                                   const Catalog& catalog) {
    using Place = std::tuple<HostId, std::string, std::string>;
    std::map<Place, std::size_t> rows_by_place;
    std::vector<SessionRow> rows;
    for (const std::uint32_t index : sessions) {
        const Session& session = history.sessions[index];
        if (is_noise(session)) {
            const auto [found, is_new] = rows_by_place.try_emplace(
                {session.key.host, to_string(session.user), origin_of(session, catalog)}, rows.size());
            if (!is_new) {
                SessionRow& row = rows[found->second];
                ++row.count;
                row.last_end = std::max(row.last_end.value_or(Timestamp::earliest()), *session.end);
                continue;
            }
        }
        rows.push_back({.session = index, .count = 1, .last_end = session.end});
    }
    return rows;
}

SessionOutput::SessionOutput(const Console& console, const History& history, const Catalog& catalog,
                             const SessionNames& names, const When& when)
    : console_(console), history_(history), catalog_(catalog), names_(names), when_(when) {
    for (std::uint32_t i = 0; i < history.processes.size(); ++i)
        if (history.processes[i].session != kNobody) processes_[history.processes[i].session].push_back(i);
}

void SessionOutput::table(const std::vector<SessionRow>& rows, bool with_processes, bool wide) const {
    std::vector<Column> columns = {{.title = "Session", .importance = 10, .least = terminal::kWhole},
                                   {.title = "User", .importance = 9, .least = 10, .keep = Keep::End},
                                   {.title = "Type", .importance = 8, .least = 8},
                                   {.title = when_.title("Start"), .importance = 8, .least = 19},
                                   {.title = when_.title("End"), .importance = 5, .least = 19},
                                   {.title = "How", .importance = 4, .least = 6},
                                   {.title = "Duration", .importance = 6, .least = 9, .align = Column::Align::Right},
                                   {.title = "From", .importance = 7, .least = 9},
                                   {.title = "Elevated", .importance = 3, .least = 3},
                                   {.title = "Linked", .importance = 2, .least = 6},
                                   {.title = "Processes", .importance = 5, .least = 3, .align = Column::Align::Right},
                                   {.title = "Events", .importance = 4, .least = 3, .align = Column::Align::Right},
                                   {.title = "Package", .importance = 2, .least = 4}};
    if (wide)
        for (const char* title :
             {"TS", "SID", "Logon server", "DNS domain", "UPN", "Logon process", "Origin", "Privileges"})
            columns.push_back({.title = title, .importance = 1});
    terminal::Table table(console_, std::move(columns));
    for (const SessionRow& row : rows) {
        const Session& session = history_.sessions[row.session];
        const bool folded = row.count > 1;
        const std::string end = row.last_end ? when_.text(*row.last_end) : "";
        std::vector<Cell> cells = {
            {names_.of(row.session), Style::Cyan},
            {folded ? fmt::format("{} x{}", local_name_of(session), row.count) : local_name_of(session),
             style_of(session)},
            {std::string(slug(session.type))},
            {when_started(session, when_)},
            {end},
            {folded ? "logoff" : std::string(how_ended(session)), session.end ? Style::Plain : Style::Green},
            {folded ? "" : duration_of(session)},
            {origin_of(session, catalog_)},
            {session.elevated ? (*session.elevated ? "yes" : "no") : "",
             session.elevated.value_or(false) ? Style::Yellow : Style::Plain},
            {session.linked == LogonId::none() ? "" : session.linked.to_string()},
            {std::to_string(session.process_count)},
            {std::to_string(session.event_count)},
            {std::string(session.authentication_package)}};
        if (wide) {
            cells.push_back({session.terminal_session ? std::to_string(*session.terminal_session) : ""});
            cells.push_back({session.user.sid.empty() ? "" : session.user.sid.to_string()});
            for (const std::string_view text : {session.logon_server, session.dns_domain, session.upn,
                                                session.logon_process, name(session.origin), session.privileges})
                cells.push_back({std::string(text)});
        }
        table.row(std::move(cells));
        if (with_processes) {
            table.flush();
            process_tree(row.session, "    ");
        }
    }
    table.finish();
}

void SessionOutput::process_tree(std::uint32_t session, std::string_view indent) const {
    const auto found = processes_.find(session);
    if (found == processes_.end()) return;
    for_each_in_tree(found->second, history_, [&](std::uint32_t index, const std::vector<bool>& more) {
        const Process& process = history_.processes[index];
        const std::string pid = fmt::format("{:>5}", process.pid);
        print_process(console_, terminal::Piece(std::string(indent)), more, {pid, console_.paint(Style::Dim, pid)},
                      process);
    });
}

void SessionOutput::logon_sessions(const std::vector<std::uint32_t>& sessions, bool with_processes) const {
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        const Session& session = history_.sessions[sessions[i]];
        const std::uint64_t id = session.key.logon_id.value();
        std::string text = fmt::format("[{}] Logon session {:08x}:{:08x}:\n", i, id >> 32, id & 0xffffffff);
        const auto field = [&](std::string_view label, std::string_view value) {
            std::string line = fmt::format("    {:<14}{}", label, terminal::printable(value));
            while (line.ends_with(' ')) line.pop_back();
            text += line + '\n';
        };
        field("User name:", to_string(session.user));
        field("Auth package:", session.authentication_package);
        field("Logon type:",
              session.type == LogonType::System || session.type == LogonType::Unknown ? "(none)" : name(session.type));
        field("Session:", session.terminal_session ? std::to_string(*session.terminal_session) : "0");
        field("Sid:", session.user.sid.empty() ? "(none)" : session.user.sid.to_string());
        field("Logon time:", session.start ? american_time(*session.start) : "");
        field("Logon server:", session.logon_server);
        field("DNS Domain:", session.dns_domain);
        field("UPN:", session.upn);
        if (const auto found = processes_.find(sessions[i]); with_processes && found != processes_.end())
            for (const std::uint32_t process : found->second)
                text += fmt::format("    {:>5}: {}\n", history_.processes[process].pid,
                                    terminal::printable(match::base_name(history_.processes[process].image)));
        console_.out.write(text + '\n');
        if (console_.out.closed()) return;
    }
}

void SessionOutput::json_lines(const std::vector<std::uint32_t>& sessions, bool with_processes) const {
    for (bool first = true; const std::uint32_t index : sessions) {
        const Session& session = history_.sessions[index];
        std::string line;
        JsonWriter json(line);
        json.open('{');
        if (first) json.text("schema", "spoor.session/1");
        first = false;
        json.text("session", names_.of(index));
        write_properties(json, session, catalog_);
        if (session.linked != LogonId::none())
            json.text("linked",
                      session_name(catalog_.host_name(session.key.host), session.linked.to_string(), std::nullopt));
        if (with_processes) {
            json.open("process_list", '[');
            if (const auto found = processes_.find(index); found != processes_.end()) {
                for (const std::uint32_t process : found->second) {
                    json.open('{');
                    write_properties(json, history_.processes[process], catalog_);
                    json.close('}');
                }
            }
            json.close(']');
        }
        json.close('}');
        console_.out.line(line);
        if (console_.out.closed()) return;
    }
}

void SessionOutput::csv(const std::vector<std::uint32_t>& sessions, terminal::Formulas formulas) const {
    std::vector<std::string> titles = session_columns();
    titles.insert(titles.begin(), "session");
    std::string text;
    terminal::append_csv_row(text, titles, formulas);
    for (const std::uint32_t index : sessions) {
        std::vector<std::string> cells = session_cells(history_.sessions[index], catalog_);
        cells.insert(cells.begin(), names_.of(index));
        terminal::append_csv_row(text, cells, formulas);
        console_.out.write(text);
        text.clear();
        if (console_.out.closed()) return;
    }
    console_.out.write(text);
}

void SessionOutput::facts(std::uint32_t index) const {
    std::string scratch;
    for (std::size_t i = 0; const match::Property& property : match::session_properties()) {
        const FieldValue value =
            match::read(history_.sessions[index], static_cast<match::SessionProperty>(i++), catalog_, scratch);
        std::string text = match::spelled(value, match::as_written(property, history_.sessions[index]));
        if (text.empty() || text == "-") continue;
        if (value.type == ValueType::Time)
            text = when_.exact_text({value.signed_number});
        else if (property.type == match::Type::Duration)
            text = to_string(Duration{value.signed_number});
        else
            text = message_parameter_words(text);
        console_.out.line(fmt::format("  {}{}", console_.paint(Style::Dim, fmt::format("{:<24}", property.name)),
                                      terminal::printable(text)));
    }
}

}  // namespace spoor::cli
