#include "store/duckdb/chapter/chapter_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ranges>
#include <set>
#include <utility>

#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::size_t kMostKept = 96u << 20;
constexpr std::size_t kPagesAtOnce = 128;
constexpr std::size_t kWordPagesAtOnce = 1024;
constexpr std::size_t kPagesBetween = 8;

std::unexpected<Error> damaged(std::uint32_t chapter, std::string_view what) {
    return fail(Errc::Corrupt, fmt::format("chapter {} of the store: {}", chapter, what));
}

std::size_t footprint(const Page& page) {
    return page.rows.size() * sizeof(PageRow) + page.numbers.size() * sizeof(std::uint32_t);
}

std::size_t footprint(const Words& words) { return words.bytes->size() + words.values.size() * sizeof(FieldValue); }

/// The keys of a map, for SQL.
template <typename Map>
std::string keys_of(const Map& map) {
    const auto keys = std::views::keys(map);
    return sql_keys(std::vector<std::uint64_t>(keys.begin(), keys.end()));
}

/// The run that holds `number`, by binary search over the runs' first numbers; runs.size() when none does.
template <typename Runs, typename First>
std::size_t run_holding(const Runs& runs, std::uint64_t number, First first) {
    const auto behind = std::ranges::upper_bound(runs, number, {}, first);
    if (behind == runs.begin()) return runs.size();
    const auto run = std::prev(behind);
    return number - std::invoke(first, *run) < run->count ? static_cast<std::size_t>(run - runs.begin()) : runs.size();
}

}  // namespace

Result<ChapterReader> ChapterReader::open(Connection& connection, Catalog& catalog, const Names& names,
                                          const ChapterEntry& entry, Listings::Shared listing, Shelves* shelves) {
    if (!listing) listing = TRY(Listings(connection, catalog, names).of(entry));
    ChapterReader reader(connection, catalog, names, entry, std::move(listing), shelves);
    TRY(reader.take_listing());
    return reader;
}

Result<void> ChapterReader::take_listing() {
    for (const Listing::WordsOf& listed : listing_->words) {
        place_of_.emplace(listed.field, static_cast<std::uint32_t>(words_.size()));
        FieldWords& words = words_.emplace_back();
        words.field = listed.field;
        words.name = listed.name;
        for (const Listing::WordRun& run : listed.runs) words.runs.push_back({run});
    }
    // Pages behind the entry's last event were committed since; where it does not say how many there are, all are good.
    for (const Listing::EventRun& run : listing_->events)
        if (entry_.events == 0 || run.first_seq <= entry_.last_seq()) events_.push_back({run});
    columns_.resize(forms().size());
    for (std::size_t i = 0; i < forms().size(); ++i)
        for (const FormField& entry : forms()[i].fields) {
            const auto place = place_of_.find(entry.field);
            if (place == place_of_.end()) return damaged(entry_.number, "a form has a field without words");
            columns_[i].push_back(place->second);
        }
    return {};
}

ChapterReader::FieldWords* ChapterReader::words_of(FieldId field) {
    const auto place = place_of_.find(field);
    return place == place_of_.end() ? nullptr : &words_[place->second];
}

std::vector<FieldId> ChapterReader::fields() const {
    std::vector<FieldId> fields;
    for (const FieldWords& words : words_) fields.push_back(words.field);
    std::ranges::sort(fields);
    return fields;
}

Result<void> ChapterReader::load_words(Connection& connection, std::span<const RunOf> wanted) {
    for (std::size_t begin = 0; begin < wanted.size(); begin += kWordPagesAtOnce) {
        std::unordered_map<std::uint64_t, RunOf> at;
        for (const RunOf& of : wanted.subspan(begin, std::min(kWordPagesAtOnce, wanted.size() - begin)))
            if (!take_kept_words(of)) at.emplace(of.words->runs[of.run].place, of);
        if (at.empty()) continue;
        Rows rows =
            TRY(connection.query(fmt::format("SELECT place, page FROM words WHERE place IN ({})", keys_of(at))));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                const RunOf& of = at.at(rows.numbers<std::uint64_t>(0)[row]);
                TRY(take_words(of, rows.text(1, row)));
            }
        for (const auto& [place, of] : at)
            if (!of.words->runs[of.run].words) return damaged(of.reader->entry_.number, "a page of words is missing");
    }
    return {};
}

Result<void> ChapterReader::take_words(const RunOf& of, std::string_view packed) {
    const WordRun& run = of.words->runs[of.run];
    auto words = std::make_shared<const Words>(TRY(read_words(packed, run.count, of.words->field)));
    if (of.reader->shelves_) of.reader->shelves_->words.put(run.place, words, footprint(*words));
    of.reader->keep_words(of, std::move(words));
    return {};
}

void ChapterReader::keep_words(const RunOf& of, std::shared_ptr<const Words> words) {
    kept_ += footprint(*words);
    of.words->runs[of.run].words = std::move(words);
}

bool ChapterReader::take_kept_words(const RunOf& of) {
    Shelves* const shelves = of.reader->shelves_;
    auto words = shelves ? shelves->words.find(of.words->runs[of.run].place) : nullptr;
    if (!words) return false;
    of.reader->keep_words(of, std::move(words));
    return true;
}

/// Loads every word of the fields that these forms have, so that a word is found by its number at once.
Result<void> ChapterReader::load_all_words(const std::vector<bool>& some_forms) {
    std::vector<bool> wanted(words_.size());
    for (std::size_t i = 0; i < forms().size(); ++i)
        if (some_forms[i])
            for (const std::uint32_t place : columns_[i]) wanted[place] = words_[place].all.empty();
    std::string names;
    for (std::size_t i = 0; i < words_.size(); ++i)
        if (wanted[i]) names += fmt::format("{}{}", names.empty() ? "" : ",", words_[i].name);
    if (names.empty()) return {};
    Rows rows = TRY(connection_->query(
        fmt::format("SELECT field, first, page FROM words WHERE chapter = {} AND field IN ({}) ORDER BY field, first",
                    entry_.number, names)));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            FieldWords* const words = words_of(catalog_->field(names_->name(rows.numbers<std::uint32_t>(0)[row])));
            const std::size_t run =
                run_holding(words->runs, rows.numbers<std::uint32_t>(1)[row], &Listing::WordRun::first);
            if (run == words->runs.size() || words->runs[run].first != words->all.size())
                return damaged(entry_.number, "a page of words is missing");
            // Once is enough: there are millions of them.
            Words page = TRY(read_words(rows.text(2, row), words->runs[run].count, words->field));
            kept_ += footprint(page);
            if (words->all.empty())
                words->all.reserve(
                    std::min<std::size_t>(words->runs.back().first + std::size_t{words->runs.back().count}, 4u << 20));
            words->all.insert(words->all.end(), page.values.begin(), page.values.end());
            words->bytes.push_back(std::move(page.bytes));
        }
    for (std::size_t i = 0; i < words_.size(); ++i)
        if (wanted[i] && words_[i].all.size() != words_[i].runs.back().first + std::size_t{words_[i].runs.back().count})
            return damaged(entry_.number, "a page of words is missing");
    return {};
}

std::size_t ChapterReader::page_of(std::uint64_t seq) const {
    return run_holding(events_, seq, &Listing::EventRun::first_seq);
}

Result<void> ChapterReader::load(Connection& connection, std::span<const PageOf> wanted) {
    std::unordered_map<std::uint64_t, PageOf> missing;
    for (const PageOf& of : wanted)
        if (!of.reader->events_[of.page].page && !of.reader->take_kept_page(of.page))
            missing.emplace(of.reader->events_[of.page].first_seq, of);
    if (missing.empty()) return {};
    Rows rows = TRY(
        connection.query(fmt::format("SELECT first_seq, page FROM pages WHERE first_seq IN ({})", keys_of(missing))));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const PageOf& of = missing.at(rows.numbers<std::uint64_t>(0)[row]);
            TRY(of.reader->take_page(of.page, rows.text(1, row)));
        }
    for (const auto& [first_seq, of] : missing)
        if (!of.reader->events_[of.page].page) return damaged(of.reader->entry_.number, "a page of events is missing");
    return {};
}

Result<void> ChapterReader::take_page(std::size_t number, std::string_view packed) {
    auto page = std::make_shared<const Page>(TRY(read_page(packed, forms())));
    if (page->rows.size() != events_[number].count)
        return damaged(entry_.number, "a page has another number of events than it should");
    if (shelves_) shelves_->events.put(events_[number].first_seq, page, footprint(*page));
    keep_page(number, std::move(page));
    return {};
}

void ChapterReader::keep_page(std::size_t number, std::shared_ptr<const Page> page) {
    kept_ += footprint(*page);
    events_[number].page = std::move(page);
}

bool ChapterReader::take_kept_page(std::size_t number) {
    auto page = shelves_ ? shelves_->events.find(events_[number].first_seq) : nullptr;
    if (!page) return false;
    keep_page(number, std::move(page));
    return true;
}

void ChapterReader::release(std::size_t page) {
    kept_ -= footprint(*events_[page].page);
    events_[page].page.reset();
}

Result<std::size_t> ChapterReader::run_of(const FieldWords& words, std::uint32_t word) const {
    const std::size_t run = run_holding(words.runs, word, &Listing::WordRun::first);
    if (run == words.runs.size()) return damaged(entry_.number, "an event has a word that is not there");
    return run;
}

Result<const PageRow*> ChapterReader::row_of(std::uint64_t seq) const {
    const std::size_t page = page_of(seq);
    if (page == events_.size()) return damaged(entry_.number, "an event is in no page");
    return &events_[page].page->rows[seq - events_[page].first_seq];
}

/// Adds to `missing` the pages of words that events of loaded pages need and that are not loaded.
Result<void> ChapterReader::find_missing_words(std::span<const std::uint64_t> seqs, std::vector<RunOf>& missing) {
    std::set<std::pair<std::uint32_t, std::size_t>> found;
    for (const std::uint64_t seq : seqs) {
        const PageRow& row = *TRY(row_of(seq));
        const std::uint32_t* variable = row.words;
        const Form& form = forms()[row.form];
        for (std::size_t i = 0; i < form.fields.size(); ++i) {
            const std::uint32_t word = form.fields[i].word == kVariable ? *variable++ : form.fields[i].word;
            const std::uint32_t place = columns_[row.form][i];
            const std::size_t run = TRY(run_of(words_[place], word));
            if (!words_[place].runs[run].words) found.emplace(place, run);
        }
    }
    for (const auto& [place, run] : found) missing.push_back({this, &words_[place], run});
    return {};
}

namespace {

Event header_of(const PageRow& row, const Form& form) {
    return {.time = {row.time},
            .sequence = row.record,
            .host = form.host,
            .channel = form.channel,
            .kind = form.kind,
            .outcome = form.outcome,
            .quality = form.quality,
            .event_id = form.event_id};
}

}  // namespace

void ChapterReader::append(const PageRow& row, Batch& batch) const {
    const Form& form = forms()[row.form];
    batch.begin();
    const std::uint32_t* variable = row.words;
    for (std::size_t i = 0; i < form.fields.size(); ++i) {
        const std::uint32_t word = form.fields[i].word == kVariable ? *variable++ : form.fields[i].word;
        const std::vector<WordRun>& runs = words_[columns_[row.form][i]].runs;
        const WordRun& run = runs[run_holding(runs, word, &Listing::WordRun::first)];
        FieldValue value = run.words->values[word - run.first];
        if (value.has_bytes()) value.bytes = batch.arena().copy(value.view()).data();
        batch.add(value);
    }
    batch.commit(header_of(row, form));
}

Result<void> ChapterReader::append_in_place(const PageRow& row, Batch& batch) const {
    const Form& form = forms()[row.form];
    const std::vector<std::uint32_t>& columns = columns_[row.form];
    batch.begin();
    FieldValue* values = batch.extend(form.fields.size());
    const std::uint32_t* variable = row.words;
    for (std::size_t i = 0; i < form.fields.size(); ++i) {
        const std::uint32_t word = form.fields[i].word == kVariable ? *variable++ : form.fields[i].word;
        const std::vector<FieldValue>& words = words_[columns[i]].all;
        if (word >= words.size()) return damaged(entry_.number, "an event has a word that is not there");
        *values++ = words[word];
    }
    batch.keep(values);
    batch.commit(header_of(row, form));
    return {};
}

Result<void> ChapterReader::fetch(Connection& connection, std::span<const EventsOf> events) {
    std::vector<PageOf> pages;
    for (const EventsOf& of : events) {
        of.reader->forget_when_large();
        for (const std::uint64_t seq : of.seqs) {
            const std::size_t page = of.reader->page_of(seq);
            if (page == of.reader->page_count()) return damaged(of.reader->entry_.number, "an event is in no page");
            pages.push_back({of.reader, page});
        }
    }
    TRY(load(connection, pages));
    std::vector<RunOf> words;
    for (const EventsOf& of : events) TRY(of.reader->find_missing_words(of.seqs, words));
    return load_words(connection, words);
}

Result<void> ChapterReader::append(std::span<const std::uint64_t> seqs, Batch& batch) const {
    for (const std::uint64_t seq : seqs) append(*TRY(row_of(seq)), batch);
    return {};
}

Result<void> ChapterReader::read(std::span<const std::uint64_t> seqs, Batch& batch) {
    const EventsOf these[] = {{this, seqs}};
    TRY(fetch(*connection_, these));
    return append(seqs, batch);
}

/// The pages that may have an event of these forms within a span of time.
std::vector<std::size_t> ChapterReader::pages_with(const std::vector<bool>& some_forms, Timestamp from,
                                                   Timestamp until) const {
    std::vector<std::uint32_t> before = {0};  // how many forms before each are wanted
    for (const bool wanted : some_forms) before.push_back(before.back() + wanted);
    std::vector<std::size_t> pages;
    for (std::size_t page = 0; page < events_.size(); ++page) {
        const EventRun& run = events_[page];
        const std::size_t last = std::min<std::size_t>(run.last_form, some_forms.size() - 1);
        const std::size_t first = std::min<std::size_t>(run.first_form, last);
        if (before[last + 1] > before[first] && run.first_time <= until.nanoseconds &&
            run.last_time >= from.nanoseconds)
            pages.push_back(page);
    }
    return pages;
}

Result<void> ChapterReader::read_all(const Wanted& wanted, Timestamp from, Timestamp until, const Take& take) {
    std::vector<bool> some_forms(forms().size());
    for (std::size_t i = 0; i < forms().size(); ++i) some_forms[i] = wanted(forms()[i]);
    if (std::ranges::none_of(some_forms, std::identity{})) return {};
    const std::vector<std::size_t> pages = pages_with(some_forms, from, until);
    if (pages.empty()) return {};
    TRY(load_all_words(some_forms));
    const Selection selection{&some_forms, from.nanoseconds, until.nanoseconds};
    for (std::size_t begin = 0; begin < pages.size();) {
        // Neighbours are fetched together; to pass over a few costs less than another question.
        std::size_t end = begin + 1;
        while (end < pages.size() && pages[end] - pages[end - 1] <= kPagesBetween &&
               pages[end] - pages[begin] < kPagesAtOnce)
            ++end;
        TRY(read_pages(std::span(pages).subspan(begin, end - begin), selection, take));
        begin = end;
    }
    return {};
}

Result<void> ChapterReader::read_pages(std::span<const std::size_t> pages, const Selection& selection,
                                       const Take& take) {
    Rows rows = TRY(connection_->query(
        fmt::format("SELECT first_seq, page FROM pages WHERE first_seq BETWEEN {} AND {} ORDER BY first_seq",
                    events_[pages.front()].first_seq, events_[pages.back()].first_seq)));
    Batch batch;
    std::vector<std::uint64_t> seqs;
    auto next = pages.begin();
    while (rows.next())
        for (std::size_t i = 0; i < rows.size() && next != pages.end(); ++i) {
            const EventRun& run = events_[*next];
            const std::uint64_t first_seq = rows.numbers<std::uint64_t>(0)[i];
            if (first_seq < run.first_seq) continue;
            if (first_seq > run.first_seq) return damaged(entry_.number, "a page of events is missing");
            ++next;
            const Page page = TRY(read_page(rows.text(1, i), forms(), selection));
            if (page.rows.size() != run.count)
                return damaged(entry_.number, "a page has another number of events than it should");
            batch.clear();
            seqs.clear();
            for (std::size_t place = 0; place < page.rows.size(); ++place) {
                if (page.rows[place].form == kUnwanted) continue;
                TRY(append_in_place(page.rows[place], batch));
                seqs.push_back(first_seq + place);
            }
            if (!batch.empty()) TRY(take(batch, seqs));
        }
    if (next != pages.end()) return damaged(entry_.number, "a page of events is missing");
    return {};
}

Result<void> ChapterReader::each_word(std::span<const FieldId> fields, const VisitWord& visit, const WordPages* only) {
    std::vector<RunOf> runs;
    for (const FieldId field : fields)
        if (FieldWords* const words = words_of(field))
            for (std::size_t run = 0; run < words->runs.size(); ++run)
                if (!only || std::ranges::binary_search(only->places, words->runs[run].place))
                    runs.push_back({this, words, run});
    std::vector<RunOf> missing;
    for (std::size_t begin = 0; begin < runs.size(); begin += kPagesAtOnce) {
        const std::span<const RunOf> some = std::span(runs).subspan(begin, std::min(kPagesAtOnce, runs.size() - begin));
        missing.clear();
        for (const RunOf& of : some) {
            const WordRun& run = of.words->runs[of.run];
            if (run.words) continue;
            if (only && only->read_ahead.contains(run.place))
                TRY(take_words(of, only->read_ahead.at(run.place)));
            else
                missing.push_back(of);
        }
        TRY(load_words(*connection_, missing));
        for (const RunOf& of : some) {
            const WordRun& run = of.words->runs[of.run];
            for (std::uint32_t i = 0; i < run.count; ++i) visit(run.first + i, run.words->values[i]);
        }
        forget_when_large();
    }
    return {};
}

void ChapterReader::forget_when_large() {
    if (kept_ > kMostKept) forget();
}

void ChapterReader::forget() {
    for (FieldWords& words : words_) {
        words.all = {};
        words.bytes.clear();
        for (WordRun& run : words.runs) run.words.reset();
    }
    for (EventRun& run : events_) run.page.reset();
    kept_ = 0;
}

}  // namespace spoor::store::duckdb
