// Made events: short ways to write down what a log would have, for the tests of this room.
#pragma once
#include <string>
#include <string_view>

#include "base/endian.h"
#include "model/catalog.h"
#include "sessions/tracker.h"

namespace spoor::sessions {

/// Seconds into an invented day.
inline Timestamp at(double seconds) {
    return Timestamp{1'600'000'000'000'000'000 + static_cast<std::int64_t>(seconds * 1e9)};
}

/// A Sysmon process GUID: machine 1, that start, that boot and sequence.
inline Guid sysmon_guid(Timestamp start, std::uint64_t boot, std::uint64_t sequence) {
    Guid guid;
    guid.bytes[0] = 1;
    save(guid.bytes.data() + 4, static_cast<std::uint32_t>(start.nanoseconds / 1'000'000'000));
    save(guid.bytes.data() + 8, boot << 48 | sequence);
    return guid;
}

/// Writes events of one host; the record numbers of each channel count up by themselves.
class Made {
public:
    Catalog catalog;
    Batch batch;

    class Row {
    public:
        Row(Made& made, Kind kind, std::uint16_t event_id, Timestamp time, std::string_view channel) : made_(made) {
            event_.kind = kind;
            event_.event_id = event_id;
            event_.time = time;
            event_.channel = made.catalog.channel(channel);
            event_.host = made.catalog.host(made.host);
            event_.sequence = channel == "Security" ? ++made.security
                              : channel == "System" ? ++made.system
                                                    : ++made.other;
            made.batch.begin();
        }
        ~Row() { made_.batch.commit(event_); }
        Row(const Row&) = delete;
        Row& operator=(const Row&) = delete;

        Row& text(FieldId field, std::string_view value) { return made_.batch.add_text(field, value), *this; }
        Row& number(FieldId field, std::uint64_t value) { return made_.batch.add_number(field, value), *this; }
        Row& guid(FieldId field, const Guid& value) { return made_.batch.add_guid(field, value), *this; }
        Row& sid(FieldId field, std::string_view value) {
            return made_.batch.add_sid(field, *Sid::parse(value)), *this;
        }
        Row& time(FieldId field, Timestamp value) { return made_.batch.add_time(field, value), *this; }
        Row& numbered(std::uint64_t sequence) { return event_.sequence = sequence, *this; }
        Row& subject(std::uint64_t id, std::string_view user) {
            return number("SubjectLogonId"_field, id).text("SubjectUserName"_field, user);
        }
        Row& target(std::uint64_t id, std::string_view user) {
            return number("TargetLogonId"_field, id).text("TargetUserName"_field, user);
        }

    private:
        Made& made_;
        Event event_;
    };

    Row row(Kind kind, std::uint16_t event_id, double seconds, std::string_view channel = "Security") {
        return Row(*this, kind, event_id, at(seconds), channel);
    }

    void logon(double seconds, std::uint64_t id, std::string_view user, LogonType type = LogonType::Network,
               std::uint64_t linked = 0, std::uint64_t number = 0) {
        Row made = row(Kind::Logon, 4624, seconds);
        made.number("SubjectLogonId"_field, 0)
            .target(id, user)
            .number("LogonType"_field, static_cast<std::uint64_t>(type))
            .text("ElevatedToken"_field, "%%1842");
        made.number("TargetLinkedLogonId"_field, linked);
        if (number != 0) made.numbered(number);
    }
    void logoff(double seconds, std::uint64_t id, std::string_view user) {
        row(Kind::Logoff, 4634, seconds).target(id, user);
    }
    void started(double seconds, std::uint64_t pid, std::string_view image, std::uint64_t subject,
                 std::uint64_t target = 0, std::uint64_t parent = 0) {
        row(Kind::ProcessCreated, 4688, seconds)
            .subject(subject, "x")
            .number("TargetLogonId"_field, target)
            .number("ProcessId"_field, pid)
            .text("Image"_field, image)
            .number("ParentProcessId"_field, parent)
            .text("ParentImage"_field, "C:\\Windows\\explorer.exe");
    }
    void sysmon_started(double seconds, std::uint64_t boot, std::uint64_t sequence, std::uint64_t pid,
                        std::string_view image, std::uint64_t logon_id, double logon_seconds) {
        row(Kind::ProcessCreated, 1, seconds, kSysmon)
            .guid("ProcessGuid"_field, sysmon_guid(at(seconds), boot, sequence))
            .number("ProcessId"_field, pid)
            .text("Image"_field, image)
            .text("User"_field, "CORP\\jimmy")
            .number("LogonId"_field, logon_id)
            .guid("LogonGuid"_field, sysmon_guid(at(logon_seconds), 0, logon_id))
            .number("TerminalSessionId"_field, 2)
            .text("IntegrityLevel"_field, "Medium");
    }

    History history() const {
        Tracker tracker;
        tracker.observe(batch, catalog);
        return tracker.finish();
    }

    static constexpr std::string_view kSysmon = "Microsoft-Windows-Sysmon/Operational";
    static constexpr std::string_view kTerminal = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";
    std::string host = "WS07.corp.example";
    std::uint64_t security = 1000, system = 2000, other = 3000;
};

/// The sessions of that logon id, in order of their boots.
inline std::vector<const Session*> sessions_of(const History& history, std::uint64_t id) {
    std::vector<const Session*> found;
    for (const Session& session : history.sessions)
        if (session.key.logon_id.value() == id) found.push_back(&session);
    return found;
}

}  // namespace spoor::sessions
