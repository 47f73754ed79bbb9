#include "base/json_writer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>

#include "base/unicode.h"

namespace spoor {

namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = kOnes * 0x80;

/// How many bytes at the start of `text` are ASCII that stands for itself in a JSON string.
std::size_t plain_prefix(std::string_view text) {
    std::size_t at = 0;
    // Eight bytes at once: the high bit of a byte of `odd` is set where it is no such character (or stands behind one).
    for (; text.size() - at >= 8; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        const auto is_byte = [word](std::uint64_t byte) {
            return ((word ^ kOnes * byte) - kOnes) & ~(word ^ kOnes * byte);
        };
        const std::uint64_t odd =
            (word | ((word - kOnes * 0x20) & ~word) | is_byte('"') | is_byte('\\') | is_byte(0x7f)) & kHighs;
        if (odd != 0) break;
    }
    for (; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') break;
    }
    return at;
}

template <typename Number>
void append_number(std::string& out, Number value) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    const std::size_t plain = plain_prefix(text);
    out.push_back('"');
    out.append(text, 0, plain);
    if (plain == text.size()) {
        out.push_back('"');
        return;
    }
    text.remove_prefix(plain);
    std::string mended;
    if (!is_utf8(text)) {
        // Through UTF-16 and back: malformed bytes are U+FFFD afterwards.
        const std::u16string units = utf8_to_utf16(text);
        mended = utf16_to_utf8(reinterpret_cast<const std::uint8_t*>(units.data()), units.size());
        text = mended;
    }
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
                else
                    out.push_back(c);
        }
        const std::size_t run = plain_prefix(text);
        out.append(text, 0, run);
        text.remove_prefix(run);
    }
    out.push_back('"');
}

void JsonWriter::separate() {
    if (!first_) out_.push_back(',');
    first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_.push_back(bracket);
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_.push_back(bracket);
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_.push_back(':');
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    separate();
    append_json_string(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
    separate();
    append_number(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
    separate();
    append_number(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    separate();
    fmt::format_to(std::back_inserter(out_), "{}", value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace spoor
