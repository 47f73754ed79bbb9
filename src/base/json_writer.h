// JsonWriter: writes JSON into a string, keeping the order of what it is given. Numbers of 64 bits stay exact.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor {

/// Commas are its own affair: `w.open('{').text("user", "CORP\\jimmy").number("pid", 4568).close('}')`. A member of an
/// object is written in one go, or as a key and then what stands behind it.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& open(char bracket);
    JsonWriter& open(std::string_view key, char bracket) { return this->key(key).open(bracket); }
    JsonWriter& close(char bracket);
    JsonWriter& key(std::string_view name);

    /// A string. Malformed UTF-8 becomes U+FFFD, so that what is written is always JSON.
    JsonWriter& text(std::string_view value);
    JsonWriter& text(std::string_view key, std::string_view value) { return this->key(key).text(value); }
    template <std::unsigned_integral Number>
    JsonWriter& number(Number value) {
        return whole(std::uint64_t{value});
    }
    template <std::signed_integral Number>
    JsonWriter& number(Number value) {
        return whole(std::int64_t{value});
    }
    /// `null` where it is no number or infinite, which JSON does not know.
    JsonWriter& number(double value);
    template <typename Number>
    JsonWriter& number(std::string_view key, Number value) {
        return this->key(key).number(value);
    }
    JsonWriter& boolean(bool value);
    JsonWriter& boolean(std::string_view key, bool value) { return this->key(key).boolean(value); }
    JsonWriter& null();
    /// A value that is JSON already.
    JsonWriter& raw(std::string_view json);
    JsonWriter& raw(std::string_view key, std::string_view json) { return this->key(key).raw(json); }

private:
    void separate();
    JsonWriter& whole(std::uint64_t value);
    JsonWriter& whole(std::int64_t value);

    std::string& out_;
    bool first_ = true;
};

/// Appends `text` as a JSON string, quotes and all.
void append_json_string(std::string& out, std::string_view text);

}  // namespace spoor
