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
    std::string user;     // account name; empty for all
    std::string address;  // client address
    std::string host;

    bool is_empty() const { return user.empty() && address.empty() && host.empty(); }
};

/// A session, or one process in it; or tracks through many sessions.
struct FollowTarget {
    std::uint32_t session = kNobody;
    std::uint32_t process = kNobody;
    TrackFilter tracks = {};
};

struct FollowRequest {
    std::string what;  // WS07:0x1a2b3c, 5416@FS01, cmd.exe@FS01, a ProcessGuid, CHANNEL:RECORD@HOST, an address, a
                       // host, an account, a program
    std::optional<Timestamp> time;  // for a number or a program that was there more than once
};

/// How records may spell an account or a host, with stars for what may be there; others may be spelt so, too.
std::vector<std::string> spellings_of_account(std::string_view user);
std::vector<std::string> spellings_of_host(std::string_view host);

/// Finds what was asked for in the recollection of an archive; the error says what the text could have meant and what
/// is there instead.
Result<FollowTarget> find_follow_target(const FollowRequest& request, const SessionNames& names,
                                        store::Archive& archive);

}  // namespace spoor::cli
