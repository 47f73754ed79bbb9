// Words: what the records of logins call programs and terminals, and what it means.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::sensor {

/// The file name of a path.
std::string_view base_name(std::string_view path);

/// Whether a record tells a value there: "?", "(none)" and the like stand for none.
bool is_told(std::string_view value);

/// The terminal that a record names, spelled as the kernel's own records have it ("pts/0"); empty where it names none.
/// Daemons put their own name there: "ssh" in one record of a login, "sshd" in the next, "cron".
std::string terminal_of(std::string_view named);

/// Programs that take on an identity within a session, and so open none.
bool is_elevator(std::string_view service);

/// What kind of logon a service ("sshd", "cron") makes; the numbers of LogonType.
std::uint64_t logon_type(std::string_view service, bool has_tty);

}  // namespace spoor::sensor
