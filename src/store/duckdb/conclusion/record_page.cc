#include "store/duckdb/conclusion/record_page.h"

#include "base/unicode.h"
#include "model/member_codec.h"
#include "store/duckdb/engine/packed.h"

namespace spoor::store::duckdb {
namespace {

std::uint32_t first_of(const Place& place, const HostBases& bases) {
    const HostBases::Base base = bases.of(place.host);
    return place.table == Table::Boots ? base.boots : place.table == Table::Sessions ? base.sessions : base.processes;
}

/// Hosts and channels by the store's names, records by their places within their host.
struct StoredNumbers {
    const HostBases& bases;
    const Catalog& catalog;
    Names& names;
    RecordNumbers& known;
    Result<void> outcome = {};

    std::uint64_t number(HostId host) {
        return known.hosts.of(host, [&] { return number_of(catalog.host_name(host)); });
    }
    std::uint64_t number(ChannelId channel) {
        return known.channels.of(channel, [&] { return number_of(catalog.channel_name(channel)); });
    }
    std::uint64_t number(const Place& place) const {
        return place.index == kNobody ? 0 : std::uint64_t{place.index} - first_of(place, bases) + 1;
    }
    /// As the columns have it, which take UTF-8 only.
    std::string text(std::string_view text) const {
        return is_utf8(text) ? std::string(text) : windows1252_to_utf8(text);
    }

private:
    std::uint32_t number_of(std::string_view name) {
        const auto found = names.number_of(name);
        if (found) return *found;
        outcome = std::unexpected(found.error());
        return 0;
    }
};

/// The ids of what a page names.
struct KnownIds {
    LookedUp<std::uint64_t, HostId> hosts;
    LookedUp<std::uint64_t, ChannelId> channels;
};

/// The same, read back.
struct StoredNames {
    const RecordReading& with;
    KnownIds& known;

    HostId host(std::uint64_t number) const {
        return known.hosts.of(number, [&] { return with.catalog.host(name(number)); });
    }
    ChannelId channel(std::uint64_t number) const {
        return known.channels.of(number, [&] { return with.catalog.channel(name(number)); });
    }
    std::uint32_t index(const Place& place, std::uint64_t number) const {
        return number == 0 ? kNobody : first_of(place, with.bases) + static_cast<std::uint32_t>(number) - 1;
    }
    std::string_view text(std::string_view text) const { return with.texts ? with.texts->intern(text) : text; }

private:
    std::string name(std::uint64_t number) const { return with.names.name(static_cast<std::uint32_t>(number)); }
};

}  // namespace

template <typename Record>
Result<void> RecordPage<Record>::add(const Record& record, const HostBases& bases, const Catalog& catalog,
                                     Names& names) {
    const std::size_t before = records_.size();
    MemberWriter writer(records_, StoredNumbers{bases, catalog, names, numbers_});
    writer.write(record);
    sizes_.push_back(records_.size() - before);
    return std::move(writer.references().outcome);
}

template <typename Record>
std::string RecordPage<Record>::take() {
    std::string bytes;
    put_varint(bytes, sizes_.size());
    for (const std::size_t size : sizes_) put_varint(bytes, size);
    bytes += records_;
    sizes_.clear();
    records_.clear();
    return pack(bytes);
}

template <typename Record>
Result<void> read_record_page(std::string_view packed, const RecordReading& reading,
                              const std::function<bool(std::uint32_t place)>& wanted,
                              const std::function<void(std::uint32_t place, Record&& record)>& visit) {
    const std::string bytes = TRY(unpack(packed));
    const auto damaged = [] { return fail(Errc::Corrupt, "a page of conclusions is damaged"); };
    ByteReader sizes(bytes);
    const std::uint64_t count = sizes.varint();
    if (!sizes.ok() || count > sizes.left()) return damaged();
    ByteReader records = sizes;
    records.skip_varints(count);
    KnownIds known;
    for (std::uint32_t place = 0; place < count; ++place) {
        ByteReader reader(records.bytes(sizes.varint()));
        if (!records.ok()) return damaged();
        if (!wanted(place)) continue;
        Record record;
        MemberReader(reader, StoredNames{reading, known}).read(record);
        if (!reader.ok() || !reader.done()) return damaged();
        visit(place, std::move(record));
    }
    return {};
}

template class RecordPage<Boot>;
template class RecordPage<Session>;
template class RecordPage<Process>;
template class RecordPage<Link>;

template <typename Record>
using Visit = std::function<void(std::uint32_t, Record&&)>;
using Wanted = std::function<bool(std::uint32_t)>;
template Result<void> read_record_page(std::string_view, const RecordReading&, const Wanted&, const Visit<Boot>&);
template Result<void> read_record_page(std::string_view, const RecordReading&, const Wanted&, const Visit<Session>&);
template Result<void> read_record_page(std::string_view, const RecordReading&, const Wanted&, const Visit<Process>&);
template Result<void> read_record_page(std::string_view, const RecordReading&, const Wanted&, const Visit<Link>&);

}  // namespace spoor::store::duckdb
