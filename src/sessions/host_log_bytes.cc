// The serialised form of a HostLog: a header, the pool, channels by name, boot marks, facts, observations.
//
// Numbers are little-endian as in memory. Fields and kinds are written with their names once, because their numbers
// follow the order of the schema's tables, which grow. All of it is checked when read: a store's file may be damaged.
#include <fmt/format.h>

#include <cstring>

#include "base/endian.h"
#include "sessions/host_log.h"

namespace spoor::sessions {
namespace {

constexpr std::string_view kMagic = "SPOORHL1";

class Writer {
public:
    template <typename T>
    void number(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void text(std::string_view text) {
        number(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    void raw(std::string_view bytes) { bytes_ += bytes; }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Once it has run out, everything it gives is empty; `ok` is asked at the end and before counts are believed.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    template <typename T>
    T number() {
        if (rest_.size() < sizeof(T)) {
            ok_ = false;
            return {};
        }
        const T value = load<T>(rest_.data());
        rest_.remove_prefix(sizeof(T));
        return value;
    }
    std::string_view text() { return raw(number<std::uint32_t>()); }
    std::string_view raw(std::size_t size) {
        if (rest_.size() < size) {
            ok_ = false;
            return {};
        }
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }
    /// A count of things that take at least `least` bytes each.
    std::size_t count(std::size_t least) {
        const auto n = number<std::uint64_t>();
        if (n > rest_.size() / least) ok_ = false;
        return ok_ ? static_cast<std::size_t>(n) : 0;
    }
    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

std::string HostLog::serialise() const {
    Writer out;
    out.raw(kMagic);
    out.text(name_);
    out.number(static_cast<std::uint64_t>(kFieldCount));
    for (const Field& field : kFields) out.text(field.name);
    out.number(static_cast<std::uint64_t>(kKindCount));
    for (std::size_t i = 0; i < kKindCount; ++i) out.text(kKinds[i].name);
    out.number(static_cast<std::uint64_t>(blobs_.size()) - 1);
    for (std::uint32_t i = 1; i < blobs_.size(); ++i) out.text(blobs_[i]);
    out.number(static_cast<std::uint64_t>(boot_marks_.size()));
    for (const BootMark& mark : boot_marks_) {
        out.number(static_cast<std::uint8_t>(mark.source));
        out.number(mark.value);
    }
    out.number(static_cast<std::uint64_t>(facts_.size()));
    out.raw({reinterpret_cast<const char*>(facts_.data()), facts_.size() * sizeof(Fact)});
    out.number(static_cast<std::uint64_t>(channels_.size()));
    for (const Channel& channel : channels_) {
        out.text(channel.name);
        out.number(static_cast<std::uint8_t>(channel.counted));
        out.number(static_cast<std::uint64_t>(channel.seen.size()));
        for (std::size_t i = 0; i < channel.seen.size(); ++i)
            out.raw({reinterpret_cast<const char*>(&channel.seen[i]), sizeof(Observation)});
    }
    return out.take();
}

/// What turns bytes back into a HostLog, part by part, in the order in which `serialise` writes them.
class HostLog::Parser {
public:
    Parser(std::string_view bytes, Catalog& catalog) : in_(bytes), catalog_(catalog) {}

    Result<HostLog> run() {
        if (in_.raw(kMagic.size()) != kMagic) return damaged("they do not begin as such");
        const std::string name(in_.text());
        HostLog log(name, catalog_.host(name));
        read_names(log);
        TRY(read_boot_marks(log));
        TRY(read_facts(log));
        for (std::size_t left = in_.count(4); left > 0 && in_.ok(); --left) TRY(read_channel(log));
        if (!in_.ok() || !in_.at_end()) return damaged("cut off");
        return log;
    }

private:
    static std::unexpected<Error> damaged(std::string_view what) {
        return fail(Errc::Corrupt, fmt::format("kept observations of a host are damaged: {}", what));
    }

    void read_names(HostLog& log) {
        fields_.resize(in_.count(4));
        for (FieldId& field : fields_) field = find_field(in_.text()).value_or(FieldId::None);
        kinds_.resize(in_.count(4));
        for (Kind& kind : kinds_) kind = find_kind(in_.text()).value_or(Kind::Other);
        blobs_.resize(in_.count(4) + 1);
        for (std::size_t i = 1; i < blobs_.size(); ++i) blobs_[i] = log.blobs_.add(in_.text());
    }

    Result<void> read_boot_marks(HostLog& log) {
        marks_.resize(in_.count(9) + 1);
        for (std::size_t i = 1; i < marks_.size(); ++i) {
            const auto source = in_.number<std::uint8_t>();
            if (source > static_cast<std::uint8_t>(BootMark::Source::Sysmon)) return damaged("unknown mark of a boot");
            marks_[i] = log.add_boot_mark({static_cast<BootMark::Source>(source), in_.number<std::int64_t>()});
        }
        return {};
    }

    Result<void> read_facts(HostLog& log) {
        const std::size_t count = in_.count(sizeof(Fact));
        const std::string_view bytes = in_.raw(count * sizeof(Fact));
        if (!in_.ok() || count == 0) return damaged("cut off");
        log.facts_.resize(count);
        std::memcpy(static_cast<void*>(log.facts_.data()), bytes.data(), bytes.size());
        std::size_t left_in_run = 0;  // the first of a run holds the length of what follows
        for (std::size_t i = 1; i < count; ++i) {
            Fact& fact = log.facts_[i];
            if (left_in_run > 0) {
                --left_in_run;
                TRY(renumber(log, fact));
                continue;
            }
            if (fact.value >= count - i) return damaged("a run of facts is too long");
            left_in_run = fact.value;
            fact = Fact{.value = fact.value};
        }
        return {};
    }

    Result<void> renumber(const HostLog& log, Fact& fact) const {
        const auto field = static_cast<std::size_t>(fact.field);
        if (field >= fields_.size() || fact.type > ValueType::Address) return damaged("unknown field");
        fact.field = fields_[field];
        if (!fact.pooled) return {};
        if (fact.value >= blobs_.size()) return damaged("a text that is not there");
        fact.value = blobs_[fact.value];
        const bool is_number = fact.type < ValueType::Text;
        if (is_number && log.blobs_[fact.value].size() != 8) return damaged("a number that is not one");
        return {};
    }

    Result<void> read_channel(HostLog& log) {
        const std::string_view name = in_.text();
        const bool counted = in_.number<std::uint8_t>() != 0;
        if (log.channels_.size() >= UINT16_MAX) return damaged("too many channels");
        const std::uint16_t channel = log.channel_named(name, catalog_.channel(name), counted);
        for (std::size_t left = in_.count(sizeof(Observation)); left > 0; --left) {
            auto seen = load<Observation>(in_.raw(sizeof(Observation)).data());
            TRY(renumber(log, seen));
            seen.channel = channel;
            log.channels_[channel].seen.push_back(seen);
        }
        return {};
    }

    Result<void> renumber(const HostLog& log, Observation& seen) const {
        const auto kind = static_cast<std::size_t>(seen.kind);
        const std::size_t fact_count = log.facts_.size();
        if (kind >= kinds_.size() || seen.boot_mark >= marks_.size() || seen.first_fact >= fact_count)
            return damaged("an observation points nowhere");
        // It must be the first of a run, which alone has no field.
        if (seen.first_fact != 0 && (log.facts_[seen.first_fact].field != FieldId::None ||
                                     log.facts_[seen.first_fact].value >= fact_count - seen.first_fact))
            return damaged("an observation points into a run of facts");
        for (std::uint32_t* blob : {&seen.process_guid, &seen.image, &seen.subject_account, &seen.target_account}) {
            if (*blob >= blobs_.size()) return damaged("a text that is not there");
            *blob = blobs_[*blob];
        }
        seen.kind = kinds_[kind];
        seen.boot_mark = marks_[seen.boot_mark];
        return {};
    }

    Reader in_;
    Catalog& catalog_;
    // What the numbers of the bytes are here; 0 stays 0.
    std::vector<FieldId> fields_;
    std::vector<Kind> kinds_;
    std::vector<std::uint32_t> blobs_;
    std::vector<std::uint16_t> marks_;
};

Result<HostLog> HostLog::parse(std::string_view bytes, Catalog& catalog) { return Parser(bytes, catalog).run(); }

}  // namespace spoor::sessions
