#include "model/sid.h"

#include <fmt/format.h>

#include <charconv>

#include "base/check.h"
#include "base/endian.h"

namespace spoor {
namespace {

std::uint64_t authority_of(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 2; i < 8; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

bool well_formed(std::string_view bytes) {
    return bytes.size() >= 8 && static_cast<std::uint8_t>(bytes[1]) <= 15 &&
           bytes.size() == 8u + 4u * static_cast<std::uint8_t>(bytes[1]);
}

}  // namespace

Result<Sid> Sid::parse(std::string_view text) {
    const auto refuse = [text] { return fail(Errc::Corrupt, fmt::format("'{}' is not a SID", text)); };
    std::string_view rest = text;
    if (!rest.starts_with("S-") && !rest.starts_with("s-")) return refuse();
    rest.remove_prefix(2);
    const auto number = [&rest](std::uint64_t& value) {
        const bool hex = rest.starts_with("0x") || rest.starts_with("0X");
        const char* const first = rest.data() + (hex ? 2 : 0);
        const auto [end, errc] = std::from_chars(first, rest.data() + rest.size(), value, hex ? 16 : 10);
        if (errc != std::errc{}) return false;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        return true;
    };
    std::uint64_t revision, authority;
    if (!number(revision) || revision > 255 || !rest.starts_with('-')) return refuse();
    rest.remove_prefix(1);
    if (!number(authority) || authority >> 48) return refuse();
    Sid sid;
    sid.bytes_[0] = static_cast<char>(revision);
    for (std::size_t i = 0; i < 6; ++i) sid.bytes_[2 + i] = static_cast<char>(authority >> (40 - 8 * i));
    std::size_t count = 0;
    while (!rest.empty()) {
        std::uint64_t part;
        if (rest.front() != '-' || count == 15) return refuse();
        rest.remove_prefix(1);
        if (!number(part) || part > UINT32_MAX) return refuse();
        save(sid.bytes_ + 8 + 4 * count++, static_cast<std::uint32_t>(part));
    }
    sid.bytes_[1] = static_cast<char>(count);
    sid.size_ = static_cast<std::uint8_t>(8 + 4 * count);
    return sid;
}

Result<Sid> Sid::from_bytes(std::string_view bytes) {
    if (!well_formed(bytes)) return fail(Errc::Corrupt, fmt::format("{} bytes that are not a SID", bytes.size()));
    Sid sid;
    std::memcpy(sid.bytes_, bytes.data(), bytes.size());
    sid.size_ = static_cast<std::uint8_t>(bytes.size());
    return sid;
}

char* write_sid(std::string_view bytes, char* to) {
    if (!well_formed(bytes)) return to;
    *to++ = 'S';
    *to++ = '-';
    to = std::to_chars(to, to + 4, static_cast<unsigned>(static_cast<std::uint8_t>(bytes[0]))).ptr;
    *to++ = '-';
    to = std::to_chars(to, to + 20, authority_of(bytes)).ptr;
    for (std::size_t at = 8; at < bytes.size(); at += 4) {
        *to++ = '-';
        to = std::to_chars(to, to + 10, load<std::uint32_t>(bytes.data() + at)).ptr;
    }
    return to;
}

std::string Sid::to_string() const {
    char text[192];
    return {text, write_sid(bytes(), text)};
}

std::uint64_t Sid::authority() const { return empty() ? 0 : authority_of(bytes()); }

std::uint32_t Sid::sub_authority(std::size_t index) const {
    CHECK(index < sub_authority_count());
    return load<std::uint32_t>(bytes_ + 8 + 4 * index);
}

std::uint32_t Sid::rid() const { return sub_authority_count() == 0 ? 0 : sub_authority(sub_authority_count() - 1); }

}  // namespace spoor
