// Names: the store's own numbers for hosts, channels, kinds and fields, which last from run to run.
//
// The Catalog's numbers are those of one run. A name is in the store before anything refers to it.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "store/duckdb/engine/engine.h"

namespace spoor::store::duckdb {

/// May be used by several threads.
class Names {
public:
    static Result<Names> load(Connection connection);
    Names(Names&&) noexcept;

    /// The number of a name; a new one is written at once.
    Result<std::uint32_t> number_of(std::string_view name);
    /// Nothing when the store does not know it.
    std::optional<std::uint32_t> find(std::string_view name) const;
    /// Empty for a number that no name has.
    std::string name(std::uint32_t number) const;

private:
    explicit Names(Connection connection) : connection_(std::move(connection)) {}

    Connection connection_;
    mutable std::mutex mutex_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> numbers_;
};

}  // namespace spoor::store::duckdb
