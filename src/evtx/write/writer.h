// Writing .evtx files that Event Viewer and other readers accept.
//
//     LogWriter log = TRY(LogWriter::create("Security.evtx"));
//     const NamedValue data[] = {{"TargetUserName", NewValue::text("alice")}, {"TargetLogonId",
//     NewValue::hex64(0x3e7)}}; TRY(log.add({.provider = "Microsoft-Windows-Security-Auditing", .event_id = 4624, .time
//     = now, .channel = "Security",
//                  .computer = "WS01.corp.example", .data = data}));
//     TRY(log.finish());
//
// Record ids are given out in order. Records of the same provider, event and value names share a template in each
// chunk, as in logs that Windows wrote; one chunk is held in memory.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "evtx/record.h"

namespace spoor::evtx {

/// A value as it is stored.
struct NewValue {
    Type type = Type::Null;
    std::string bytes = {};

    static NewValue null() { return {}; }
    static NewValue text(std::string_view utf8);
    static NewValue text_array(std::span<const std::string_view> items);
    static NewValue i32(std::int32_t value);
    static NewValue u8(std::uint8_t value);
    static NewValue u16(std::uint16_t value);
    static NewValue u32(std::uint32_t value);
    static NewValue u64(std::uint64_t value);
    static NewValue hex32(std::uint32_t value);
    static NewValue hex64(std::uint64_t value);
    static NewValue boolean(bool value);
    static NewValue guid(const Guid& value);
    static NewValue filetime(Timestamp time);
    static NewValue binary(std::string_view bytes);
    /// Of a SID's binary form.
    static NewValue sid(std::string_view bytes);
};

struct NamedValue {
    std::string_view name;  // of the <Data>; "" for one of those that count by position
    NewValue value;
};

/// An event as it is to be written. What is left out has the value that Windows gives it.
struct NewEvent {
    std::string_view provider = {};
    std::optional<Guid> provider_guid = {};
    std::uint16_t event_id = 0;
    std::optional<std::uint16_t> qualifiers = {};
    std::uint8_t version = 0;
    std::uint8_t level = 0;
    std::uint16_t task = 0;
    std::uint8_t opcode = 0;
    std::uint64_t keywords = 0;
    Timestamp time = {};
    std::optional<Guid> activity_id = {};
    std::optional<Guid> related_activity_id = {};
    std::uint32_t process_id = 0;
    std::uint32_t thread_id = 0;
    std::string_view channel = {};
    std::string_view computer = {};
    std::string_view user_sid = {};  // binary; "" for none
    std::span<const NamedValue> data = {};

    /// Not "" for events that keep their data in <UserData><ELEMENT xmlns="NAMESPACE"><name>value</name>...
    std::string_view user_element = {};
    std::string_view user_namespace = {};
};

class LogWriter {
public:
    /// Writes a new file, replacing one that is there.
    static Result<LogWriter> create(const std::string& path, std::uint64_t first_record_id = 1);

    /// Writes into memory: see bytes().
    explicit LogWriter(std::uint64_t first_record_id = 1);

    LogWriter(LogWriter&&) noexcept;
    LogWriter& operator=(LogWriter&&) noexcept;
    ~LogWriter();

    /// The id that the record got. An event that does not fit into a chunk is an error, and nothing is written of it.
    Result<std::uint64_t> add(const NewEvent& event);

    /// Completes the last chunk and the file header. Nothing can be added afterwards.
    Result<void> finish();

    /// The whole file after finish(), when it was written into memory.
    const std::vector<std::uint8_t>& bytes() const;

private:
    class File;
    std::unique_ptr<File> file_;
};

}  // namespace spoor::evtx
