// Required text: what a text must have in it to pass a predicate, for whoever keeps an index of texts.
#pragma once
#include <string>
#include <vector>

#include "match/predicate.h"

namespace spoor::match {

/// Pieces that all occur in a text once it is folded (fold_case).
using Pieces = std::vector<std::string>;

/// Every text that passes `predicate` has all pieces of one of these. Empty when nothing can be said, or when values of
/// other types than text may pass without their text being looked at.
std::vector<Pieces> required_text(const Predicate& predicate);

}  // namespace spoor::match
