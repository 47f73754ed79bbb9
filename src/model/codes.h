// What the numbers in logon records mean, in words.
//
// NTSTATUS of 4625 and 4776 ([MS-ERREF] 2.3), Kerberos results of 4768, 4769 and 4771 (RFC 4120 7.5.9), encryption and
// pre-authentication types, reasons of remote desktop disconnections, and the message parameters (%%1842) that Windows
// writes instead of words. To add a code: add a line to its table.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor {

/// Why a logon failed: "wrong password"; empty for a code that the table has not.
std::string_view logon_status_words(std::uint64_t ntstatus);

/// "wrong password (pre-authentication failed)"; empty for an unknown code.
std::string_view kerberos_result_words(std::uint64_t code);

/// "AES256"; empty for an unknown type.
std::string_view encryption_type_words(std::uint64_t type);

/// "password"; empty for an unknown type.
std::string_view preauthentication_words(std::uint64_t type);

/// Reason of LocalSessionManager 40; empty for an unknown one.
std::string_view disconnect_reason_words(std::uint64_t reason);

/// "%%1842" to "yes". Text that is no parameter, or an unknown one, comes back as it is.
std::string_view message_parameter_words(std::string_view text);

/// Status and sub-status of one failed logon as one reason: the sub-status where it says more, else the status, else
/// the code itself ("0xc00000e5").
std::string logon_failure_words(std::uint64_t status, std::uint64_t sub_status);

}  // namespace spoor
