#include "sample/write.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/check.h"
#include "evtx/write/writer.h"

namespace spoor::sample {
namespace {

evtx::NewValue stored(const Value& value) {
    if (value.type == evtx::Type::Utf16) return evtx::NewValue::text(value.bytes);
    return {value.type, value.bytes};
}

Result<void> add(evtx::LogWriter& log, const LogFile& file, const Record& record) {
    std::vector<evtx::NamedValue> data;
    for (const Field& field : record.fields) data.push_back({field.name, stored(field.value)});
    evtx::NewEvent event;
    event.provider = record.provider->name;
    if (!record.provider->guid.empty()) event.provider_guid = TRY(Guid::parse(record.provider->guid));
    event.event_id = record.event_id;
    if (record.qualifiers != 0) event.qualifiers = record.qualifiers;
    event.version = record.version;
    event.level = record.level;
    event.task = record.task;
    event.keywords = record.keywords;
    event.time = record.time;
    event.activity_id = record.activity;
    event.process_id = record.process_id;
    event.thread_id = record.thread_id;
    event.channel = file.channel;
    event.computer = file.computer;
    if (record.user) event.user_sid = record.user->bytes();
    event.data = data;
    event.user_element = record.body.element;
    event.user_namespace = record.body.name_space;
    const std::uint64_t number = TRY(log.add(event));
    CHECK(number == record.number);
    return {};
}

}  // namespace

Result<std::vector<WrittenFile>> write_story(const Story& story, const std::string& folder) {
    std::vector<WrittenFile> written;
    for (const LogFile& file : story.files) {
        const std::filesystem::path path = std::filesystem::path(folder) / file.name;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error)
            return fail(Errc::Io,
                        fmt::format("making the folder {}: {}", path.parent_path().string(), error.message()));
        evtx::LogWriter log = TRY(evtx::LogWriter::create(path.string(), file.records.front().number));
        for (const Record& record : file.records) TRY(add(log, file, record));
        TRY(log.finish());
        written.push_back({path.string(), file.records.size()});
    }
    return written;
}

}  // namespace spoor::sample
