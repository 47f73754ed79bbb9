#include "store/duckdb/record_page.h"

#include <concepts>
#include <type_traits>

#include "base/unicode.h"
#include "base/varint.h"
#include "model/history_members.h"
#include "store/duckdb/packed.h"

namespace spoor::store::duckdb {
namespace {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

std::uint32_t first_of(const Place& place, const HostBases& bases) {
    const HostBases::Base base = bases.of(place.host);
    return place.table == Table::Boots ? base.boots : place.table == Table::Sessions ? base.sessions : base.processes;
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}

void put_time(std::string& out, Timestamp time) { put_varint(out, zigzag(time.nanoseconds)); }

/// Puts a record's members one behind the other.
struct Write {
    std::string& out;
    const HostBases& bases;
    const Catalog& catalog;
    Names& names;
    Result<void> outcome = {};

    template <typename T>
    void operator()(std::string_view, const T& value) {
        put(value);
    }

    template <typename T>
    void put(const T& value) {
        if constexpr (IsOptional<T>::value) {
            out += value ? '\1' : '\0';
            if (value) put(*value);
        } else if constexpr (std::same_as<T, Timestamp>)
            put_time(out, value);
        else if constexpr (std::same_as<T, LogonId>)
            put_varint(out, value.value());
        else if constexpr (std::same_as<T, std::string_view>)
            // As the columns have it, which take UTF-8 only.
            put_text(out, is_utf8(value) ? std::string(value) : windows1252_to_utf8(value));
        else if constexpr (std::same_as<T, Sid>)
            put_text(out, value.bytes());
        else if constexpr (std::same_as<T, Guid> || std::same_as<T, IpAddress>)
            out.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
        else if constexpr (std::same_as<T, Place>)
            put_varint(out, value.index == kNobody ? 0 : std::uint64_t{value.index} - first_of(value, bases) + 1);
        else if constexpr (std::same_as<T, HostId>)
            put_varint(out, number(catalog.host_name(value)));
        else if constexpr (std::same_as<T, std::vector<EventRef>>)
            put_evidence(value);
        else
            put_varint(out, static_cast<std::uint64_t>(value));
    }

    void put_evidence(const std::vector<EventRef>& evidence) {
        put_varint(out, evidence.size());
        for (const EventRef& ref : evidence) {
            put_varint(out, number(catalog.host_name(ref.host)));
            put_varint(out, number(catalog.channel_name(ref.channel)));
            put_varint(out, ref.event_id);
            put_varint(out, ref.sequence);
            put_time(out, ref.time);
        }
    }

    std::uint32_t number(std::string_view name) {
        const auto found = names.number_of(name);
        if (found) return *found;
        outcome = std::unexpected(found.error());
        return 0;
    }
};

/// Fills a record's members.
struct Read {
    ByteReader& reader;
    const RecordReading& with;

    template <typename T>
    void operator()(std::string_view, T&& value) {
        take(value);
    }

    template <typename T>
    void take(T& value) {
        if constexpr (IsOptional<T>::value) {
            if (reader.bytes(1) == std::string_view("\1", 1)) take(value.emplace());
        } else if constexpr (std::same_as<T, Timestamp>)
            value = time();
        else if constexpr (std::same_as<T, LogonId>)
            value = LogonId(reader.varint());
        else if constexpr (std::same_as<T, std::string_view>)
            value = with.texts.intern(reader.bytes(reader.varint()));
        else if constexpr (std::same_as<T, Sid>)
            value = Sid::from_bytes(reader.bytes(reader.varint())).value_or(Sid{});
        else if constexpr (std::same_as<T, Guid> || std::same_as<T, IpAddress>) {
            const std::string_view bytes = reader.bytes(value.bytes.size());
            if (reader.ok()) std::ranges::copy(bytes, value.bytes.begin());
        } else if constexpr (std::same_as<T, Place>) {
            const auto place = static_cast<std::uint32_t>(reader.varint());
            value.index = place == 0 ? kNobody : first_of(value, with.bases) + place - 1;
        } else if constexpr (std::same_as<T, HostId>)
            value = host();
        else if constexpr (std::same_as<T, std::vector<EventRef>>)
            take_evidence(value);
        else
            value = static_cast<T>(reader.varint());
    }

    void take_evidence(std::vector<EventRef>& evidence) {
        for (std::uint64_t left = reader.varint(); left > 0 && reader.ok() && !reader.done(); --left) {
            EventRef ref;
            ref.host = host();
            ref.channel = with.catalog.channel(with.names.name(static_cast<std::uint32_t>(reader.varint())));
            ref.event_id = static_cast<std::uint16_t>(reader.varint());
            ref.sequence = reader.varint();
            ref.time = time();
            evidence.push_back(ref);
        }
    }

    Timestamp time() { return {unzigzag(reader.varint())}; }
    HostId host() { return with.catalog.host(with.names.name(static_cast<std::uint32_t>(reader.varint()))); }
};

}  // namespace

template <typename Record>
Result<void> RecordPage<Record>::add(const Record& record, const HostBases& bases, const Catalog& catalog,
                                     Names& names) {
    const std::size_t before = records_.size();
    Write write{records_, bases, catalog, names};
    // Place refers to a member, so the visitors see records that could be changed; this one does not.
    visit_members(write, const_cast<Record&>(record));
    sizes_.push_back(records_.size() - before);
    return std::move(write.outcome);
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
    for (std::uint32_t place = 0; place < count; ++place) {
        ByteReader reader(records.bytes(sizes.varint()));
        if (!records.ok()) return damaged();
        if (!wanted(place)) continue;
        Record record;
        Read read{reader, reading};
        visit_members(read, record);
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
