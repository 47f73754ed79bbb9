#include "server/library.h"

#include <fmt/format.h>

#include <algorithm>

namespace spoor::server {
namespace {

constexpr std::size_t kKeptQuestions = 32;
constexpr unsigned kRowStretches = 2'000;
constexpr std::uint64_t kFirstRows = 2'000;  // that are found by reading from the end of the order
constexpr Duration kStale = Duration::seconds(5);
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

}  // namespace

std::string Question::key() const { return fmt::format("{}\n{}\n{}", from.nanoseconds, until.nanoseconds, text); }

void Library::adopt(std::vector<findings::Finding> findings) {
    findings_ = std::move(findings);
    knowledge_ = {};  // the new history may lie where the old one lay
}

Result<const Knowledge*> Library::knowledge() {
    const History* const history = TRY(archive_.history());
    if (knowledge_.history == history) return &knowledge_;
    Knowledge fresh;
    fresh.history = history;
    fresh.links.links = history->links;
    fresh.names = std::make_unique<SessionNames>(*history, archive_.catalog());
    fresh.link_counts.resize(history->sessions.size());
    for (const Link& link : fresh.links.links) {
        if (link.from < fresh.link_counts.size()) ++fresh.link_counts[link.from].out;
        if (link.to < fresh.link_counts.size()) ++fresh.link_counts[link.to].in;
    }
    fresh.processes.resize(history->sessions.size());
    for (std::uint32_t i = 0; i < history->processes.size(); ++i)
        if (const std::uint32_t session = history->processes[i].session; session < fresh.processes.size())
            fresh.processes[session].push_back(i);
    knowledge_ = std::move(fresh);
    knowledge_.tracer = std::make_unique<trails::Tracer>(*history, knowledge_.links);
    return &knowledge_;
}

Result<Histogram> Library::histogram(const Question& question, unsigned stretches) {
    Histogram histogram;
    store::CountQuery query{.where = question.where, .from = question.from, .until = question.until};
    // The span of the answer itself, not of the archive: a search for one user shows that user's hour.
    for (const store::Count& count : TRY(archive_.count(query))) {
        histogram.total += count.events;
        query.from = std::max(query.from, count.first);
        query.until = std::min(query.until, count.last);
    }
    if (histogram.total == 0) return histogram;
    histogram.width = width_for(query.from, query.until, stretches);
    query.per = histogram.width;
    for (const store::Count& count : TRY(archive_.count(query)))
        histogram.stretches.emplace_back(count.start, count.events);
    std::sort(histogram.stretches.begin(), histogram.stretches.end());
    return histogram;
}

Result<const Histogram*> Library::rows_of(const Question& question) {
    const std::string key = question.key();
    const std::uint64_t events = TRY(archive_.inventory()).events;
    const Timestamp now = clock_.now();
    const auto known = std::find_if(rows_.begin(), rows_.end(), [&](const Rows& rows) {
        return rows.key == key && (rows.archive_events == events || now - rows.counted < kStale);
    });
    if (known != rows_.end()) {
        rows_.splice(rows_.begin(), rows_, known);
        return &rows_.front().histogram;
    }
    Histogram histogram = TRY(this->histogram(question, kRowStretches));
    std::erase_if(rows_, [&](const Rows& rows) { return rows.key == key; });
    rows_.push_front({key, events, now, std::move(histogram)});
    if (rows_.size() > kKeptQuestions) rows_.pop_back();
    return &rows_.front().histogram;
}

Result<std::uint64_t> Library::total_of(const Question& question) {
    const std::uint64_t events = TRY(archive_.inventory()).events;
    if (question.text.empty() && question.from == Timestamp::earliest() && question.until == Timestamp::latest())
        return events;
    const Timestamp now = clock_.now();
    if (totals_.size() > kKeptQuestions) totals_.clear();
    Total& known = totals_[question.key()];
    if (known.counted != Timestamp{} && (known.archive_events == events || now - known.counted < kStale))
        return known.total;
    std::uint64_t total = 0;
    for (const store::Count& count :
         TRY(archive_.count({.where = question.where, .from = question.from, .until = question.until})))
        total += count.events;
    known = {events, now, total};
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

    // The stretch that the row lies in, and how many rows of the result lie before that stretch.
    std::uint64_t before = 0;
    const auto enter = [&](const auto& stretch) {
        if (before + stretch.second > row) {
            if (order == store::Order::OldestFirst)
                query.from = std::max(question.from, stretch.first);
            else
                query.until =
                    std::min(question.until, Timestamp{stretch.first.nanoseconds + histogram->width.nanoseconds - 1});
            return true;
        }
        before += stretch.second;
        return false;
    };
    const auto& stretches = histogram->stretches;
    if (order == store::Order::OldestFirst)
        (void)std::find_if(stretches.begin(), stretches.end(), enter);
    else
        (void)std::find_if(stretches.rbegin(), stretches.rend(), enter);

    TRY(read(page, std::move(query), row - before, count));
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
