#include "store/duckdb/chapter/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/varint.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

/// Events that are listed.
std::uint64_t event_count(const Listing& listing) {
    if (listing.events.empty()) return 0;
    const Listing::EventRun& last = listing.events.back();
    return (last.first_seq & UINT32_MAX) + last.count;
}

}  // namespace

Result<Listings::Shared> Listings::of(const ChapterEntry& chapter) {
    TRY(list(std::span(&chapter, 1)));
    return listed(chapter.number);
}

Result<Listings::Shared> Listings::listed(std::uint32_t chapter) const {
    const auto found = chapters_.find(chapter);
    if (found == chapters_.end()) return std::make_shared<const Listing>();
    if (!found->second.damage.empty())
        return fail(Errc::Corrupt, fmt::format("chapter {} of the store: {}", chapter, found->second.damage));
    return found->second.listing;
}

Result<void> Listings::list(std::span<const ChapterEntry> wanted) {
    std::uint32_t first = UINT32_MAX;
    std::uint32_t last = 0;
    for (const ChapterEntry& entry : wanted) {
        const auto known = chapters_.find(entry.number);
        if (known != chapters_.end() && event_count(*known->second.listing) >= entry.events) continue;
        first = std::min(first, entry.number);
        last = std::max(last, entry.number);
    }
    return first <= last ? read(first, last) : Result<void>();
}

/// Pages come first: forms and words that are committed meanwhile do no harm, pages whose forms are not there would.
Result<void> Listings::read(std::uint32_t first, std::uint32_t last) {
    std::erase_if(chapters_, [&](const auto& listed) { return listed.first >= first && listed.first <= last; });
    TRY(read_events(first, last));
    const std::string where = fmt::format("WHERE chapter BETWEEN {} AND {}", first, last);
    TRY(read_words(where));
    return read_forms(where);
}

Result<void> Listings::read_events(std::uint32_t first, std::uint32_t last) {
    Rows rows = TRY(connection_.query(
        fmt::format("SELECT first_seq, events, first_time, last_time, first_form, last_form FROM pages WHERE first_seq "
                    "BETWEEN {} AND {}",
                    sequence_number(first, 0), sequence_number(last, UINT32_MAX))));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::uint64_t first_seq = rows.numbers<std::uint64_t>(0)[row];
            chapters_[chapter_of(first_seq)].listing->events.push_back(
                {first_seq, rows.numbers<std::uint32_t>(1)[row], rows.numbers<std::int64_t>(2)[row],
                 rows.numbers<std::int64_t>(3)[row], rows.numbers<std::uint32_t>(4)[row],
                 rows.numbers<std::uint32_t>(5)[row]});
        }
    for (const auto& [chapter, listed] : chapters_)
        if (chapter >= first && chapter <= last)
            std::ranges::sort(listed.listing->events, {}, &Listing::EventRun::first_seq);
    return {};
}

Result<void> Listings::read_words(const std::string& where) {
    struct Row {
        std::uint32_t chapter, name;
        Listing::WordRun run;
    };
    std::vector<Row> found;
    Rows rows = TRY(connection_.query("SELECT chapter, field, place, first, count FROM words " + where));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            found.push_back({rows.numbers<std::uint32_t>(0)[row],
                             rows.numbers<std::uint32_t>(1)[row],
                             {rows.numbers<std::uint64_t>(2)[row], rows.numbers<std::uint32_t>(3)[row],
                              rows.numbers<std::uint32_t>(4)[row]}});
    std::ranges::sort(found, {}, [](const Row& row) { return std::tuple(row.chapter, row.name, row.run.first); });
    for (const Row& row : found) {
        const auto listed = chapters_.find(row.chapter);
        if (listed == chapters_.end()) continue;
        auto& words = listed->second.listing->words;
        if (words.empty() || words.back().name != row.name)
            words.push_back({catalog_.field(names_.name(row.name)), row.name});
        words.back().runs.push_back(row.run);
    }
    return {};
}

Result<void> Listings::read_forms(const std::string& where) {
    std::unordered_map<std::uint32_t, std::vector<std::pair<std::uint32_t, Form>>> found;
    std::unordered_map<std::uint32_t, FieldId> known;  // forms name the same fields over and over
    const auto field_of = [&](std::uint32_t number) {
        const auto [field, is_new] = known.try_emplace(number);
        if (is_new) field->second = catalog_.field(names_.name(number));
        return field->second;
    };
    Rows rows = TRY(connection_.query(
        "SELECT chapter, form, host, channel, kind, outcome, quality, event_id, fields FROM forms " + where));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::uint32_t chapter = rows.numbers<std::uint32_t>(0)[row];
            Form form;
            form.host = catalog_.host(names_.name(rows.numbers<std::uint32_t>(2)[row]));
            form.channel = catalog_.channel(names_.name(rows.numbers<std::uint32_t>(3)[row]));
            // A kind that this version does not know was written by one that does: shown as other.
            form.kind = find_kind(names_.name(rows.numbers<std::uint32_t>(4)[row])).value_or(Kind::Other);
            form.outcome = static_cast<Outcome>(std::min<std::uint8_t>(rows.numbers<std::uint8_t>(5)[row], 2));
            form.quality = static_cast<Quality>(std::min<std::uint8_t>(rows.numbers<std::uint8_t>(6)[row], 5));
            form.event_id = rows.numbers<std::uint16_t>(7)[row];
            ByteReader fields(rows.text(8, row));
            while (!fields.done()) {
                const auto number = static_cast<std::uint32_t>(fields.varint());
                const auto word = static_cast<std::uint32_t>(fields.varint());
                form.fields.push_back({field_of(number), word});
            }
            if (!fields.ok()) chapters_[chapter].damage = "a form is damaged";
            found[chapter].emplace_back(rows.numbers<std::uint32_t>(1)[row], std::move(form));
        }
    for (auto& [chapter, forms] : found) {
        const auto listed = chapters_.find(chapter);
        if (listed == chapters_.end()) continue;
        std::ranges::sort(forms, {}, [](const auto& numbered) { return numbered.first; });
        for (auto& [number, form] : forms) {
            if (number != listed->second.listing->forms.size()) listed->second.damage = "a form is missing";
            listed->second.listing->forms.push_back(std::move(form));
        }
    }
    return {};
}

}  // namespace spoor::store::duckdb
