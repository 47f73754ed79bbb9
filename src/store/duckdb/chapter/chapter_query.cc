#include "store/duckdb/chapter/chapter_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

using match::FieldRef;
using match::Precision;
using match::Predicate;
using match::Scope;
using match::SqlCondition;

/// A leaf in a chapter, for SQL and for the rows of pages.
struct Translated {
    std::optional<SqlCondition> sql = {};
    LeafRows rows = {};
};

Translated unknown() { return {.rows = {.known = false}}; }

/// Whether a leaf is true of certain events of the chapter, by their places, and of no others.
bool is_by_place(const LeafRows& leaf) {
    return leaf.known && !leaf.more_places && !leaf.header && leaf.words.empty() && count_of(leaf.forms) == 0;
}

/// Whether one of the ids from `begin` to before `end` is in a set.
bool holds_any(const IdSet& set, std::uint64_t begin, std::uint64_t end) {
    end = std::min<std::uint64_t>(end, set.size() * 64);
    for (; begin < end; begin = (begin / 64 + 1) * 64) {
        std::uint64_t bits = set[begin / 64] >> (begin % 64);
        if (const std::uint64_t left = end - begin; left < 64) bits &= (1ull << left) - 1;
        if (bits) return true;
    }
    return false;
}

/// The places of all events that an expression may be true of; nothing where they are not known.
template <typename RowsOf>
std::optional<IdSet> places_of(const match::Expr& expr, const RowsOf& rows_of) {
    using Type = match::Expr::Type;
    if (expr.type == Type::Leaf) {
        const LeafRows& leaf = rows_of(expr.leaf);
        return is_by_place(leaf) ? std::optional(leaf.places) : std::nullopt;
    }
    if (expr.type != Type::And && expr.type != Type::Or) return std::nullopt;
    std::optional<IdSet> all;
    for (const match::Expr& child : expr.children) {
        const std::optional<IdSet> some = places_of(child, rows_of);
        if (some && expr.type == Type::And) return some;
        if (!some && expr.type == Type::Or) return std::nullopt;
        if (!some) continue;
        if (!all) all.emplace();
        all->resize(std::max(all->size(), some->size()));
        for (std::size_t word = 0; word < some->size(); ++word) (*all)[word] |= (*some)[word];
    }
    return all;
}

}  // namespace

/// Turns a leaf into a condition on the columns of a chapter, and into what can be asked of its rows; sets that are too
/// large to list go to `sets`.
class LeafTranslator {
public:
    LeafTranslator(DuckStore& store, QueryPlan& plan, ChapterReader& reader, std::vector<IdSet>& sets,
                   ChapterQuery::Actors actors)
        : store_(store), plan_(plan), reader_(reader), sets_(sets), actors_(actors) {}

    /// Those that need nothing to be read.
    static bool is_cheap(const QueryPlan::Leaf& leaf) {
        return leaf.events || leaf.predicate->field.scope == Scope::Header;
    }

    Result<Translated> translate(QueryPlan::Leaf& leaf) {
        const Predicate& predicate = *leaf.predicate;
        if (leaf.events) return listed_events(*leaf.events);
        if (predicate.field.scope == Scope::Header) return header(leaf);
        // The few events that can match are asked themselves.
        if (plan_.only_events()) return unknown();
        if (leaf.members) return members(leaf);
        switch (predicate.field.scope) {
            case Scope::Schema: return field(leaf, predicate.field.field());
            case Scope::Named: return field(leaf, store_.catalog().field(predicate.field.named));
            default: return anything(leaf);
        }
    }

private:
    /// Parts of a condition, any of which lets an event through.
    struct Parts {
        std::vector<std::string> sql = {};
        IdSet forms = {};    // all of their events match
        IdSet perhaps = {};  // some of their events may
        std::map<FieldId, IdSet> words = {};
    };

    Translated header(QueryPlan::Leaf& leaf) {
        using match::HeaderProperty;
        const Predicate& predicate = *leaf.predicate;
        const HeaderProperty property = predicate.field.header();
        if (property == HeaderProperty::Time || property == HeaderProperty::Sequence)
            return {.sql = property == HeaderProperty::Time ? compare_numbers<Timestamp>(predicate, "time")
                                                            : compare_numbers<std::uint64_t>(predicate, "record"),
                    .rows = {.header = leaf.matcher.get()}};
        Parts parts;
        match_headers(leaf, parts);
        return joined(std::move(parts));
    }

    Result<Translated> field(QueryPlan::Leaf& leaf, FieldId id) {
        Parts parts;
        TRY(match_fields(leaf, std::span(&id, 1), parts));
        return joined(std::move(parts));
    }

    Result<Translated> anything(QueryPlan::Leaf& leaf) {
        // An event without a value: what is true of it is not true because of a word, and words cannot be asked alone.
        if (matches(leaf, Event{})) return unknown();
        Parts parts;
        match_headers(leaf, parts);
        const std::vector<FieldId> fields = reader_.fields();
        TRY(match_fields(leaf, fields, parts));
        return joined(std::move(parts));
    }

    Result<Translated> members(QueryPlan::Leaf& leaf) {
        const char* const column = actor_column(leaf.predicate->field.scope);
        std::set<HostId> here;
        for (const Form& form : reader_.forms()) here.insert(form.host);
        std::string any;
        const std::size_t sets_before = sets_.size();
        for (const auto& [host, set] : *leaf.members) {
            if (!here.contains(host)) continue;
            const auto number = store_.names().find(store_.catalog().host_name(host));
            if (number)
                any += fmt::format("{}(host = {} AND {})", any.empty() ? "" : " OR ", *number, is_in(column, set));
        }
        Translated translated{.sql = SqlCondition{"FALSE"}};
        if (any.empty()) return translated;
        if (actors_ == ChapterQuery::Actors::ByPage) return Translated{.rows = {.more_places = true}};
        // Looked up once, and not in each of the queries that the chapter is read by.
        store_.connection().use_sets(sets_);
        Rows rows = TRY(store_.connection().query(
            fmt::format("SELECT seq FROM {} AND ({})", store_.actors_of(reader_.entry()), any)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row)
                add_to(translated.rows.places, static_cast<std::uint32_t>(rows.numbers<std::uint64_t>(0)[row]));
        sets_.resize(sets_before);
        if (translated.rows.places.empty()) return translated;
        sets_.push_back(translated.rows.places);
        translated.sql = {fmt::format("in_set(CAST(seq & 4294967295 AS UINTEGER), {})", sets_.size() - 1)};
        return translated;
    }

    Translated listed_events(std::span<const std::uint64_t> events) const {
        const std::span<const std::uint64_t> here = events_within(events, reader_.entry());
        if (here.empty()) return {.sql = SqlCondition{"FALSE"}};
        Translated translated{.sql = SqlCondition{fmt::format("seq IN ({})", fmt::join(here, ","))}};
        for (const std::uint64_t seq : here) add_to(translated.rows.places, static_cast<std::uint32_t>(seq));
        return translated;
    }

    /// Forms whose host, kind, channel ... match.
    void match_headers(QueryPlan::Leaf& leaf, Parts& parts) {
        for (std::size_t i = 0; i < reader_.forms().size(); ++i) {
            const Form& form = reader_.forms()[i];
            const Event event{.host = form.host,
                              .channel = form.channel,
                              .kind = form.kind,
                              .outcome = form.outcome,
                              .quality = form.quality,
                              .event_id = form.event_id};
            if (matches(leaf, event)) add_to(parts.forms, static_cast<std::uint32_t>(i));
        }
    }

    Result<void> match_fields(QueryPlan::Leaf& leaf, std::span<const FieldId> fields, Parts& parts) {
        const WordPages* const pages = TRY(plan_.word_pages(store_, leaf));
        TRY(reader_.each_word(
            fields,
            [&](std::uint32_t number, const FieldValue& word) {
                if (leaf.matcher->matches(word)) add_to(parts.words[word.field], number);
            },
            pages));
        for (const auto& [id, words] : parts.words) let_through(id, words, parts);
        return {};
    }

    /// What has one of these words in that field.
    void let_through(FieldId id, const IdSet& words, Parts& parts) {
        const auto place = indexed_place(id);
        bool in_column = false;
        for (std::size_t i = 0; i < reader_.forms().size(); ++i) {
            std::size_t times = 0;
            bool variable = false;
            bool constant = false;
            for (const FormField& entry : reader_.forms()[i].fields) {
                if (entry.field != id) continue;
                if (entry.word == kVariable)
                    variable = true, ++times;
                else if (holds(words, entry.word))
                    constant = true;
            }
            if (constant) add_to(parts.forms, static_cast<std::uint32_t>(i));
            if (variable && place && times == 1)
                in_column = true;
            else if (variable)
                add_to(parts.perhaps, static_cast<std::uint32_t>(i));
        }
        if (in_column) parts.sql.push_back(is_in(fmt::format("\"{}\"", spoor::field(id).name), words));
    }

    static bool matches(QueryPlan::Leaf& leaf, const Event& event) {
        thread_local Batch batch;
        batch.clear();
        batch.begin();
        return leaf.matcher->matches({batch, batch.commit(event)}, nullptr);
    }

    std::string is_in(std::string_view column, const IdSet& set) {
        const std::size_t count = count_of(set);
        if (count == 1) return fmt::format("{} = {}", column, listed(set));
        if (count <= kMostListed) return fmt::format("{} IN ({})", column, listed(set));
        sets_.push_back(set);
        return fmt::format("in_set({}, {})", column, sets_.size() - 1);
    }

    Translated joined(Parts parts) {
        std::optional<SqlCondition> sql = sql_of(parts);
        return {.sql = std::move(sql), .rows = {.forms = std::move(parts.forms), .words = std::move(parts.words)}};
    }

    SqlCondition sql_of(const Parts& parts) {
        std::vector<std::string> any = parts.sql;
        const std::size_t sure = count_of(parts.forms);
        if (sure == reader_.forms().size()) return SqlCondition{"TRUE"};
        if (sure > 0) any.push_back(is_in("form", parts.forms));
        const bool perhaps = count_of(parts.perhaps) > 0;
        if (perhaps) any.push_back(is_in("form", parts.perhaps));
        if (any.empty()) return SqlCondition{"FALSE"};
        return SqlCondition{fmt::format("{}", fmt::join(any, " OR ")),
                            perhaps ? Precision::Superset : Precision::Exact};
    }

    DuckStore& store_;
    QueryPlan& plan_;
    ChapterReader& reader_;
    std::vector<IdSet>& sets_;
    ChapterQuery::Actors actors_;
};

// ---- ChapterQuery

Result<ChapterQuery> ChapterQuery::open(DuckStore& store, QueryPlan& plan, const ChapterEntry& entry, Actors actors) {
    Listings::Shared listing = TRY(store.listings().of(entry));
    ChapterQuery query(store, plan,
                       TRY(ChapterReader::open(store.connection(), store.catalog(), store.names(), entry,
                                               std::move(listing), &store.shelves())));
    LeafTranslator translator(store, plan, query.reader_, query.sets_, actors);
    std::vector<Translated> leaves(plan.leaves().size(), unknown());
    const auto translate = [&](bool cheap) -> Result<void> {
        for (std::size_t i = 0; i < leaves.size(); ++i)
            if (LeafTranslator::is_cheap(plan.leaves()[i]) == cheap)
                leaves[i] = TRY(translator.translate(plan.leaves()[i]));
        std::vector<LeafRows> rows;
        for (const Translated& leaf : leaves) rows.push_back(leaf.rows);
        query.rows_ = std::make_unique<RowMatcher>(plan.expr(), std::move(rows), query.reader_.forms());
        query.find_forms();
        return {};
    };
    // What one session did is in few chapters: most are done with before their words are looked at.
    TRY(translate(true));
    if (!query.is_hopeless()) TRY(translate(false));
    if (query.is_hopeless()) return query;
    for (std::size_t i = 0; i < leaves.size(); ++i)
        if (leaves[i].rows.more_places) query.about_actors_.push_back(i);
    const auto leaf_of = [&](const Predicate& predicate) -> const Translated& {
        const auto leaf = std::ranges::find(plan.leaves(), &predicate, &QueryPlan::Leaf::predicate);
        return leaves[static_cast<std::size_t>(leaf - plan.leaves().begin())];
    };
    query.condition_ = match::to_sql(plan.expr(), [&](const Predicate& predicate) { return leaf_of(predicate).sql; });
    const auto places =
        places_of(plan.expr(), [&](const Predicate& predicate) -> const LeafRows& { return leaf_of(predicate).rows; });
    if (places) query.find_pages_of(*places);
    return query;
}

void ChapterQuery::note(std::uint64_t seq, HostId host, const Actor& actor) {
    for (const std::size_t leaf : about_actors_) {
        const QueryPlan::Leaf& asked = plan_->leaves()[leaf];
        const std::uint32_t member = member_of(actor, asked.predicate->field.scope);
        const auto members = std::ranges::find(*asked.members, host, &QueryPlan::Members::host);
        if (member != kNobody && members != asked.members->end() && holds(members->set, member))
            rows_->note(leaf, static_cast<std::uint32_t>(seq));
    }
}

void ChapterQuery::find_pages_of(const IdSet& places) {
    hits_.emplace(reader_.page_count());
    for (std::size_t page = 0; page < hits_->size(); ++page) {
        const Listing::EventRun& run = reader_.page(page);
        const std::uint64_t first = static_cast<std::uint32_t>(run.first_seq);
        (*hits_)[page] = holds_any(places, first, first + run.count);
    }
}

void ChapterQuery::find_forms() {
    forms_before_.assign(1, 0);
    for (std::uint32_t form = 0; form < reader_.forms().size(); ++form)
        forms_before_.push_back(forms_before_.back() + (rows_->of_form(form) != RowMatcher::Answer::No));
}

bool ChapterQuery::may_match(std::size_t page) const {
    const Listing::EventRun& run = reader_.page(page);
    const std::size_t last = std::min<std::size_t>(run.last_form, reader_.forms().size() - 1);
    return !hits_ ? forms_before_[last + 1] > forms_before_[std::min<std::size_t>(run.first_form, last)]
                  : (*hits_)[page];
}

Result<void> ChapterQuery::find_pages(Timestamp from, Timestamp until) {
    if (hits_) return {};
    std::vector<bool> hits(reader_.page_count());
    const ChapterEntry& entry = reader_.entry();
    std::string sql = fmt::format("SELECT seq FROM events WHERE seq BETWEEN {} AND {} AND {}",
                                  sequence_number(entry.number, 0), entry.last_seq(), condition_.text);
    if (from.nanoseconds > entry.first_time || until.nanoseconds < entry.last_time)
        sql += fmt::format(" AND time BETWEEN {} AND {}", from.nanoseconds, until.nanoseconds);
    store_->connection().use_sets(sets_);
    Rows rows = TRY(store_->connection().query(sql));
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row)
            if (const std::size_t page = reader_.page_of(rows.numbers<std::uint64_t>(0)[row]); page < hits.size())
                hits[page] = true;
    hits_ = std::move(hits);
    return {};
}

Result<Rows> ChapterQuery::count_query(const std::string& columns, const std::string& and_also, Join join) {
    const std::uint64_t first = sequence_number(reader_.entry().number, 0);
    const std::uint64_t last = reader_.entry().last_seq();
    store_->connection().use_sets(sets_);
    const std::string actors =
        join == Join::Nothing ? ""
                              : fmt::format(" LEFT JOIN (SELECT seq, session, process, adopted FROM {}) USING (seq)",
                                            store_->actors_of(reader_.entry()));
    return store_->connection().query(
        fmt::format("SELECT {}, CAST(count(*) AS UBIGINT), min(time), max(time) FROM (SELECT * FROM events WHERE seq "
                    "BETWEEN {} AND {} AND {} AND {}){} GROUP BY ALL",
                    columns, first, last, condition_.text, and_also, actors));
}

}  // namespace spoor::store::duckdb
