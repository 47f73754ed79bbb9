// JsonWriter: writes JSON into a string, keeping the order of what it is given. Numbers of 64 bits stay exact.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor {

/// Commas are its own affair: `w.open('{').key("user").text("CORP\\jimmy").close('}')`.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& key(std::string_view name);

    /// A string. Malformed UTF-8 becomes U+FFFD, so that what is written is always JSON.
    JsonWriter& text(std::string_view value);
    JsonWriter& number(std::uint64_t value);
    JsonWriter& number(std::int64_t value);
    JsonWriter& number(double value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// A value that is JSON already.
    JsonWriter& raw(std::string_view json);

private:
    void separate();

    std::string& out_;
    bool first_ = true;
};

/// Appends `text` as a JSON string, quotes and all.
void append_json_string(std::string& out, std::string_view text);

}  // namespace spoor
