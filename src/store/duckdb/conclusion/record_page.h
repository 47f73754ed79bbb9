// RecordPage: boots, sessions, processes or links whole, some dozens of them packed together.
//
// A session has fifty members. To find a row of fifty columns takes DuckDB ten milliseconds, because it lies in fifty
// places. So the tables of conclusions have columns for what SQL is asked by, and the records themselves stand in
// pages, in order of their numbers; a page has records of one host.
//
// A page gives the size of each record first, so that one can be read without the others. Members stand as
// model/member_codec.h writes them. References to records of the same host are places within the host plus one, 0 for
// none.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text_pool.h"
#include "model/catalog.h"
#include "model/history.h"
#include "store/duckdb/conclusion/host_bases.h"
#include "store/duckdb/names.h"

namespace spoor::store::duckdb {

/// What a few keys were found to be, so that each is looked up once: the records of a page name the same hosts and
/// channels over and over, and looking up takes a lock.
template <typename Key, typename Found>
class LookedUp {
public:
    template <typename LookUp>
    Found of(const Key& key, LookUp look_up) {
        for (const auto& [known, found] : all_)
            if (known == key) return found;
        return all_.emplace_back(key, look_up()).second;
    }

private:
    std::vector<std::pair<Key, Found>> all_;
};

/// The store's numbers of hosts and channels.
struct RecordNumbers {
    LookedUp<HostId, std::uint64_t> hosts;
    LookedUp<ChannelId, std::uint64_t> channels;
};

template <typename Record>
class RecordPage {
public:
    static constexpr std::uint32_t kMostRecords = 128;

    Result<void> add(const Record& record, const HostBases& bases, const Catalog& catalog, Names& names);
    std::uint32_t size() const { return static_cast<std::uint32_t>(sizes_.size()); }
    /// The packed page of the records added since the last call.
    std::string take();

private:
    std::vector<std::size_t> sizes_;
    std::string records_;
    RecordNumbers numbers_;
};

/// What it takes to read records: what their numbers are relative to, and who keeps their texts. Without `texts` these
/// are good for the time of a visit.
struct RecordReading {
    const HostBases& bases;
    Catalog& catalog;
    const Names& names;
    TextPool* texts;
};

/// Calls `visit` with each record of a page that is wanted, by its place there.
template <typename Record>
Result<void> read_record_page(std::string_view packed, const RecordReading& reading,
                              const std::function<bool(std::uint32_t place)>& wanted,
                              const std::function<void(std::uint32_t place, Record&& record)>& visit);

extern template class RecordPage<Boot>;
extern template class RecordPage<Session>;
extern template class RecordPage<Process>;
extern template class RecordPage<Link>;

}  // namespace spoor::store::duckdb
