#include "sources/format.h"

#include <algorithm>
#include <iterator>

#include "sources/linux/audit_log/line.h"

namespace spoor::sources {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kArchiveMarks[] = {
    "PK\x03\x04"sv,
    "PK\x05\x06"sv,
    "7z\xbc\xaf\x27\x1c"sv,
    "\xfd"
    "7zXZ\0"sv,
    "\x28\xb5\x2f\xfd"sv,
    "BZh"sv,
    "Rar!\x1a\x07"sv,
};

constexpr std::string_view kBlanks = " \t\r\n"sv;

/// The first character that is no blank, of text in UTF-16.
char first_utf16(std::string_view text, std::size_t low_byte) {
    for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
        const char low = text[at + low_byte];
        if (text[at + 1 - low_byte] != 0) return 0;
        if (!kBlanks.contains(low)) return low;
    }
    return 0;
}

}  // namespace

Format format_of(std::string_view head) {
    if (head.empty()) return Format::Empty;
    // A log whose header was wiped still begins its chunks in the right place; the reader looks for them.
    if (head.starts_with("ElfFile\0"sv) || head.starts_with("ElfChnk\0"sv)) return Format::Evtx;
    if (head.starts_with("\x1f\x8b"sv)) return Format::Gzip;
    if (std::ranges::any_of(kArchiveMarks, [&](std::string_view mark) { return head.starts_with(mark); }))
        return Format::Archive;
    if (head.size() >= 262 && head.substr(257, 5) == "ustar"sv) return Format::Archive;
    if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) {
        const char first = first_utf16(head, head.starts_with("\xff\xfe"sv) ? 0 : 1);
        return first == '{' || first == '[' ? Format::JsonUtf16 : Format::Unknown;
    }
    if (head.starts_with("\xef\xbb\xbf"sv)) head.remove_prefix(3);
    const std::size_t begin = head.find_first_not_of(kBlanks);
    if (begin != std::string_view::npos) {
        if (head[begin] == '{' || head[begin] == '[') return Format::Json;
        // A table that begins with a row of nothing.
        if (head.substr(begin).starts_with("NaN\n{"sv) || head.substr(begin).starts_with("null\n{"sv))
            return Format::Json;
    }
    // What was cut off the front may have left a part of a line.
    if (sensor::is_audit_log(head) || sensor::is_audit_log(head.substr(head.find('\n') + 1))) return Format::AuditLog;
    return Format::Unknown;
}

}  // namespace spoor::sources
