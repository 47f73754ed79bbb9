// What someone who wrote a name wrong most likely meant.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor {

/// Up to `limit` of `names` that are near to `word` (few letters changed, or one containing the other), nearest first.
std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> names,
                                      std::size_t limit = 3);

/// "; did you mean 'a' or 'b'?", or nothing where no name is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

}  // namespace spoor
