#include "sources/linux/audit/record.h"

#include <algorithm>
#include <charconv>

namespace spoor::sensor {
namespace {

constexpr std::size_t kFieldLimit = 256;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Fields whose values come from users or programs: the kernel and libaudit write them quoted, or else in hexadecimal.
bool may_be_hex(AuditType type, std::string_view name) {
    // a0, a1[0]; of a system call these are numbers.
    if (type == AuditType::Arguments && name.starts_with('a')) return !name.contains('_') && name != "argc";
    constexpr std::string_view kNames[] = {"acct", "cmd",  "exe",  "comm", "cwd",       "proctitle",
                                           "name", "unit", "data", "grp",  "new_group", "saddr"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::optional<std::string> from_hex(std::string_view digits) {
    if (digits.size() < 2 || digits.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

/// Takes `name=value` pairs until the text ends; `quote` is what ends the text early, inside msg='...'.
void take_fields(std::string_view text, AuditRecord& record) {
    while (!text.empty() && record.fields.size() < kFieldLimit) {
        if (text.front() == ' ' || text.front() == '\'' || text.front() == '\n' || text.front() == '\0' ||
            text.front() == '\x1d') {
            text.remove_prefix(1);
            continue;
        }
        const std::size_t equals = text.find_first_of("= ");
        if (equals == std::string_view::npos) return;
        if (text[equals] == ' ') {  // a word without a value
            text.remove_prefix(equals + 1);
            continue;
        }
        const std::string_view name = text.substr(0, equals);
        text.remove_prefix(equals + 1);
        if (name == "msg" && text.starts_with('\'')) continue;  // its fields follow
        std::string_view value;
        if (text.starts_with('"')) {
            const std::size_t end = std::min(text.find('"', 1), text.size());
            value = text.substr(1, end - 1);
            text.remove_prefix(std::min(end + 1, text.size()));
            record.fields.emplace_back(name, value);
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" '\n\x1d"), text.size());
        value = text.substr(0, end);
        text.remove_prefix(end);
        std::optional<std::string> decoded = may_be_hex(record.type, name) ? from_hex(value) : std::nullopt;
        record.fields.emplace_back(name, decoded ? *std::move(decoded) : std::string(value));
    }
}

}  // namespace

AuditType audit_type_named(std::string_view name) {
    constexpr std::pair<std::string_view, AuditType> kTypes[] = {
        {"LOGIN", AuditType::Login},
        {"USER_AUTH", AuditType::UserAuth},
        {"USER_ACCT", AuditType::UserAcct},
        {"CRED_ACQ", AuditType::CredAcquired},
        {"CRED_DISP", AuditType::CredDisposed},
        {"USER_START", AuditType::UserStart},
        {"USER_END", AuditType::UserEnd},
        {"USER_ERR", AuditType::UserError},
        {"CRED_REFR", AuditType::CredRefreshed},
        {"USER_LOGIN", AuditType::UserLogin},
        {"USER_CMD", AuditType::UserCommand},
        {"SYSTEM_BOOT", AuditType::SystemBoot},
        {"SYSTEM_SHUTDOWN", AuditType::SystemShutdown},
        {"SERVICE_START", AuditType::ServiceStart},
        {"SERVICE_STOP", AuditType::ServiceStop},
        {"SYSCALL", AuditType::SystemCall},
        {"PATH", AuditType::Path},
        {"CONFIG_CHANGE", AuditType::ConfigurationChange},
        {"SOCKADDR", AuditType::SocketAddress},
        {"CWD", AuditType::WorkingDirectory},
        {"EXECVE", AuditType::Arguments},
        {"EOE", AuditType::EndOfEvent},
        {"PROCTITLE", AuditType::Title},
        {"CRYPTO_SESSION", AuditType::CryptoSession},
    };
    const auto* const known = std::ranges::find(kTypes, name, [](const auto& type) { return type.first; });
    return known == std::end(kTypes) ? AuditType{} : known->second;
}

std::string_view AuditRecord::text(std::string_view name) const {
    for (const auto& [field, value] : fields)
        if (field == name) return value;
    return {};
}

std::optional<std::uint32_t> AuditRecord::number(std::string_view name) const {
    const std::string_view value = text(name);
    if (value == "-1") return UINT32_MAX;
    std::uint32_t result = 0;
    const auto [end, errc] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (errc != std::errc{} || end != value.data() + value.size()) return std::nullopt;
    return result;
}

bool AuditRecord::succeeded() const {
    const std::string_view result = text("res");
    return result == "success" || result == "1";
}

std::string AuditRecord::deed() const {
    std::string what;
    for (const auto& [name, value] : fields) {
        if (name == "ses" || name == "auid" || name == "subj" || name == "res") continue;
        if (!what.empty()) what += ' ';
        what.append(name).append("=").append(value);
    }
    return what;
}

bool AuditRecord::turns_audit_off() const {
    return type == AuditType::ConfigurationChange && text("audit_enabled") == "0" && succeeded();
}

std::optional<AuditRecord> parse_audit(std::uint16_t type, std::string_view text) {
    constexpr std::string_view kStart = "audit(";
    if (!text.starts_with(kStart)) return std::nullopt;
    text.remove_prefix(kStart.size());
    const auto take = [&](char end_mark) -> std::optional<std::uint64_t> {
        std::uint64_t value = 0;
        const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (errc != std::errc{} || end == text.data() + text.size() || *end != end_mark) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
        return value;
    };
    const auto seconds = take('.');
    const auto milliseconds = seconds ? take(':') : std::nullopt;
    const auto serial = milliseconds ? take(')') : std::nullopt;
    if (!serial || *seconds > INT64_MAX / 1'000'000'000 - 1 || *milliseconds > 999) return std::nullopt;

    AuditRecord record;
    record.type = static_cast<AuditType>(type);
    record.time = Timestamp{static_cast<std::int64_t>(*seconds * 1'000'000'000 + *milliseconds * 1'000'000)};
    record.serial = *serial;
    if (text.starts_with(':')) text.remove_prefix(1);
    take_fields(text, record);
    return record;
}

}  // namespace spoor::sensor
