// The members of an archive, one after the other.
#pragma once
#include <functional>
#include <string>

#include "sources/input.h"

namespace spoor::sources {

/// Calls `visit` with each member's name and content, in the order of the archive; what it leaves unread is passed
/// over. An archive that breaks off gives its members up to there, and then an error.
Result<> for_each_member(Input& archive, const std::function<void(std::string_view name, Input& content)>& visit);

}  // namespace spoor::sources
