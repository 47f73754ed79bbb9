// RecordBuilder: puts what an exporter wrote into a record. What the layouts share stands here: numbers, keywords,
// outcomes and levels in the forms in which exporters write them, times, and values that lie in one another.
#pragma once
#include <optional>

#include "base/result.h"
#include "sources/json/layout.h"

namespace spoor::json {

/// A decimal or, after "0x", hexadecimal number that fills the text.
std::optional<std::int64_t> integer(std::string_view text);

/// Reads the parts of a record that the layouts share. All set what they find and leave the rest alone.
class RecordBuilder {
public:
    explicit RecordBuilder(Reading& reading) : reading_(reading), record_(reading.record) {}

    void system(std::string_view field, std::string_view text) {
        if (!text.empty()) record_.system.push_back({field, text});
    }
    void data(std::string_view name, std::string_view text) { record_.data.push_back({name, text}); }
    void provider(std::string_view text) { record_.provider = text; }
    void channel(std::string_view text) { record_.channel = text; }
    void computer(std::string_view text) { record_.computer = text; }
    void message(std::string_view text) { record_.message = text; }
    void event_id(std::string_view text);
    void number(std::string_view text);

    /// Keywords as a number, which exporters may take for a signed one.
    void keywords(std::string_view text);
    /// "Audit Success", "audit_failure", "AUDIT_SUCCESS": how renderings say it.
    void outcome(std::string_view text);
    /// A level by its English name or its number.
    void level(std::string_view text);
    void opcode(std::string_view text);

    /// Adds an element of EventData or UserData, and what lies in it under names joined by dots.
    void element(const Document& document, std::string_view name, const Node& node);

    /// The record's time, read from what stands under `key`; fails if it is none.
    Result<> time(std::string_view text, std::string_view key);

private:
    Reading& reading_;
    windows::Record& record_;
};

/// evtx_dump numbers elements of the same name: Header, Header_1, Header_2. They are one field with several values.
std::string_view without_number(const Document& document, const Node& parent, std::string_view key);

}  // namespace spoor::json
