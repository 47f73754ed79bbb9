// Renewal: findings after some of a history was looked at anew: what was found before that time stays.
#pragma once
#include <span>
#include <vector>

#include "findings/finding.h"

namespace spoor::findings {

/// `found` in a history of which only the evidence since a day before `since` was read again; `before` is what was
/// found before, and `sessions` what the sessions that those name are called now (kNobody: nothing).
std::vector<Finding> renew(std::vector<Finding> found, std::span<const Finding> before, Timestamp since,
                           std::span<const std::uint32_t> sessions, const Catalog& catalog);

}  // namespace spoor::findings
