// Evidence pages: rows of evidence as bytes. What links rest on is found while a host's events are read; written down
// then, it need not be looked for among all events again when links are found, nor when logs of other hosts come.
//
// A page has its texts first, each once and the empty one not at all; then every list of Evidence: how many rows, and
// all members of each, as they stand in its struct. Texts, hosts and channels are places among the texts plus one, 0
// for none; times and record numbers are differences to those of the row before. A page stands by itself: it names
// hosts and channels.
#include <algorithm>
#include <boost/pfr.hpp>
#include <concepts>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/varint.h"
#include "trails/evidence/evidence.h"

namespace spoor::trails {
namespace {

// So many rows make some 50 kB, and even a busy host's are of an hour or more.
constexpr std::size_t kRowsOfPage = 2048;

template <typename... Rows>
constexpr std::size_t kMembersOf = (boost::pfr::tuple_size_v<Rows> + ...);

static_assert(
    kMembersOf<Connection, ExplicitCredentials, ServiceInstall, TaskChange, TaskRun, WmiSubscription, RemoteCall,
               WmiRequest, ProviderHost, ShellRequest, Arrival, Takeover, Invocation, JobFile, Injection,
               ForeignSubject, StationChange, Ticket, ShareAccess, FailedLogon, ClearedLog, AddressSighting> == 116,
    "pages have another form than those in stores: a new version of the store's layout must drop those");

class PageWriter {
public:
    explicit PageWriter(const Catalog& catalog) : catalog_(catalog) {}

    template <typename Row>
    void rows(std::span<const Row> rows) {
        put_varint(rows_, rows.size());
        time_ = {};
        sequence_ = 0;
        for (const Row& row : rows) boost::pfr::for_each_field(row, [this](auto& member) { (*this)(member); });
    }

    std::string take() {
        std::string bytes;
        put_varint(bytes, texts_.size());
        for (const std::string_view text : texts_) put_varint(bytes, text.size());
        for (const std::string_view text : texts_) bytes += text;
        return std::move(bytes.append(rows_));
    }

    template <typename T>
    void operator()(const T& value) {
        if constexpr (std::same_as<T, EventRef>)
            event(value);
        else if constexpr (std::same_as<T, ProcessName>)
            (*this)(value.guid), (*this)(value.pid), (*this)(value.image);
        else if constexpr (std::same_as<T, Endpoint>)
            (*this)(value.address), (*this)(value.port);
        else if constexpr (std::same_as<T, Guid> || std::same_as<T, IpAddress>)
            rows_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
        else if constexpr (std::same_as<T, Sid>)
            put_varint(rows_, value.bytes().size()), rows_ += value.bytes();
        else if constexpr (std::same_as<T, std::string_view>)
            put_varint(rows_, place_of(value));
        else if constexpr (std::same_as<T, HostId>)
            put_varint(rows_, place_of(catalog_.host_name(value)));
        else if constexpr (std::same_as<T, ChannelId>)
            put_varint(rows_, place_of(catalog_.channel_name(value)));
        else if constexpr (std::same_as<T, Timestamp>)
            difference(static_cast<std::uint64_t>(value.nanoseconds), time_);
        else if constexpr (std::same_as<T, LogonId>)
            put_varint(rows_, value.value());
        else
            put_varint(rows_, static_cast<std::uint64_t>(value));
    }

private:
    void event(const EventRef& event) {
        (*this)(event.host), (*this)(event.channel), (*this)(event.event_id), (*this)(event.time);
        difference(event.sequence, sequence_);
    }
    void difference(std::uint64_t value, std::uint64_t& before) {
        put_varint(rows_, zigzag(static_cast<std::int64_t>(value - std::exchange(before, value))));
    }
    std::size_t place_of(std::string_view text) {
        if (text.empty()) return 0;
        const auto [place, is_new] = places_.try_emplace(text, texts_.size() + 1);
        if (is_new) texts_.push_back(text);
        return place->second;
    }

    const Catalog& catalog_;
    std::vector<std::string_view> texts_;  // of the evidence and the catalog
    std::unordered_map<std::string_view, std::size_t, TextHash> places_;
    std::string rows_;
    std::uint64_t time_ = 0;
    std::uint64_t sequence_ = 0;
};

/// Bytes may be damaged: what was not there shows in `ok`.
class PageReader {
public:
    PageReader(std::string_view page, Catalog& catalog, TextPool& pool) : in_(page), catalog_(catalog), pool_(pool) {
        texts_.emplace_back();
        ByteReader sizes = in_;
        const std::uint64_t count = sizes.varint();
        in_ = sizes;
        if (count > sizes.left()) in_.fail();
        in_.skip_varints(in_.ok() ? count : 0);
        for (std::uint64_t i = 0; i < count && in_.ok(); ++i) texts_.push_back({.text = in_.bytes(sizes.varint())});
    }

    bool ok() const { return in_.ok(); }
    bool done() const { return in_.done(); }

    /// How many rows of a list there are; they follow.
    std::uint64_t count() {
        time_ = 0;
        sequence_ = 0;
        const std::uint64_t count = in_.varint();
        if (count > in_.left()) in_.fail();
        return in_.ok() ? count : 0;
    }
    template <typename Row>
    Row row() {
        Row row{};
        boost::pfr::for_each_field(row, [this](auto& member) { (*this)(member); });
        return row;
    }

    template <typename T>
    void operator()(T& value) {
        if constexpr (std::same_as<T, EventRef>)
            event(value);
        else if constexpr (std::same_as<T, ProcessName>)
            (*this)(value.guid), (*this)(value.pid), (*this)(value.image);
        else if constexpr (std::same_as<T, Endpoint>)
            (*this)(value.address), (*this)(value.port);
        else if constexpr (std::same_as<T, Guid> || std::same_as<T, IpAddress>)
            std::ranges::copy(in_.bytes(value.bytes.size()), value.bytes.begin());
        else if constexpr (std::same_as<T, Sid>)
            value = Sid::from_bytes(in_.bytes(in_.varint())).value_or(Sid{});
        else if constexpr (std::same_as<T, std::string_view>)
            value = kept(named());
        else if constexpr (std::same_as<T, HostId>)
            value = known(named(), &Named::host, [&](std::string_view name) { return catalog_.host(name); });
        else if constexpr (std::same_as<T, ChannelId>)
            value = known(named(), &Named::channel, [&](std::string_view name) { return catalog_.channel(name); });
        else if constexpr (std::same_as<T, Timestamp>)
            value.nanoseconds = static_cast<std::int64_t>(difference(time_));
        else if constexpr (std::same_as<T, LogonId>)
            value = LogonId(in_.varint());
        else
            value = static_cast<T>(in_.varint());
    }

private:
    /// A text of the page, and what it was found to be.
    struct Named {
        std::string_view text = {};
        bool is_kept = false;
        std::optional<HostId> host = {};
        std::optional<ChannelId> channel = {};
    };

    void event(EventRef& event) {
        (*this)(event.host), (*this)(event.channel), (*this)(event.event_id), (*this)(event.time);
        event.sequence = difference(sequence_);
    }
    std::uint64_t difference(std::uint64_t& before) {
        return before += static_cast<std::uint64_t>(unzigzag(in_.varint()));
    }
    Named& named() {
        const std::uint64_t place = in_.varint();
        if (place < texts_.size()) return texts_[place];
        in_.fail();
        return texts_.front();
    }
    std::string_view kept(Named& named) {
        if (!std::exchange(named.is_kept, true)) named.text = pool_.intern(named.text);
        return named.text;
    }
    template <typename Id, typename Find>
    static Id known(Named& named, std::optional<Id> Named::* id, Find find) {
        if (!(named.*id)) named.*id = named.text.empty() ? Id{} : find(named.text);
        return *(named.*id);
    }

    ByteReader in_;
    Catalog& catalog_;
    TextPool& pool_;
    std::vector<Named> texts_;
    std::uint64_t time_ = 0;
    std::uint64_t sequence_ = 0;
};

}  // namespace

std::size_t Evidence::passing_rows() const {
    std::size_t rows = 0;
    each_passing(*this, [&](const auto& list) { rows += list.size(); });
    return rows;
}

std::vector<EvidencePage> Evidence::take_passing() {
    settle();
    std::vector<Timestamp> times;
    each_passing(*this, [&](const auto& rows) {
        for (const auto& row : rows) times.push_back(row.event.time);
    });
    std::ranges::sort(times);
    std::vector<EvidencePage> pages;
    for (auto begin = times.begin(); begin != times.end();) {
        EvidencePage& page = pages.emplace_back();
        page.first = *begin;
        page.last = *(begin + std::min<std::ptrdiff_t>(times.end() - begin, kRowsOfPage) - 1);
        begin = std::ranges::upper_bound(begin, times.end(), page.last);
        PageWriter writer(*catalog_);
        each_passing(*this, [&]<typename Row>(const std::vector<Row>& rows) {
            const auto time_of = [](const Row& row) { return row.event.time; };
            const auto from = std::ranges::lower_bound(rows, page.first, {}, time_of);
            writer.rows(std::span<const Row>(from, std::ranges::upper_bound(rows, page.last, {}, time_of)));
        });
        each_lasting(*this, [&]<typename Row>(const std::vector<Row>&) { writer.rows(std::span<const Row>()); });
        page.bytes = writer.take();
    }
    forget_passing();
    return pages;
}

std::string Evidence::lasting_page() const {
    PageWriter writer(*catalog_);
    each_passing(*this, [&]<typename Row>(const std::vector<Row>&) { writer.rows(std::span<const Row>()); });
    each_lasting(*this, [&]<typename Row>(const std::vector<Row>& rows) { writer.rows(std::span<const Row>(rows)); });
    return writer.take();
}

Result<void> Evidence::add_page(std::string_view page, Timestamp from, Timestamp until) {
    PageReader reader(page, *catalog_, texts_);
    const auto take = [&]<typename Row>(std::vector<Row>& rows) {
        for (std::uint64_t left = reader.count(); left > 0 && reader.ok(); --left) {
            const Row row = reader.row<Row>();
            if (!reader.ok()) break;
            if constexpr (requires { row.event; })
                if (row.event.time < from || row.event.time > until) continue;
            if constexpr (requires { this->add(row); })
                add(row);
            else
                rows.push_back(row);
        }
    };
    each_passing(*this, take);
    each_lasting(*this, take);
    if (!reader.ok() || !reader.done()) return fail(Errc::Corrupt, "a page of evidence is damaged");
    return {};
}

}  // namespace spoor::trails
