// Counting in SQL: groups of forms, words, sessions and stretches of time, whose names are looked up once for each
// group.

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "store/duckdb/chapter/chapter_query.h"
#include "store/duckdb/chapter/event_stream.h"
#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"
#include "store/tally.h"

namespace spoor::store::duckdb {
namespace {

using match::FieldRef;
using match::Scope;

/// One of the things to count by, in one chapter.
struct Axis {
    FieldRef field;
    std::size_t column = 0;  // of the result; 0: the form says it
};

/// How often a field stands in a form, other than as a constant.
std::size_t variable_times(const Form& form, FieldId id) {
    return static_cast<std::size_t>(std::ranges::count_if(
        form.fields, [&](const FormField& entry) { return entry.field == id && entry.word == kVariable; }));
}

/// Whether the value of a field follows from an event's form and its columns, for all forms of the chapter.
bool stands_in_columns(const ChapterReader& reader, const FieldRef& field, Catalog& catalog) {
    if (field.scope == Scope::Any) return false;
    if (field.scope == Scope::Header)
        return field.header() != match::HeaderProperty::Time && field.header() != match::HeaderProperty::Sequence;
    if (field.scope >= Scope::Session) return true;
    const FieldId id = field.scope == Scope::Schema ? field.field() : catalog.field(field.named);
    return std::ranges::all_of(reader.forms(),
                               [&](const Form& form) { return variable_times(form, id) == 0 || indexed_place(id); });
}

class ChapterCount {
public:
    ChapterCount(DuckStore& store, ChapterQuery& chapter, const CountQuery& query, const History* history,
                 const HostBases& bases)
        : store_(store), chapter_(chapter), query_(query), history_(history), bases_(bases) {}

    /// False when the chapter cannot be counted in SQL.
    Result<bool> run(Tally& tally) {
        if (chapter_.condition().precision != match::Precision::Exact) return false;
        std::string columns;
        bool about_actors = false;
        std::size_t next = 1;
        for (const FieldRef& field : query_.by) {
            if (!stands_in_columns(chapter_.reader(), field, store_.catalog())) return false;
            Axis axis{field};
            if (const std::string column = column_of(field); !column.empty()) {
                columns += ", " + column;
                axis.column = next++;
                about_actors = about_actors || field.scope >= Scope::Session;
            }
            axes_.push_back(axis);
        }
        const std::string stretch = query_.per.nanoseconds > 0
                                        ? fmt::format("time - (time % {0} + {0}) % {0}", query_.per.nanoseconds)
                                        : "CAST(0 AS BIGINT)";
        columns = fmt::format("form{}, {} AS stretch", columns, stretch);
        std::string from = fmt::format("time BETWEEN {} AND {}", query_.from.nanoseconds, query_.until.nanoseconds);
        Rows rows = TRY(chapter_.count_query(columns, from,
                                             about_actors ? ChapterQuery::Join::Actors : ChapterQuery::Join::Nothing));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                std::vector<std::string> values;
                for (const Axis& axis : axes_) values.push_back(TRY(text(axis, rows, row)));
                const std::size_t stretch_column = next;
                tally.add(std::move(values), {rows.numbers<std::int64_t>(stretch_column)[row]},
                          {rows.numbers<std::uint64_t>(stretch_column + 1)[row],
                           {rows.numbers<std::int64_t>(stretch_column + 2)[row]},
                           {rows.numbers<std::int64_t>(stretch_column + 3)[row]}});
            }
        return true;
    }

private:
    std::string column_of(const FieldRef& field) const {
        switch (field.scope) {
            case Scope::Session: return "session";
            case Scope::AdoptedSession: return "adopted";
            case Scope::Process:
            case Scope::ParentProcess: return "process";
            case Scope::Schema:
                return indexed_place(field.field()) ? fmt::format("\"{}\"", spoor::field(field.field()).name) : "";
            default: return "";
        }
    }

    Result<std::string> text(const Axis& axis, const Rows& rows, std::size_t row) {
        const Form& form = chapter_.reader().forms()[rows.numbers<std::uint32_t>(0)[row]];
        const FieldRef& field = axis.field;
        Batch none;
        none.begin();
        Event event{.host = form.host,
                    .channel = form.channel,
                    .kind = form.kind,
                    .outcome = form.outcome,
                    .quality = form.quality,
                    .event_id = form.event_id};
        if (field.scope == Scope::Header) return value_text(field, {none, event}, history_, store_.catalog());
        if (field.scope >= Scope::Session) {
            if (rows.is_null(axis.column, row)) return std::string();
            const std::uint32_t place = rows.numbers<std::uint32_t>(axis.column)[row];
            const HostBases::Base base = bases_.of(form.host);
            if (field.scope == Scope::Session)
                event.actor.session = base.sessions + place;
            else if (field.scope == Scope::AdoptedSession)
                event.actor.adopted_session = base.sessions + place;
            else
                event.actor.process = base.processes + place;
            return value_text(field, {none, event}, history_, store_.catalog());
        }
        const FieldId id = field.scope == Scope::Schema ? field.field() : store_.catalog().field(field.named);
        for (const FormField& entry : form.fields) {
            if (entry.field != id) continue;
            if (entry.word != kVariable) return word_text(field, id, entry.word);
            return rows.is_null(axis.column, row)
                       ? std::string()
                       : TRY(word_text(field, id, rows.numbers<std::uint32_t>(axis.column)[row]));
        }
        return std::string();
    }

    Result<std::string> word_text(const FieldRef& field, FieldId id, std::uint32_t number) {
        auto& words = texts_[id];
        if (words.empty())
            TRY(chapter_.reader().each_word(std::span(&id, 1), [&](std::uint32_t word, const FieldValue& value) {
                if (word >= words.size()) words.resize(word + 1);
                match::append_text(words[word], value, field);
            }));
        if (number >= words.size()) return fail(Errc::Corrupt, "an event has a word that is not there");
        return words[number];
    }

    DuckStore& store_;
    ChapterQuery& chapter_;
    const CountQuery& query_;
    const History* history_;
    const HostBases& bases_;
    std::vector<Axis> axes_;
    std::unordered_map<FieldId, std::vector<std::string>> texts_;
};

}  // namespace

Result<std::vector<Count>> DuckStore::count(const CountQuery& query) {
    TRY(use_all_cores());
    QueryPlan plan = TRY(QueryPlan::make(*this, query.where));
    const History* about = nullptr;
    HostBases bases;
    if (std::ranges::any_of(query.by, [](const FieldRef& field) { return field.scope >= Scope::Session; })) {
        about = TRY(history());
        bases = HostBases(*about);
    }
    Tally tally;
    std::vector<ChapterEntry> chapters = TRY(chapters_between(query.from, query.until));
    std::erase_if(chapters, [&](const ChapterEntry& entry) { return !plan.may_match_in(entry); });
    TRY(listings_->list(chapters));
    for (const ChapterEntry& entry : chapters) {
        ChapterQuery chapter = TRY(ChapterQuery::open(*this, plan, entry));
        if (chapter.is_hopeless()) continue;
        ChapterCount in_sql(*this, chapter, query, about, bases);
        if (TRY(in_sql.run(tally))) continue;
        const auto stream =
            TRY(open_stream(*this, {.where = query.where, .from = query.from, .until = query.until}, entry));
        TRY(count_stream(*stream, query, about, catalog_, tally));
    }
    return tally.take();
}

}  // namespace spoor::store::duckdb
