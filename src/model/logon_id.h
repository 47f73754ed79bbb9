// LogonId: the number a host gives a logon session, unique on that host until it restarts.
//
// On Windows the LUID, which logs write as hex ("0x3e7") in EVTX and Sysmon and as decimal in some EDR exports; on
// Linux the audit session id. It is reused after a boot, so it never names a session on its own: see SessionKey, which
// adds host and boot.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor {

class LogonId {
public:
    static constexpr LogonId none() { return LogonId(0); }                 // "no caller", never a session
    static constexpr LogonId system() { return LogonId(0x3e7); }           // LocalSystem, S-1-5-18
    static constexpr LogonId anonymous() { return LogonId(0x3e6); }        // S-1-5-7
    static constexpr LogonId local_service() { return LogonId(0x3e5); }    // S-1-5-19
    static constexpr LogonId network_service() { return LogonId(0x3e4); }  // S-1-5-20
    static constexpr LogonId iuser() { return LogonId(0x3e3); }            // IIS

    constexpr LogonId() = default;
    explicit constexpr LogonId(std::uint64_t value) : value_(value) {}

    /// Reads "0x3e7" or "999". Surrounding blanks, signs, and numbers past 64 bits are errors, not guesses.
    static Result<LogonId> parse(std::string_view text);

    constexpr std::uint64_t value() const { return value_; }

    /// True for the sessions every Windows host has from boot, which no person logged on to.
    constexpr bool is_well_known() const { return value_ >= 0x3e3 && value_ <= 0x3e7; }

    /// "0x3e7": the spelling of Event Viewer, so that a copied value finds itself there.
    std::string to_string() const;

    friend constexpr auto operator<=>(LogonId, LogonId) = default;

private:
    std::uint64_t value_ = 0;
};

}  // namespace spoor
