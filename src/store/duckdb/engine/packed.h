// Packed: bytes compressed with Zstandard, their size in front. What blobs of the store are.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor::store::duckdb {

std::string pack(std::string_view bytes);

/// Refuses what is damaged, and what claims to be more than 256 MB.
Result<std::string> unpack(std::string_view packed);

}  // namespace spoor::store::duckdb
