// Get-WinEvent | ConvertTo-Json: an array of objects whose values have lost their names:
// {"Id":4624,"Properties":[{"Value":"S-1-0-0"},...]}.
#include <fmt/format.h>

#include "sources/json/layouts.h"
#include "sources/json/message.h"
#include "sources/json/record_builder.h"

namespace spoor::json {

bool is_get_winevent(const Document& document) {
    return document.member("Id") && document.member("LogName") && document.member("TimeCreated");
}

Result<> read_get_winevent(const Document& document, Reading& reading) {
    RecordBuilder to(reading);
    to.provider(document.text("ProviderName"));
    to.channel(document.text("LogName"));
    to.computer(document.text("MachineName"));
    to.event_id(document.text("Id"));
    to.number(document.text("RecordId"));
    to.keywords(document.text("Keywords"));
    to.system("ProviderGuid", document.text("ProviderId"));
    to.system("Version", document.text("Version"));
    to.system("Level", document.text("Level"));
    to.system("Task", document.text("Task"));
    to.system("Opcode", document.text("Opcode"));
    to.system("ActivityID", document.text("ActivityId"));
    to.system("RelatedActivityID", document.text("RelatedActivityId"));
    to.system("ExecutionProcessID", document.text("ProcessId"));
    to.system("ExecutionThreadID", document.text("ThreadId"));
    to.message(document.text("Message"));
    if (const Node* const user = document.member("UserId"))
        to.system("UserID", user->is_scalar() ? user->text : document.text(*user, "Value"));
    recover_from_message(reading.record);
    if (const Node* const properties = document.member("Properties"))
        for (const Node& property : document.children(*properties)) to.data("", document.text(property, "Value"));

    // "/Date(1597312345678)/" from Windows PowerShell, ISO 8601 from PowerShell 7.
    std::string_view time = document.text("TimeCreated");
    if (const Node* const value = document.member("TimeCreated"); value && value->type == NodeType::Object)
        time = document.text(*value, "value");
    if (time.starts_with("/Date(")) {
        const auto milliseconds = integer(time.substr(6, time.find(')') - 6));
        if (!milliseconds || *milliseconds > 9'000'000'000'000 || *milliseconds < -9'000'000'000'000)
            return fail(Errc::Corrupt, fmt::format("TimeCreated '{}' is not a time", time.substr(0, 60)));
        reading.record.time = Timestamp{*milliseconds * 1'000'000};
        return {};
    }
    return to.time(time, "TimeCreated");
}

}  // namespace spoor::json
