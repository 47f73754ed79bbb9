// What `spoor follow` is asked about, and where that is in a History.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/session_name.h"
#include "trails/index.h"

namespace spoor::cli {

/// A session, or one process in it.
struct FollowTarget {
    std::uint32_t session = kNobody;
    std::uint32_t process = kNobody;
};

struct FollowRequest {
    std::string what;              // WS07:0x1a2b3c, 5416@FS01, a ProcessGuid, or CHANNEL:RECORD@HOST
    std::optional<Timestamp> time; // for a pid that was used more than once
};

/// Finds what was asked for; the error says what the text could have meant and what is there instead.
Result<FollowTarget> find_follow_target(const FollowRequest& request, const trails::Index& index, const SessionNames& names, Catalog& catalog);

}  // namespace spoor::cli
