// Present: how events, sessions, processes and links look as JSON. One place, so that every route spells them alike.
//
// Numbers of 64 bits that a browser would round (logon ids, sequence numbers, times in nanoseconds) are texts.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "model/catalog.h"
#include "model/history.h"
#include "model/session_name.h"
#include "store/archive.h"

namespace spoor::server {

/// What is needed to name what an event's numbers point at. `history` and `names` may be null: actors are left out
/// then.
struct Naming {
    const Catalog& catalog;
    const History* history = nullptr;
    const SessionNames* names = nullptr;
};

/// "1602282490000000000-17": where an event stands in the archive's order, as addresses and pages carry it.
std::string to_string(const store::Position& position);
Result<store::Position> parse_position(std::string_view text);

/// Who an event is about or who did it, for people: the actor's user, else the account that the record names.
std::string user_of(const EventView& view, const Naming& naming);
/// What happened, in one line: the fields that its kind is known by.
std::string summary_of(const EventView& view, const Naming& naming);

/// One line of a table; `fields` are the further columns that were asked for.
void write_event_row(JsonWriter& json, const EventView& view, const store::Position& at, const Naming& naming,
                     std::span<const FieldId> fields);
/// Whether an event comes with the XML that Windows shows for its record.
enum class Record : std::uint8_t { Left, Xml };
/// Everything that is known of an event.
void write_event(JsonWriter& json, const EventView& view, const store::Position& at, const Naming& naming,
                 Record record = Record::Left);

/// How many links lead to a session and from it.
struct LinkCount {
    std::uint32_t in = 0;
    std::uint32_t out = 0;
};
void write_session_row(JsonWriter& json, std::uint32_t session, LinkCount links, const Naming& naming);
/// All its facts, those without a value left out.
void write_session_facts(JsonWriter& json, const Session& session, const Catalog& catalog);
void write_process(JsonWriter& json, std::uint32_t process, const Naming& naming);
void write_link(JsonWriter& json, const Link& link, const Naming& naming);
void write_evidence(JsonWriter& json, std::span<const EventRef> evidence, const Catalog& catalog);
void write_optional_time(JsonWriter& json, std::string_view key, const std::optional<Timestamp>& time);

/// "CORP\jimmy, network logon from 10.0.0.9, 09:12": the words that trails are told in.
std::string session_phrase(const Session& session, const Catalog& catalog);

}  // namespace spoor::server
