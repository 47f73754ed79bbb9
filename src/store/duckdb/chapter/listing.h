// Listing: what a chapter consists of: its forms, and which pages of words and of events there are.
//
// A statement takes DuckDB a millisecond however little it asks for. So chapters are listed together, by three
// statements, and only those that are asked about.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/catalog.h"
#include "store/duckdb/chapter/form.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/names.h"

namespace spoor::store::duckdb {

/// What the store knows of a chapter without opening it.
struct ChapterEntry {
    std::uint32_t number = 0;
    std::uint64_t events = 0;
    std::int64_t first_time = INT64_MAX;
    std::int64_t last_time = INT64_MIN;

    /// Number of its last event: what stands behind that was never committed.
    std::uint64_t last_seq() const { return (static_cast<std::uint64_t>(number) << 32) + events - 1; }
};

struct Listing {
    /// A page of words of a field.
    struct WordRun {
        std::uint64_t place = 0;  // the row's in the table
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };
    struct WordsOf {
        FieldId field = FieldId::None;
        std::uint32_t name = 0;          // the store's number of the field
        std::vector<WordRun> runs = {};  // by first
    };
    /// A page of events, which are in order of their forms.
    struct EventRun {
        std::uint64_t first_seq = 0;
        std::uint32_t count = 0;
        std::int64_t first_time = 0;
        std::int64_t last_time = 0;
        std::uint32_t first_form = 0;
        std::uint32_t last_form = 0;
    };
    std::vector<Form> forms = {};
    std::vector<WordsOf> words = {};
    std::vector<EventRun> events = {};  // by first_seq
};

/// The listings of a store, as a connection sees it; good while the connection is.
class Listings {
public:
    Listings(Connection& connection, Catalog& catalog, const Names& names)
        : connection_(connection), catalog_(catalog), names_(names) {}

    /// Shared, because a store that is added to makes new ones while readers go on with those they have.
    using Shared = std::shared_ptr<const Listing>;
    /// Lists those that are not, or that have more events now than when they were.
    Result<void> list(std::span<const ChapterEntry> chapters);
    Result<Shared> of(const ChapterEntry& chapter);

private:
    Result<Shared> listed(std::uint32_t chapter) const;
    Result<void> read(std::uint32_t first, std::uint32_t last);
    Result<void> read_events(std::uint32_t first, std::uint32_t last);
    Result<void> read_words(const std::string& where);
    Result<void> read_forms(const std::string& where);

    Connection& connection_;
    Catalog& catalog_;
    const Names& names_;
    struct Listed {
        std::shared_ptr<Listing> listing = std::make_shared<Listing>();
        std::string damage = {};  // why it cannot be used; other chapters can
    };
    std::unordered_map<std::uint32_t, Listed> chapters_;
};

}  // namespace spoor::store::duckdb
