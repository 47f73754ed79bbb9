// Audit: the records of the kernel's audit stream, as text that is taken apart here.
//
//     audit(1795322885.127:1114): pid=2628 uid=0 old-auid=4294967295 auid=1001 tty=(none) old-ses=4294967295 ses=3
//     res=1 audit(...): pid=2641 uid=0 auid=1001 ses=4 msg='op=login id=1001 exe="/usr/sbin/sshd" addr=127.0.0.1
//     res=success'
//
// Values are plain, in double quotes, or, where a program's or a user's own text held anything unusual, hexadecimal.
// The fields of a msg='...' count as fields of the record.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace spoor::sensor {

/// linux/audit.h; the ones we understand.
enum class AuditType : std::uint16_t {
    Login = 1006,
    UserAuth = 1100,
    UserAcct = 1101,
    CredAcquired = 1103,
    CredDisposed = 1104,
    UserStart = 1105,
    UserEnd = 1106,
    UserError = 1109,
    CredRefreshed = 1110,
    UserLogin = 1112,
    UserCommand = 1123,
    SystemBoot = 1127,
    SystemShutdown = 1128,
    ServiceStart = 1130,
    ServiceStop = 1131,
    SystemCall = 1300,
    Path = 1302,
    ConfigurationChange = 1305,
    SocketAddress = 1306,
    WorkingDirectory = 1307,
    Arguments = 1309,
    EndOfEvent = 1320,
    Title = 1327,
    CryptoSession = 2407,
};

/// By the name that auditd writes ("USER_LOGIN", "UNKNOWN[1334]"); 0 for those without a meaning here.
AuditType audit_type_named(std::string_view name);

struct AuditRecord {
    AuditType type = {};
    Timestamp time = {};
    std::uint64_t serial = 0;
    std::vector<std::pair<std::string, std::string>> fields;  // decoded, in their order

    /// The first field of that name; empty when there is none.
    std::string_view text(std::string_view name) const;
    /// The same as a number; nullopt when it is none. "4294967295" and "-1" both stand for "unset" and give UINT32_MAX.
    std::optional<std::uint32_t> number(std::string_view name) const;
    bool succeeded() const;
    /// What was done, without who did it and whether it succeeded: "op=set audit_enabled=0 old=1".
    std::string deed() const;
    /// Whether it tells that there will be no more records, because auditing was turned off.
    bool turns_audit_off() const;
};

/// nullopt when `text` does not begin with "audit(SECONDS.MILLISECONDS:SERIAL):".
std::optional<AuditRecord> parse_audit(std::uint16_t type, std::string_view text);

}  // namespace spoor::sensor
