#include "model/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace spoor {
namespace {

struct Code {
    std::uint64_t number;
    std::string_view words;
};

// clang-format off
constexpr Code kLogonStatus[] = {  // ordered by number
    {0x0, "success"},
    {0xc0000022, "access denied"},
    {0xc000005e, "no logon server available"},
    {0xc0000064, "no such user"},
    {0xc000006a, "wrong password"},
    {0xc000006c, "password does not meet the policy"},
    {0xc000006d, "bad user name or password"},
    {0xc000006e, "account restriction (blank password or sign-in policy)"},
    {0xc000006f, "outside the hours allowed"},
    {0xc0000070, "from a workstation that is not allowed"},
    {0xc0000071, "password expired"},
    {0xc0000072, "account disabled"},
    {0xc000009a, "insufficient system resources"},
    {0xc00000bb, "not supported"},
    {0xc00000dc, "account database in the wrong state"},
    {0xc000010b, "logon type not valid here (usual before a UAC prompt)"},
    {0xc0000133, "clocks too far apart"},
    {0xc000015b, "logon type not granted to this user"},
    {0xc000018c, "trust between the domains failed"},
    {0xc000018d, "trust between workstation and domain failed"},
    {0xc0000192, "Netlogon service not started"},
    {0xc0000193, "account expired"},
    {0xc0000224, "password must be changed first"},
    {0xc0000225, "not found (harmless error of Windows)"},
    {0xc0000234, "account locked out"},
    {0xc00002ee, "an error occurred during logon"},
    {0xc0000371, "no secret stored for the account"},
    {0xc0000380, "wrong PIN of the smart card"},
    {0xc0000381, "smart card blocked"},
    {0xc0000388, "downgrade of the authentication detected"},
    {0xc0000413, "not allowed to authenticate to this machine"},
    {0xc0000418, "NTLM is blocked"},
    {0xc000a100, "NTLM is blocked"},
};

constexpr Code kKerberosResult[] = {
    {0x00, "success"},
    {0x01, "client's entry expired"},
    {0x02, "server's entry expired"},
    {0x03, "protocol version not supported"},
    {0x04, "client's key encrypted with an old master key"},
    {0x05, "server's key encrypted with an old master key"},
    {0x06, "no such user"},
    {0x07, "no such service"},
    {0x08, "service name not unique"},
    {0x09, "client or server has no key"},
    {0x0a, "ticket cannot be postdated"},
    {0x0b, "requested start is after the end"},
    {0x0c, "restricted by policy (workstation, hours, smart card)"},
    {0x0d, "option not allowed (delegation)"},
    {0x0e, "encryption type not supported"},
    {0x0f, "checksum type not supported"},
    {0x10, "pre-authentication type not supported (smart card)"},
    {0x11, "transited type not supported"},
    {0x12, "account disabled, expired or locked out"},
    {0x13, "service's credentials revoked"},
    {0x14, "ticket-granting ticket revoked"},
    {0x15, "account not valid yet"},
    {0x16, "service not valid yet"},
    {0x17, "password expired"},
    {0x18, "wrong password"},
    {0x19, "pre-authentication required (usual first round)"},
    {0x1a, "server does not match the ticket"},
    {0x1b, "only user-to-user allowed"},
    {0x1c, "path not accepted"},
    {0x1d, "service not available"},
    {0x1f, "integrity check failed"},
    {0x20, "ticket expired"},
    {0x21, "ticket not valid yet"},
    {0x22, "replayed request"},
    {0x23, "ticket is not for us"},
    {0x24, "ticket and authenticator do not match"},
    {0x25, "clocks too far apart"},
    {0x26, "wrong network address"},
    {0x27, "protocol version does not match"},
    {0x28, "wrong message type"},
    {0x29, "message modified"},
    {0x2a, "messages out of order"},
    {0x2c, "key version not available"},
    {0x2d, "service key not available"},
    {0x2e, "mutual authentication failed"},
    {0x2f, "wrong direction of the message"},
    {0x30, "other authentication method required"},
    {0x31, "wrong sequence number"},
    {0x32, "inappropriate checksum"},
    {0x34, "answer too big for UDP"},
    {0x3c, "generic error"},
    {0x3d, "field too long"},
    {0x3e, "client's certificate not trusted"},
    {0x3f, "domain controller's certificate not trusted"},
    {0x40, "invalid signature"},
    {0x41, "key too weak"},
    {0x42, "user-to-user required"},
    {0x43, "no ticket-granting ticket"},
    {0x44, "wrong realm"},
};

constexpr Code kEncryptionTypes[] = {
    {0x1, "DES-CBC-CRC"}, {0x3, "DES-CBC-MD5"}, {0x11, "AES128"}, {0x12, "AES256"}, {0x17, "RC4"}, {0x18, "RC4-EXP"}, {0xffffffff, "none (failed)"},
};

constexpr Code kPreauthentication[] = {
    {0, "none"}, {2, "password"}, {11, "encryption type list"}, {15, "smart card"}, {16, "certificate"}, {17, "certificate"},
    {19, "encryption type list"}, {20, "referral"}, {138, "password, armoured (FAST)"},
};

constexpr Code kDisconnectReasons[] = {
    {0, "no reason given"}, {1, "disconnected by an administrator's tool"}, {2, "logged off by an administrator's tool"}, {3, "idle for too long"},
    {4, "connected for too long"}, {5, "replaced by another connection"}, {6, "out of memory"}, {7, "refused by the server"},
    {9, "not allowed to connect"}, {10, "credentials must be given again"}, {11, "disconnected by the user"}, {12, "logged off by the user"},
};

constexpr Code kMessageParameters[] = {
    {1537, "DELETE"}, {1538, "READ_CONTROL"}, {1539, "WRITE_DAC"}, {1540, "WRITE_OWNER"}, {1541, "SYNCHRONIZE"}, {1542, "ACCESS_SYS_SEC"},
    {1832, "Identification"}, {1833, "Impersonation"}, {1840, "Delegation"}, {1842, "yes"}, {1843, "no"},
    {1936, "Default"}, {1937, "Full"}, {1938, "Limited"},
    {2304, "an error occurred during logon"}, {2305, "the user account does not exist"}, {2307, "account locked out"},
    {2308, "logon type not granted to this user"}, {2309, "password expired"}, {2310, "account disabled"}, {2311, "outside the hours allowed"},
    {2312, "from a workstation that is not allowed"}, {2313, "unknown user name or bad password"},
    {4416, "ReadData"}, {4417, "WriteData"}, {4418, "AppendData"}, {4419, "ReadEA"}, {4420, "WriteEA"}, {4421, "Execute"},
    {4423, "ReadAttributes"}, {4424, "WriteAttributes"},
    {4432, "Query key value"}, {4433, "Set key value"}, {4434, "Create sub-key"}, {4435, "Enumerate sub-keys"}, {4436, "Notify about changes"}, {4437, "Create link"},
    {14592, "Inbound"}, {14593, "Outbound"},
};
// clang-format on

static_assert(std::ranges::is_sorted(kLogonStatus, {}, &Code::number) &&
              std::ranges::is_sorted(kKerberosResult, {}, &Code::number) &&
              std::ranges::is_sorted(kMessageParameters, {}, &Code::number));

std::string_view words(std::span<const Code> codes, std::uint64_t number) {
    const auto found = std::ranges::lower_bound(codes, number, {}, &Code::number);
    return found != codes.end() && found->number == number ? found->words : std::string_view();
}

}  // namespace

std::string_view logon_status_words(std::uint64_t ntstatus) { return words(kLogonStatus, ntstatus); }
std::string_view kerberos_result_words(std::uint64_t code) { return words(kKerberosResult, code); }
std::string_view encryption_type_words(std::uint64_t type) { return words(kEncryptionTypes, type); }
std::string_view preauthentication_words(std::uint64_t type) { return words(kPreauthentication, type); }
std::string_view disconnect_reason_words(std::uint64_t reason) { return words(kDisconnectReasons, reason); }

std::string_view message_parameter_words(std::string_view text) {
    if (!text.starts_with("%%") || text.size() > 7) return text;
    std::uint64_t number = 0;
    for (const char digit : text.substr(2)) {
        if (digit < '0' || digit > '9') return text;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    const std::string_view found = words(kMessageParameters, number);
    return found.empty() ? text : found;
}

std::string logon_failure_words(std::uint64_t status, std::uint64_t sub_status) {
    const std::uint64_t code = sub_status != 0 ? sub_status : status;
    if (const std::string_view closer = logon_status_words(code); !closer.empty()) return std::string(closer);
    if (const std::string_view general = logon_status_words(status); !general.empty())
        return fmt::format("{} ({:#x})", general, code);
    return fmt::format("{:#x}", code);
}

}  // namespace spoor
