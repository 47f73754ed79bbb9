// Escaping: UTF-16 from a chunk written as UTF-8 that XML or JSON can hold, in one pass.
//
// Nearly all text in logs is ASCII with nothing to escape, so sixteen units at a time are narrowed and tested at once,
// and only a block with something else in it is written unit by unit. Text ends at its first NUL. Each function needs
// escaped_bound(units) bytes at `to` and kChunkSlack readable bytes behind the text; it returns the end of what it
// wrote.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::evtx {

enum class Escaping : std::uint8_t { XmlText, XmlAttribute, Json };

constexpr std::size_t escaped_bound(std::size_t units) { return 6 * units + 32; }

/// What the target cannot hold is dropped (control characters in XML); a lone surrogate becomes U+FFFD.
template <Escaping escaping>
char* write_escaped(const std::uint8_t* units, std::size_t count, char* to);

extern template char* write_escaped<Escaping::XmlText>(const std::uint8_t*, std::size_t, char*);
extern template char* write_escaped<Escaping::XmlAttribute>(const std::uint8_t*, std::size_t, char*);
extern template char* write_escaped<Escaping::Json>(const std::uint8_t*, std::size_t, char*);

/// The same for bytes of Windows-1252.
template <Escaping escaping>
char* write_escaped_ansi(const std::uint8_t* bytes, std::size_t count, char* to);

extern template char* write_escaped_ansi<Escaping::XmlText>(const std::uint8_t*, std::size_t, char*);
extern template char* write_escaped_ansi<Escaping::XmlAttribute>(const std::uint8_t*, std::size_t, char*);
extern template char* write_escaped_ansi<Escaping::Json>(const std::uint8_t*, std::size_t, char*);

/// Of UTF-8 text that is constant: names and literals of templates.
std::string escaped(std::string_view utf8, Escaping escaping);

}  // namespace spoor::evtx
