// Mentions: which logon sessions and which process an event names, by whatever fields its kind has for them.
//
// The one place that knows in which field of which kind a logon id or a process stands; both the tracker, which learns
// from events, and attribution, which stamps them, ask here, so that the two cannot disagree.
#pragma once
#include <cstdint>
#include <string_view>

#include "model/event.h"

namespace spoor::sessions {

/// An account as one record names it; views into the batch.
struct NamedAccount {
    std::string_view sid;  // binary
    std::string_view domain;
    std::string_view name;

    bool empty() const { return sid.empty() && name.empty(); }
};

struct Mentions {
    std::uint64_t subject = 0;  // logon session that asked; 0 for none
    std::uint64_t target = 0;   // logon session that the event is about
    NamedAccount subject_account;
    NamedAccount target_account;
    NamedAccount process_user;  // under whom the process runs, as Sysmon or the record's writer has it

    std::uint32_t process_id = 0;   // the process that acts; of process_created, the new one
    std::string_view process_guid;  // 16 bytes or none
    std::string_view image;
    std::string_view activity;  // ActivityID, 16 bytes or none
};

/// One walk over the event's values.
Mentions mentions_of(const Batch& batch, const Event& event);

/// True where the subject of such an event is the identity that the acting process had in that moment.
bool subject_is_the_process_identity(Kind kind);

/// Which of an event's two logon ids it belongs to: for a session's own records the one that they are about.
std::uint64_t own_logon_id(Kind kind, std::uint64_t subject, std::uint64_t target);

/// "CORP\\jimmy" in its two halves; the domain is empty where there is none.
NamedAccount split_account(std::string_view text);

}  // namespace spoor::sessions
