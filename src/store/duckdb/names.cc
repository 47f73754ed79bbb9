#include "store/duckdb/names.h"

#include <algorithm>

namespace spoor::store::duckdb {

Names::Names(Names&& other) noexcept
    : connection_(std::move(other.connection_)), names_(std::move(other.names_)), numbers_(std::move(other.numbers_)) {}

Result<Names> Names::load(Connection connection) {
    Names names(std::move(connection));
    std::vector<std::pair<std::uint32_t, std::string>> found;
    Rows rows = TRY(names.connection_.query("SELECT id, name FROM names"));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            found.emplace_back(rows.numbers<std::uint32_t>(0)[row], rows.text(1, row));
    std::ranges::sort(found);
    for (auto& [id, name] : found) {
        if (id != names.names_.size()) return fail(Errc::Corrupt, "the store's table of names has a hole");
        names.numbers_.emplace(name, id);
        names.names_.push_back(std::move(name));
    }
    return names;
}

Result<std::uint32_t> Names::number_of(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(names_.size());
    // Names come out of logs: what is no UTF-8 cannot be stored as VARCHAR, but the catalog holds texts that are.
    Rows rows = TRY(connection_.query("INSERT INTO names VALUES (?, ?)", {std::uint64_t{number}, name}));
    names_.emplace_back(name);
    numbers_.emplace(names_.back(), number);
    return number;
}

std::optional<std::uint32_t> Names::find(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    const auto known = numbers_.find(name);
    if (known == numbers_.end()) return std::nullopt;
    return known->second;
}

std::string Names::name(std::uint32_t number) const {
    const std::scoped_lock lock(mutex_);
    return number < names_.size() ? names_[number] : std::string();
}

}  // namespace spoor::store::duckdb
