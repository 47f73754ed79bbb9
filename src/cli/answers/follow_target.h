// What `spoor follow` is asked about, and where that is in a History.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/session_name.h"
#include "store/archive.h"

namespace spoor::cli {

/// Whose tracks are asked for.
struct TrackFilter {
    std::vector<std::string> users;  // an account's name, or all that it went by; none for everyone
    std::string address;             // client address
    std::string host;

    bool is_empty() const { return users.empty() && address.empty() && host.empty(); }
};

/// A session, or one process in it; or tracks through many sessions.
struct FollowTarget {
    std::uint32_t session = kNobody;
    std::uint32_t process = kNobody;
    TrackFilter tracks = {};
    std::string note = {};  // how a record leads to that session, where it does not name it
};

struct FollowRequest {
    std::string what;  // WS07:0x1a2b3c, 5416@FS01, cmd.exe@FS01, a ProcessGuid, CHANNEL:RECORD@HOST, an address, a
                       // host, an account or its SID, a program
    std::optional<Timestamp> time;  // for a number or a program that was there more than once
};

/// How records may spell an account or a host, with stars for what may be there; others may be spelt so, too.
std::vector<std::string> spellings_of_account(std::string_view user);
std::vector<std::string> spellings_of_accounts(const std::vector<std::string>& users);
std::vector<std::string> spellings_of_host(std::string_view host);

/// The names that a SID went by; what is no SID is a name itself.
Result<std::vector<std::string>> names_of_account(const std::string& user, store::Archive& archive);

/// Finds what was asked for in the recollection of an archive; the error says what the text could have meant and what
/// is there instead.
Result<FollowTarget> find_follow_target(const FollowRequest& request, const SessionNames& names,
                                        store::Archive& archive);

}  // namespace spoor::cli
