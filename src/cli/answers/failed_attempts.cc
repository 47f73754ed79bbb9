#include "cli/answers/failed_attempts.h"

#include <fmt/format.h>

#include "base/unicode.h"
#include "cli/scope.h"
#include "match/language/query.h"
#include "model/codes.h"
#include "trails/evidence/evidence.h"

namespace spoor::cli {
namespace {

std::string reason_of(EventView record) {
    const std::uint64_t status = record.find("Status"_field).as_number().value_or(0);
    const bool kerberos = record.event.kind == Kind::PreauthenticationFailed || record.event.kind == Kind::TgtRequested;
    if (!kerberos) return logon_failure_words(status, record.find("SubStatus"_field).as_number().value_or(0));
    const std::string_view words = kerberos_result_words(status);
    return words.empty() ? fmt::format("{:#x}", status) : std::string(words);
}

/// A controller's record is of a failure only if its status says so; a client that is asked for its proof first (0x19)
/// has not failed yet.
bool succeeded(EventView record) {
    constexpr std::uint64_t kProofRequired = 0x19;
    const auto status = record.find("Status"_field).as_number();
    if (record.event.kind == Kind::LogonFailed) return false;
    return !status || status == 0 || (record.event.kind != Kind::CredentialsValidated && status == kProofRequired);
}

}  // namespace

std::string failed_attempts_filter(std::string_view host) {
    return fmt::format(
        "(kind: logon_failed and {}) or kind: preauthentication_failed or "
        "(kind: (tgt_requested or credentials_validated) and not outcome: success)",
        one_of("host", {std::string(host)}));
}

std::optional<FailedAttempt> failed_attempt(EventView record, const Session& session) {
    if (succeeded(record)) return std::nullopt;
    const std::string_view user = record.text("TargetUserName"_field);
    const auto address = record.find("IpAddress"_field).as_address();
    std::string_view workstation = record.text("Workstation"_field);
    if (workstation.empty()) workstation = record.text("WorkstationName"_field);
    while (workstation.starts_with('\\')) workstation.remove_prefix(1);
    const bool from_there =
        (address && !address->is_loopback() && address == session.source_address) ||
        (!workstation.empty() && equals_ignoring_ascii_case(workstation, trimmed(session.workstation)));
    if (!trails::same_account(user, session.user.name) && !from_there) return std::nullopt;
    return FailedAttempt{.user = std::string(user),
                         .from = address ? to_text(record.find("IpAddress"_field)) : std::string(workstation),
                         .reason = reason_of(record)};
}

bool is_just_before(HostId host, Timestamp time, const Session& session, const trails::Clocks& clocks) {
    if (host != session.key.host) time = time + clocks.between(host, session.key.host, time);
    return session.start && time <= *session.start && time >= *session.start - kJustBefore;
}

Result<trails::Clocks> clocks_around(store::Archive& archive, Timestamp time) {
    constexpr Duration kHalfADay = Duration::seconds(12 * 3600);
    const match::Expr where = TRY(match::parse_filter(
        "kind: (network_connection or tgt_requested or service_ticket_requested or preauthentication_failed)",
        {.subject = match::Subject::Events, .now = {}, .catalog = &archive.catalog()}));
    const auto stream = TRY(archive.events({.where = where, .from = time - kHalfADay, .until = time + kHalfADay}));
    trails::Evidence evidence(archive.catalog());
    Batch batch;
    while (TRY(stream->next(batch))) evidence.observe(batch);
    evidence.settle();
    return trails::Clocks(trails::estimate_clock_skews(*TRY(archive.history()), evidence));
}

}  // namespace spoor::cli
