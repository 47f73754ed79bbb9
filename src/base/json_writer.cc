#include "base/json_writer.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>

#include "base/plain_text.h"
#include "base/unicode.h"

namespace spoor {

namespace {

/// Sixteen bytes that are looked at together.
using Bytes = signed char __attribute__((vector_size(16)));

/// Whether a byte is anything but ASCII that stands for itself in a JSON string.
inline bool is_odd(char c) { return static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f; }

inline bool has_odd(Bytes bytes) {
    const auto odd = (bytes < 0x20) | (bytes == '"') | (bytes == '\\') | (bytes == 0x7f);
    std::uint64_t halves[2];
    std::memcpy(halves, &odd, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

/// Of four or eight bytes in one number: the high bit of a byte is set where it is odd (or stands behind one that is).
template <typename Word>
inline bool has_odd(Word word) {
    constexpr Word kOnes = static_cast<Word>(0x0101010101010101);
    const auto is_byte = [word](Word byte) { return ((word ^ kOnes * byte) - kOnes) & ~(word ^ kOnes * byte); };
    return ((word | ((word - kOnes * 0x20) & ~word) | is_byte('"') | is_byte('\\') | is_byte(0x7f)) & kOnes * 0x80) !=
           0;
}

/// Copies as many bytes as a Piece has, if none of them is odd.
template <typename Piece>
inline bool copy_piece(char* to, const char* from) {
    Piece piece;
    std::memcpy(&piece, from, sizeof piece);
    if (has_odd(piece)) return false;
    std::memcpy(to, &piece, sizeof piece);
    return true;
}

/// Copies a text of at least one Piece, the last one over what lies before it; tells how far it is known to be plain.
template <typename Piece>
inline std::size_t copy_pieces(char* to, std::string_view text) {
    std::size_t at = 0;
    for (; text.size() - at >= sizeof(Piece); at += sizeof(Piece))
        if (!copy_piece<Piece>(to + at, text.data() + at)) return at;
    const std::size_t last = text.size() - sizeof(Piece);
    return copy_piece<Piece>(to + last, text.data() + last) ? text.size() : at;
}

/// Copies the bytes at the start of `text` that stand for themselves in a JSON string; tells how many. There is room
/// for all of them.
inline std::size_t copy_plain(char* to, std::string_view text) {
    std::size_t at = 0;
    if (text.size() >= sizeof(Bytes))
        at = copy_pieces<Bytes>(to, text);
    else if (text.size() >= 8)
        at = copy_pieces<std::uint64_t>(to, text);
    else if (text.size() >= 4)
        at = copy_pieces<std::uint32_t>(to, text);
    for (; at < text.size() && !is_odd(text[at]); ++at) to[at] = text[at];
    return at;
}

/// Appends as much of `text` as stands for itself; tells how much.
std::size_t append_plain(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + text.size(),
                             [&](char* to, std::size_t) { return before + copy_plain(to + before, text); });
    return out.size() - before;
}

/// Appends a string in quotes, a comma in front and a colon behind where asked: one look at the memory for all of it,
/// which is most of what writing a line of JSON takes. False, and nothing appended, when a byte has to be escaped.
inline bool append_plain_string(std::string& out, std::string_view text, bool comma, bool colon) {
    const std::size_t before = out.size();
    bool plain = true;
    out.resize_and_overwrite(before + text.size() + 4, [&](char* const bytes, std::size_t) {
        char* to = bytes + before;
        if (comma) *to++ = ',';
        *to++ = '"';
        plain = copy_plain(to, text) == text.size();
        if (!plain) return before;
        to += text.size();
        *to++ = '"';
        if (colon) *to++ = ':';
        return static_cast<std::size_t>(to - bytes);
    });
    return plain;
}

void append_escaped_string(std::string& out, std::string_view text) {
    out.push_back('"');
    text.remove_prefix(append_plain(out, text));
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
        text.remove_prefix(append_plain(out, text));
    }
    out.push_back('"');
}

/// The number with a comma in front where asked.
template <typename Number>
void append_number(std::string& out, Number value, bool comma) {
    char text[25];
    text[0] = ',';
    const char* const end = std::to_chars(text + 1, text + sizeof text, value).ptr;
    out.append(static_cast<const char*>(comma ? text : text + 1), end);
}

}  // namespace

char* write_plain_text(char* to, std::string_view text) {
    return copy_plain(to, text) == text.size() ? to + text.size() : nullptr;
}

void append_json_string(std::string& out, std::string_view text) {
    if (!append_plain_string(out, text, false, false)) append_escaped_string(out, text);
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
    if (!append_plain_string(out_, name, !first_, true)) {
        separate();
        append_escaped_string(out_, name);
        out_.push_back(':');
    }
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    if (!append_plain_string(out_, value, !first_, false)) {
        separate();
        append_escaped_string(out_, value);
    }
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::whole(std::uint64_t value) {
    append_number(out_, value, !first_);
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::whole(std::int64_t value) {
    append_number(out_, value, !first_);
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    separate();
    char digits[32];
    const char* const end = fmt::format_to(digits, FMT_COMPILE("{}"), value);
    out_.append(static_cast<const char*>(digits), end);
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
