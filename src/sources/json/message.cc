#include "sources/json/message.h"

#include <algorithm>

#include "base/unicode.h"

namespace spoor::json {
namespace {

/// A line "Label: value" of the message of some events.
struct Label {
    std::string_view label;
    std::string_view name;
};

/// A message that is one sentence; each {} is a value.
struct Sentence {
    std::string_view pattern;
    std::string_view names[2];
};

struct Source {
    std::string_view provider;
    std::uint32_t first_id;
    std::uint32_t last_id;
    std::span<const Label> labels;
    Sentence sentence = {};
    std::span<const Label> assignments = {};  // "Label = value" anywhere in the message
};

constexpr Label kTerminalSession[] = {
    {"User", "User"}, {"Session ID", "SessionID"}, {"Source Network Address", "Address"}};
constexpr Label kAuthenticated[] = {{"User", "Param1"}, {"Domain", "Param2"}, {"Source Network Address", "Param3"}};
constexpr Label kInstalled[] = {{"Service Account", "AccountName"}};

constexpr Label kWmiActivity[] = {{"HostProcess", "HostProcess"},
                                  {"ProcessID", "ProcessID"},
                                  {"ClientMachine", "ClientMachine"},
                                  {"User", "User"},
                                  {"UserName", "User"},
                                  {"ClientProcessId", "ClientProcessId"},
                                  {"ClientProcessID", "ClientProcessId"}};

constexpr std::string_view kLocalSessionManager = "Microsoft-Windows-TerminalServices-LocalSessionManager";
constexpr std::string_view kRemoteConnectionManager = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";

constexpr Source kSources[] = {
    {kLocalSessionManager, 21, 25, kTerminalSession},
    {kLocalSessionManager, 39, 39, {}, {"Session {} has been disconnected by session {}", {"TargetSession", "Source"}}},
    {kLocalSessionManager, 40, 40, {}, {"Session {} has been disconnected, reason code {}", {"Session", "Reason"}}},
    {kLocalSessionManager, 41, 42, kTerminalSession},
    {kRemoteConnectionManager, 261, 261, {}, {"Listener {} received a connection", {"listenerName"}}},
    {kRemoteConnectionManager, 1149, 1149, kAuthenticated},
    {"Service Control Manager", 7045, 7045, kInstalled},
    {"Microsoft-Windows-WMI-Activity", 5857, 5860, {}, {}, kWmiActivity},
};

bool has(const windows::Record& record, std::string_view name) {
    return std::ranges::any_of(record.data, [&](const windows::RecordValue& value) { return value.name == name; });
}

void add(windows::Record& record, std::string_view name, std::string_view text) {
    if (!has(record, name)) record.data.push_back({name, text});
}

/// Calls `take` with label and value of each line "Label: value".
template <typename Take>
void for_each_line(std::string_view message, Take take) {
    while (!message.empty()) {
        const std::size_t end = message.find('\n');
        const std::string_view line = trimmed(message.substr(0, end));
        if (const std::size_t colon = line.find(':'); colon != std::string_view::npos)
            take(line.substr(0, colon), trimmed(line.substr(colon + 1)));
        message = end == std::string_view::npos ? std::string_view() : message.substr(end + 1);
    }
}

/// "Id = {...}; ClientMachine = WS07; User = CORP\\brian; ClientProcessId = 720; ..."
void read_assignments(windows::Record& record, std::span<const Label> labels) {
    constexpr std::string_view kEquals = " = ";
    const std::string_view text = record.message;
    for (std::size_t at = text.find(kEquals); at != text.npos; at = text.find(kEquals, at + 1)) {
        const std::size_t before = text.find_last_of(" ;,", at - std::min<std::size_t>(at, 1));
        const std::string_view label = text.substr(before + 1, at - before - 1);
        const auto known = std::ranges::find(labels, label, &Label::label);
        const std::string_view rest = text.substr(at + kEquals.size());
        const std::string_view value = trimmed(rest.substr(0, rest.find_first_of(";,\r\n")));
        if (known != labels.end() && !value.empty()) add(record, known->name, value);
    }
}

void read_sentence(windows::Record& record, const Sentence& sentence) {
    std::string_view pattern = sentence.pattern;
    std::string_view text = record.message;
    std::string_view values[2];
    for (std::string_view& value : values) {
        const std::size_t hole = pattern.find("{}");
        if (hole == std::string_view::npos) break;
        if (!text.starts_with(pattern.substr(0, hole))) return;
        text.remove_prefix(hole);
        pattern.remove_prefix(hole + 2);
        const std::size_t end = std::min(text.find_first_of(" ,.\r\n"), text.size());
        value = text.substr(0, end);
        text.remove_prefix(end);
    }
    if (!text.starts_with(pattern)) return;
    for (std::size_t i = 0; i < 2; ++i)
        if (!sentence.names[i].empty() && !values[i].empty()) add(record, sentence.names[i], values[i]);
}

}  // namespace

void recover_from_message(windows::Record& record) {
    if (record.message.empty()) return;
    // Sysmon's message is its values, line by line. What agents overwrite is the ProcessId.
    if (record.provider == "Microsoft-Windows-Sysmon") {
        if (record.data.size() > 2 && has(record, "ProcessId")) return;
        const bool has_values = !record.data.empty();
        for_each_line(record.message, [&](std::string_view label, std::string_view value) {
            const bool is_title = value.empty() || label.contains(' ');
            if (!is_title && (!has_values || label == "ProcessId")) add(record, label, value);
        });
        return;
    }
    for (const Source& source : kSources) {
        if (record.provider != source.provider || record.event_id < source.first_id || record.event_id > source.last_id)
            continue;
        for_each_line(record.message, [&](std::string_view label, std::string_view value) {
            for (const Label& known : source.labels)
                if (known.label == label && !value.empty()) add(record, known.name, value);
        });
        if (!source.sentence.pattern.empty()) read_sentence(record, source.sentence);
        if (!source.assignments.empty()) read_assignments(record, source.assignments);
    }
}

}  // namespace spoor::json
