#include "server/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/hash.h"

namespace spoor::server {
namespace {

constexpr std::size_t kKeptQuestions = 32;
constexpr unsigned kRowStretches = 2'000;
constexpr unsigned kInnerStretches = 500;
constexpr std::uint64_t kFewRows = 500;
constexpr Duration kFinestWidth = {1'000'000};
constexpr std::uint64_t kFirstRows = 2'000;  // that are found by reading from the end of the order
constexpr Duration kStale = Duration::seconds(5);
constexpr std::int64_t kGoodFor = 30;  // times what it took
constexpr std::int64_t kSecond = 1'000'000'000;

/// The widths that histograms are cut in, such that people can read them.
constexpr std::int64_t kWidths[] = {1'000'000,       10'000'000,          100'000'000,         kSecond,
                                    5 * kSecond,     15 * kSecond,        60 * kSecond,        300 * kSecond,
                                    900 * kSecond,   3600 * kSecond,      4 * 3600 * kSecond,  12 * 3600 * kSecond,
                                    86400 * kSecond, 7 * 86400 * kSecond, 28 * 86400 * kSecond};

Duration width_for(Timestamp from, Timestamp until, unsigned stretches) {
    const double span = static_cast<double>(until.nanoseconds) - static_cast<double>(from.nanoseconds);
    for (const std::int64_t width : kWidths)
        if (span / static_cast<double>(width) <= stretches) return {width};
    return {kWidths[std::size(kWidths) - 1]};
}

/// A part of a result: its time, and its rows.
struct Stretch {
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();
    std::uint64_t before = 0;  // rows that come before it
    std::uint64_t events = 0;
};

/// The stretch that a row lies in; the last one if there are fewer rows than were counted.
Stretch stretch_of(std::span<const std::pair<Timestamp, std::uint64_t>> stretches, Duration width, store::Order order,
                   std::uint64_t row) {
    Stretch at;
    const auto enter = [&](const auto& stretch) {
        at.before += at.events;
        at.events = stretch.second;
        at.from = stretch.first;
        at.until = Timestamp{stretch.first.nanoseconds + width.nanoseconds - 1};
        return at.before + at.events > row;
    };
    if (order == store::Order::OldestFirst)
        (void)std::find_if(stretches.begin(), stretches.end(), enter);
    else
        (void)std::find_if(stretches.rbegin(), stretches.rend(), enter);
    return at;
}

}  // namespace

std::string Question::key() const { return fmt::format("{}\n{}\n{}", from.nanoseconds, until.nanoseconds, text); }

Known Library::known() const {
    const std::lock_guard lock(known_mutex_);
    return known_;
}

Result<std::shared_ptr<const Knowledge>> Library::knowledge() const {
    auto knowledge = known().knowledge;
    if (knowledge == nullptr) return fail(Errc::Busy, "the sessions of the store are still being read; ask again");
    return knowledge;
}

void Library::learn(Known known) {
    const std::lock_guard lock(known_mutex_);
    std::swap(known_, known);  // what was known goes when nobody reads it any more, and not under the lock
}

Result<Histogram> Library::histogram(const Question& question, unsigned stretches, Spans spans) {
    Histogram histogram;
    store::CountQuery query{.where = question.where, .from = question.from, .until = question.until};
    if (spans == Spans::WhatWasRecorded) query.by = {match::FieldRef::of(match::HeaderProperty::Kind)};
    // The span of the answer itself, not of the archive: a search for one user shows that user's hour.
    const std::vector<store::Count> kinds = TRY(archive_.count(query));
    const auto is_look = [](const store::Count& count) {
        return !count.values.empty() && count.values.front() == name(Kind::RecordsViewed);
    };
    const bool only_looks = std::ranges::all_of(kinds, is_look);
    Timestamp first = Timestamp::latest();
    Timestamp last = Timestamp::earliest();
    for (const store::Count& count : kinds) {
        histogram.total += count.events;
        if (is_look(count) && !only_looks) continue;
        first = std::min(first, count.first);
        last = std::max(last, count.last);
    }
    if (histogram.total == 0) return histogram;
    query.by.clear();
    query.from = std::max(query.from, first);
    query.until = std::min(query.until, last);
    histogram.width = width_for(query.from, query.until, stretches);
    query.per = histogram.width;
    for (const store::Count& count : TRY(archive_.count(query)))
        histogram.stretches.emplace_back(count.start, count.events);
    std::sort(histogram.stretches.begin(), histogram.stretches.end());
    return histogram;
}

Result<bool> Library::is_good(const Made& made) {
    if (made.at == Timestamp{}) return false;
    const Duration age = clock_.now() - made.at;
    if (age < kStale || age.nanoseconds / kGoodFor < made.took.nanoseconds) return true;
    return TRY(archive_.inventory()).events == made.archive_events;
}

Result<Library::Made> Library::made_since(Timestamp begun) {
    const Timestamp now = clock_.now();
    return Made{.archive_events = TRY(archive_.inventory()).events, .at = now, .took = now - begun};
}

Result<store::Inventory> Library::inventory() {
    std::optional<Result<store::Inventory>> now;
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) now = archive_.inventory();
    const std::lock_guard lock(inventory_mutex_);
    if (now) inventory_ = std::move(*now);
    return inventory_;
}

std::uint64_t Library::edition() {
    const auto known = inventory();
    if (!known) return 0;
    return hash_mix(hash_mix(known->events, known->sessions), hash_mix(known->processes, known->links));
}

Result<const Histogram*> Library::rows_of(const Question& question) {
    const std::string key = question.key();
    const auto known = std::ranges::find(rows_, key, &Rows::key);
    if (known != rows_.end() && TRY(is_good(known->made))) {
        rows_.splice(rows_.begin(), rows_, known);
        return &rows_.front().histogram;
    }
    const Timestamp begun = clock_.now();
    Histogram histogram = TRY(this->histogram(question, kRowStretches, Spans::All));
    std::erase_if(rows_, [&](const Rows& rows) { return rows.key == key; });
    rows_.push_front({key, TRY(made_since(begun)), std::move(histogram)});
    if (rows_.size() > kKeptQuestions) rows_.pop_back();
    return &rows_.front().histogram;
}

Result<std::uint64_t> Library::total_of(const Question& question) {
    if (question.text.empty() && question.from == Timestamp::earliest() && question.until == Timestamp::latest())
        return TRY(archive_.inventory()).events;
    if (totals_.size() > kKeptQuestions) totals_.clear();
    Total& known = totals_[question.key()];
    if (TRY(is_good(known.made))) return known.total;
    const Timestamp begun = clock_.now();
    std::uint64_t total = 0;
    for (const store::Count& count :
         TRY(archive_.count({.where = question.where, .from = question.from, .until = question.until})))
        total += count.events;
    known = {TRY(made_since(begun)), total};
    return total;
}

Result<Library::Lease::Page> Library::page(const Question& question, store::Order order, std::uint64_t row,
                                           std::uint64_t count) {
    Lease::Page page;
    store::EventQuery query{.where = question.where, .from = question.from, .until = question.until, .order = order};
    if (row + count <= kFirstRows) {
        page.total = TRY(total_of(question));
        TRY(read(page, std::move(query), row, count));
        return page;
    }
    const Histogram* const histogram = TRY(rows_of(question));
    page.total = histogram->total;
    if (row >= page.total || count == 0) return page;

    // Where the events are many, the stretch is cut again, until few are left that are read for nothing.
    Stretch stretch = stretch_of(histogram->stretches, histogram->width, order, row);
    for (Duration width = histogram->width; stretch.events > kFewRows && width > kFinestWidth;) {
        width = width_for(stretch.from, stretch.until, kInnerStretches);
        const Stretch outer = stretch;
        std::vector<std::pair<Timestamp, std::uint64_t>> inner;
        for (const store::Count& each : TRY(archive_.count({.where = question.where,
                                                            .from = std::max(question.from, outer.from),
                                                            .until = std::min(question.until, outer.until),
                                                            .per = width})))
            inner.emplace_back(each.start, each.events);
        std::ranges::sort(inner);
        stretch = stretch_of(inner, width, order, row - outer.before);
        stretch.before += outer.before;
    }
    if (order == store::Order::OldestFirst)
        query.from = std::max(question.from, stretch.from);
    else
        query.until = std::min(question.until, stretch.until);
    TRY(read(page, std::move(query), row - stretch.before, count));
    return page;
}

Result<void> Library::read(Lease::Page& page, store::EventQuery query, std::uint64_t skip, std::uint64_t count) {
    query.limit = skip + count;
    auto stream = TRY(archive_.events(std::move(query)));
    Batch batch;
    while (page.batch.size() < count && TRY(stream->next(batch))) {
        const auto positions = stream->positions();
        for (std::size_t i = 0; i < batch.size() && page.batch.size() < count; ++i) {
            if (skip > 0) {
                --skip;
                continue;
            }
            const Event& event = batch.events()[i];
            page.batch.begin();
            for (FieldValue value : batch.values(event)) {
                if (value.has_bytes())
                    value = FieldValue::of_bytes(value.field, value.type, page.batch.arena().copy(value.view()));
                page.batch.add(value);
            }
            page.batch.commit(event);
            page.positions.push_back(positions[i]);
        }
    }
    return {};
}

}  // namespace spoor::server
