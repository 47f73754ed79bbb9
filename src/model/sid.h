// Sid: a Windows security identifier, the name of an account that does not change when the account is renamed.
#pragma once
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor {

/// Held in its binary form ([MS-DTYP] 2.4.2.2): revision, count, six bytes of authority, up to 15 sub-authorities.
class Sid {
public:
    static constexpr std::size_t kMaxSize = 8 + 4 * 15;

    /// The empty Sid: no account.
    Sid() = default;

    /// Reads "S-1-5-21-...": decimal or, for authorities past 32 bits, hexadecimal authority.
    static Result<Sid> parse(std::string_view text);

    /// Reads the binary form; `bytes` must hold exactly one SID.
    static Result<Sid> from_bytes(std::string_view bytes);

    std::string to_string() const;
    std::string_view bytes() const { return {bytes_, size_}; }

    bool empty() const { return size_ == 0; }
    std::uint64_t authority() const;
    std::size_t sub_authority_count() const { return size_ == 0 ? 0 : static_cast<std::uint8_t>(bytes_[1]); }
    std::uint32_t sub_authority(std::size_t index) const;

    /// The last sub-authority: 500 is the built-in administrator, 1000 and up are made accounts.
    std::uint32_t rid() const;

    friend bool operator==(const Sid& a, const Sid& b) { return a.bytes() == b.bytes(); }
    friend auto operator<=>(const Sid& a, const Sid& b) { return a.bytes() <=> b.bytes(); }

private:
    char bytes_[kMaxSize] = {};
    std::uint8_t size_ = 0;
};

/// Writes the text of a binary SID at `to`, which has 192 bytes; returns the end. Nothing is written for a malformed
/// one.
char* write_sid(std::string_view bytes, char* to);

}  // namespace spoor
