// The store's tables, and the version of their layout.
//
// An event stands in two tables. `pages` holds it whole: some thousand events of like form packed together, times,
// record numbers and words column by column. `events` holds what it can be asked by: a row of integers, one column for
// each field of kIndexed whose values are numbers of words (words.h). What SQL cannot find by those columns is found by
// reading pages. What times and forms a page's events are of, and what the texts of a page of words can have in them
// (trigrams.h), is known without reading it. `forms` says what is the same for many events: host, channel, kind, event
// id and the list of fields.
//
// Events are facts and never change. Who was behind them (`actors`, `sessions`, `processes`, `links`, `boots`) is a
// conclusion: it is worked out for a whole host at a time, and replaced when later logs tell more.
//
// Rows are only ever inserted, by one transaction for each commit of a writer; a chapter is what one writer wrote in
// one go, with its own words and forms, so that writers do not wait for each other and old chapters go away as a whole.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/event.h"
#include "store/duckdb/engine/engine.h"

namespace spoor::store::duckdb {

// One thing DuckDB does not keep to: a transaction that adds 122,880 rows or more to a table leaves them there when the
// process is killed within its COMMIT, while all else of it is undone (replaying the log adds such rows at once). So
// rows of the tables that may get so many are good only if a table that never does says so: those of `events` up to the
// number that `commits` gives their chapter, those of conclusions and of actors if they are of the generation that
// `concluded` gives or an earlier one. Everything else is as if it were not there, and is swept away when the store is
// next opened for writing.

/// Raised when a table changes; migrate() brings a store of an earlier version up to this one.
constexpr std::uint64_t kSchemaVersion = 6;

/// The fields that `events` has a column for: those that people ask by. Any other field can be asked by as well; it is
/// looked up in the pages of the forms that have it. Changing the list makes a new schema version.
inline constexpr FieldId kIndexed[] = {
    "SubjectUserSid"_field,
    "SubjectUserName"_field,
    "SubjectDomainName"_field,
    "SubjectLogonId"_field,
    "TargetUserSid"_field,
    "TargetUserName"_field,
    "TargetDomainName"_field,
    "TargetLogonId"_field,
    "LogonType"_field,
    "LogonGuid"_field,
    "LogonId"_field,
    "IpAddress"_field,
    "WorkstationName"_field,
    "Status"_field,
    "LogonProcessName"_field,
    "ServiceName"_field,
    "User"_field,
    "ProcessGuid"_field,
    "ProcessId"_field,
    "Image"_field,
    "CommandLine"_field,
    "ParentImage"_field,
    "ParentCommandLine"_field,
    "ParentProcessId"_field,
    "TargetFilename"_field,
    "ImageLoaded"_field,
    "Hashes"_field,
    "SourceImage"_field,
    "TargetImage"_field,
    "GrantedAccess"_field,
    "SourceIp"_field,
    "DestinationIp"_field,
    "DestinationHostname"_field,
    "DestinationPort"_field,
    "QueryName"_field,
    "TargetObject"_field,
    "Details"_field,
    "ObjectName"_field,
    "PipeName"_field,
    "TaskName"_field,
    "ScriptBlockText"_field,
};
inline constexpr std::size_t kIndexedCount = std::size(kIndexed);

/// Fields that say the same for all events of a kind from a host: part of the form, so that they cost nothing.
inline constexpr FieldId kFormFields[] = {
    "Provider"_field, "EventID"_field, "Version"_field,  "Level"_field,  "Task"_field,      "Opcode"_field,
    "Keywords"_field, "Channel"_field, "Computer"_field, "UserID"_field, "EventType"_field,
};

/// The place of a field in kIndexed.
std::optional<std::size_t> indexed_place(FieldId field);
bool is_form_field(FieldId field);

/// Columns of `events` in front of those of kIndexed.
enum EventColumn : std::size_t { kSeqColumn, kTimeColumn, kRecordColumn, kFormColumn, kFirstIndexedColumn };

/// The number of an event within the store: its chapter in the upper half, its place in the chapter in the lower.
constexpr std::uint64_t sequence_number(std::uint32_t chapter, std::uint32_t place) {
    return static_cast<std::uint64_t>(chapter) << 32 | place;
}
constexpr std::uint32_t chapter_of(std::uint64_t seq) { return static_cast<std::uint32_t>(seq >> 32); }

/// How often conclusions were drawn: rows of a later generation are not good.
Result<std::uint32_t> generation_of(Connection& connection);
/// Takes away rows that a killed transaction left.
Result<void> sweep(Connection& connection);

/// Makes the tables of a new store.
Result<void> create_tables(Connection& connection);
/// The version that the store was written with; 0 when it is empty.
Result<std::uint64_t> schema_version(Connection& connection);
/// Brings the tables of an earlier version up to kSchemaVersion; refuses those of a later one.
Result<void> migrate(Connection& connection, Access access);

}  // namespace spoor::store::duckdb
