#include "store/duckdb/chapter/chapter_writer.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/varint.h"
#include "store/duckdb/chapter/actor_writer.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::size_t kPageEvents = 1024;
constexpr std::uint16_t kNoColumn = 0xffff;

constexpr ColumnType kPageColumns[] = {ColumnType::U64, ColumnType::U32, ColumnType::I64, ColumnType::I64,
                                       ColumnType::U32, ColumnType::U32, ColumnType::Blob};
constexpr ColumnType kWordColumns[] = {ColumnType::U64, ColumnType::U32,  ColumnType::U32, ColumnType::U32,
                                       ColumnType::U32, ColumnType::Blob, ColumnType::Blob};
constexpr ColumnType kFormColumns[] = {ColumnType::U32, ColumnType::U32, ColumnType::U32,
                                       ColumnType::U32, ColumnType::U32, ColumnType::U8,
                                       ColumnType::U8,  ColumnType::U16, ColumnType::Blob};
constexpr ColumnType kHoldingColumns[] = {ColumnType::U32, ColumnType::U32, ColumnType::U32, ColumnType::U64,
                                          ColumnType::U64, ColumnType::U64, ColumnType::I64, ColumnType::I64};
constexpr ColumnType kUnresolvedColumns[] = {ColumnType::U32};
constexpr ColumnType kCommitColumns[] = {ColumnType::U32, ColumnType::U32, ColumnType::I64, ColumnType::I64};

/// Of who looked at what, nothing is concluded: or else every look at a store would have it all worked out anew.
bool tells_of_sessions(Kind kind) { return kind != Kind::RecordsViewed && kind != Kind::ConfigurationChanged; }

}  // namespace

std::size_t ChapterWriter::KeyHash::operator()(const std::vector<std::uint32_t>& key) const {
    return hash64({reinterpret_cast<const char*>(key.data()), key.size() * sizeof(std::uint32_t)});
}

ChapterWriter::ChapterWriter(std::uint32_t chapter, const Catalog& catalog, Names& names,
                             std::optional<std::uint32_t> generation)
    : chapter_(chapter), catalog_(catalog), names_(names), generation_(generation) {}
ChapterWriter::~ChapterWriter() = default;

WordWriter& ChapterWriter::words_of(FieldId field) {
    const auto index = static_cast<std::size_t>(field);
    if (index >= words_.size()) words_.resize(index + 1);
    if (!words_[index]) words_[index] = std::make_unique<WordWriter>();
    return *words_[index];
}

/// Finds the event's form by a key that says it all, and leaves the numbers of its variable words at the end of
/// numbers_.
std::uint32_t ChapterWriter::form_of(const Batch& batch, const Event& event) {
    key_.clear();
    key_.push_back(static_cast<std::uint32_t>(event.host));
    key_.push_back(static_cast<std::uint32_t>(event.channel));
    key_.push_back(static_cast<std::uint32_t>(event.kind) << 16 | event.event_id);
    key_.push_back(static_cast<std::uint32_t>(event.outcome) << 8 | static_cast<std::uint32_t>(event.quality));
    for (const FieldValue& value : batch.values(event)) {
        const std::uint32_t word = words_of(value.field).number_of(value);
        key_.push_back(static_cast<std::uint32_t>(value.field));
        if (is_form_field(value.field)) {
            key_.push_back(word);
        } else {
            key_.push_back(kVariable);
            numbers_.push_back(word);
        }
    }
    if (const auto known = form_numbers_.find(key_); known != form_numbers_.end()) return known->second;

    Form form{event.host, event.channel, event.kind, event.outcome, event.quality, event.event_id, {}};
    Columns columns;
    std::vector<FieldId> met;
    for (std::size_t i = 4; i < key_.size(); i += 2) {
        const auto field = static_cast<FieldId>(key_[i]);
        form.fields.push_back({field, key_[i + 1]});
        if (key_[i + 1] == kVariable) {
            // A field that occurs twice has its first value in the column; see FormView::finds in condition.cc.
            const auto place = indexed_place(field);
            const bool again = std::ranges::find(met, field) != met.end();
            columns.push_back(place && !again ? static_cast<std::uint16_t>(kFirstIndexedColumn + *place) : kNoColumn);
        }
        met.push_back(field);
    }
    const auto number = static_cast<std::uint32_t>(forms_.size());
    forms_.push_back(std::move(form));
    columns_.push_back(std::move(columns));
    form_numbers_.emplace(key_, number);
    return number;
}

void ChapterWriter::add(const Batch& batch, const Event& event) {
    const auto first = static_cast<std::uint32_t>(numbers_.size());
    const std::uint32_t form = form_of(batch, event);
    pending_.push_back({event.time.nanoseconds, event.sequence, form, first, event.actor});
}

std::size_t ChapterWriter::footprint() const {
    std::size_t bytes = pending_.capacity() * sizeof(PendingEvent) + numbers_.capacity() * sizeof(std::uint32_t);
    for (const auto& words : words_)
        if (words) bytes += words->footprint();
    return bytes;
}

bool ChapterWriter::full() const {
    return events_ + pending_.size() >= kMostEvents || forms_.size() >= kMostForms || word_count_ >= kMostWords;
}

Result<void> ChapterWriter::write(Connection& connection) {
    if (pending_.empty()) return {};
    std::vector<std::uint32_t> order(pending_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::uint32_t i) {
        const PendingEvent& event = pending_[i];
        return std::tuple(event.form, event.time, event.record, i);
    });
    TRY(write_events(connection, order));
    TRY(write_pages(connection, order));
    TRY(write_words(connection));
    TRY(write_forms(connection));
    TRY(write_holdings(connection));
    if (generation_) TRY(write_actors(connection, order));
    events_ += static_cast<std::uint32_t>(pending_.size());
    word_count_ = 0;
    for (const auto& table : words_)
        if (table) word_count_ += table->size();
    pending_.clear();
    numbers_.clear();
    return {};
}

Result<void> ChapterWriter::write_events(Connection& connection, const std::vector<std::uint32_t>& order) {
    std::vector<ColumnType> types = {ColumnType::U64, ColumnType::I64, ColumnType::U64, ColumnType::U32};
    types.resize(types.size() + kIndexedCount, ColumnType::U32);
    Appender appender = TRY(Appender::open(connection, "events", types));
    std::uint32_t place = events_;
    for (const std::uint32_t i : order) {
        const PendingEvent& event = pending_[i];
        appender.put(kSeqColumn, sequence_number(chapter_, place++));
        appender.put(kTimeColumn, event.time);
        appender.put(kRecordColumn, event.record);
        appender.put(kFormColumn, event.form);
        const Columns& columns = columns_[event.form];
        for (std::size_t variable = 0; variable < columns.size(); ++variable)
            if (columns[variable] != kNoColumn)
                appender.put(columns[variable], numbers_[event.first_number + variable]);
        TRY(appender.end_row());
    }
    return appender.flush();
}

Result<void> ChapterWriter::write_pages(Connection& connection, const std::vector<std::uint32_t>& order) {
    Appender appender = TRY(Appender::open(connection, "pages", kPageColumns));
    PageBuilder builder(forms_);
    std::uint32_t first = events_;
    std::int64_t first_time = INT64_MAX;
    std::int64_t last_time = INT64_MIN;
    std::uint32_t first_form = pending_[order.front()].form;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const PendingEvent& event = pending_[order[i]];
        builder.add({event.time, event.record, event.form, numbers_.data() + event.first_number});
        first_time = std::min(first_time, event.time);
        last_time = std::max(last_time, event.time);
        if (builder.size() < kPageEvents && i + 1 < order.size()) continue;
        const auto rows = static_cast<std::uint32_t>(builder.size());
        appender.put(0, sequence_number(chapter_, first));
        appender.put(1, rows);
        appender.put(2, std::exchange(first_time, INT64_MAX));
        appender.put(3, std::exchange(last_time, INT64_MIN));
        appender.put(4, first_form);
        appender.put(5, event.form);
        appender.put_text(6, builder.take());
        TRY(appender.end_row());
        first += rows;
        if (i + 1 < order.size()) first_form = pending_[order[i + 1]].form;
    }
    return appender.flush();
}

Result<void> ChapterWriter::write_words(Connection& connection) {
    Appender appender = TRY(Appender::open(connection, "words", kWordColumns));
    for (std::size_t field = 0; field < words_.size(); ++field) {
        if (!words_[field]) continue;
        const std::vector<WordPage> pages = words_[field]->take_pages();
        if (pages.empty()) continue;
        const std::uint32_t name = TRY(names_.number_of(catalog_.field_name(static_cast<FieldId>(field))));
        for (const WordPage& page : pages) {
            appender.put(0, sequence_number(chapter_, word_pages_++));
            appender.put(1, chapter_);
            appender.put(2, name);
            appender.put(3, page.first);
            appender.put(4, page.count);
            appender.put_text(5, page.packed);
            appender.put_text(6, page.trigrams);
            TRY(appender.end_row());
        }
    }
    return appender.flush();
}

Result<void> ChapterWriter::write_forms(Connection& connection) {
    Appender appender = TRY(Appender::open(connection, "forms", kFormColumns));
    for (; forms_written_ < forms_.size(); ++forms_written_) {
        const Form& form = forms_[forms_written_];
        std::string fields;
        for (const FormField& entry : form.fields) {
            put_varint(fields, TRY(names_.number_of(catalog_.field_name(entry.field))));
            put_varint(fields, entry.word);
        }
        appender.put(0, chapter_);
        appender.put(1, static_cast<std::uint32_t>(forms_written_));
        appender.put(2, TRY(names_.number_of(catalog_.host_name(form.host))));
        appender.put(3, TRY(names_.number_of(catalog_.channel_name(form.channel))));
        appender.put(4, TRY(names_.number_of(name(form.kind))));
        appender.put(5, static_cast<std::uint8_t>(form.outcome));
        appender.put(6, static_cast<std::uint8_t>(form.quality));
        appender.put(7, form.event_id);
        appender.put_text(8, fields);
        TRY(appender.end_row());
    }
    return appender.flush();
}

Result<void> ChapterWriter::write_holdings(Connection& connection) {
    std::map<std::pair<HostId, ChannelId>, Held> held;
    std::int64_t first_time = INT64_MAX;
    std::int64_t last_time = INT64_MIN;
    for (const PendingEvent& event : pending_) {
        const Form& form = forms_[event.form];
        Held& here = held[{form.host, form.channel}];
        here.records.add(event.record);
        ++here.events;
        here.telling = here.telling || tells_of_sessions(form.kind);
        here.first_time = std::min(here.first_time, event.time);
        here.last_time = std::max(here.last_time, event.time);
    }
    Appender appender = TRY(Appender::open(connection, "holdings", kHoldingColumns));
    Appender unresolved = TRY(Appender::open(connection, "unresolved", kUnresolvedColumns));
    for (const auto& [key, here] : held) {
        first_time = std::min(first_time, here.first_time);
        last_time = std::max(last_time, here.last_time);
        const std::uint32_t host = TRY(names_.number_of(catalog_.host_name(key.first)));
        const std::uint32_t channel = TRY(names_.number_of(catalog_.channel_name(key.second)));
        if (!generation_ && here.telling) {
            unresolved.put(0, host);
            TRY(unresolved.end_row());
        }
        std::uint64_t events = here.events;  // counted once, with the first range
        for (const Holding::Range& range : here.records.ranges()) {
            appender.put(0, chapter_);
            appender.put(1, host);
            appender.put(2, channel);
            appender.put(3, range.first);
            appender.put(4, range.last);
            appender.put(5, std::exchange(events, 0));
            appender.put(6, here.first_time);
            appender.put(7, here.last_time);
            TRY(appender.end_row());
        }
    }
    TRY(appender.flush());
    TRY(unresolved.flush());

    Appender commits = TRY(Appender::open(connection, "commits", kCommitColumns));
    commits.put(0, chapter_);
    commits.put(1, static_cast<std::uint32_t>(pending_.size()));
    commits.put(2, first_time);
    commits.put(3, last_time);
    TRY(commits.end_row());
    return commits.flush();
}

Result<void> ChapterWriter::write_actors(Connection& connection, const std::vector<std::uint32_t>& order) {
    ActorWriter actors = TRY(ActorWriter::open(connection, *generation_));
    std::map<HostId, std::uint32_t> hosts;
    std::uint32_t place = events_;
    for (const std::uint32_t i : order) {
        const HostId host = forms_[pending_[i].form].host;
        if (!hosts.contains(host)) hosts[host] = TRY(names_.number_of(catalog_.host_name(host)));
        TRY(actors.add(sequence_number(chapter_, place++), hosts[host], pending_[i].actor));
    }
    return actors.flush();
}

}  // namespace spoor::store::duckdb
