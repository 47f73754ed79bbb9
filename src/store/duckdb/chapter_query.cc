#include "store/duckdb/chapter_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "store/duckdb/duck_store.h"
#include "store/duckdb/schema.h"

namespace spoor::store::duckdb {
namespace {

using match::FieldRef;
using match::Op;
using match::Precision;
using match::Predicate;
using match::Scope;
using match::SqlCondition;

/// Sets up to this size are written out, so that DuckDB can skip what lies outside their range.
constexpr std::size_t kMostListed = 64;
/// Below this share of a chapter, actors are looked up one by one.
constexpr std::size_t kStampAllFrom = 20'000;
/// So many events are known by their numbers rather than by whose they are.
constexpr std::size_t kMostEventsListed = 4096;
/// Rows are read in pieces, to leave out what lies between them: so many at most, and what is closer than this is one.
/// A piece costs as much as 100,000 rows do.
constexpr std::size_t kMostPieces = 8;
constexpr std::uint64_t kNeighbours = 65'536;

bool is_about_members(const FieldRef& field) { return field.scope >= Scope::Session; }

void add_to(IdSet& set, std::uint32_t id) {
    if (id / 64 >= set.size()) set.resize(id / 64 + 1);
    set[id / 64] |= 1ull << (id % 64);
}

bool holds(const IdSet& set, std::uint32_t id) { return id / 64 < set.size() && (set[id / 64] >> (id % 64) & 1); }

std::size_t count_of(const IdSet& set) {
    std::size_t count = 0;
    for (const std::uint64_t word : set) count += static_cast<std::size_t>(std::popcount(word));
    return count;
}

template <typename Visit>
void each_id(const IdSet& set, Visit&& visit) {
    for (std::size_t word = 0; word < set.size(); ++word)
        for (std::uint64_t bits = set[word]; bits; bits &= bits - 1)
            visit(static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
}

std::string listed(const IdSet& set) {
    std::string list;
    each_id(set, [&](std::uint32_t id) { list += fmt::format("{}{}", list.empty() ? "" : ",", id); });
    return list;
}

std::string_view operator_of(Op op) {
    switch (op) {
        case Op::Less: return "<";
        case Op::LessOrEqual: return "<=";
        case Op::Greater: return ">";
        case Op::GreaterOrEqual: return ">=";
        default: return "=";
    }
}

/// A predicate on a column of numbers that SQL compares as the matcher does; nothing where it is not plain enough.
template <typename Argument, typename Number>
std::optional<SqlCondition> compare_numbers(const Predicate& predicate, std::string_view column, Number number) {
    if (predicate.op != Op::Equal && predicate.op != Op::In &&
        !(predicate.op >= Op::Less && predicate.op <= Op::GreaterOrEqual))
        return std::nullopt;
    std::string list;
    for (const match::Value& value : predicate.arguments) {
        const auto* const argument = std::get_if<Argument>(&value);
        if (!argument) return std::nullopt;
        list += fmt::format("{}{}", list.empty() ? "" : ",", number(*argument));
    }
    if (predicate.op == Op::In) return SqlCondition{fmt::format("{} IN ({})", column, list)};
    return SqlCondition{fmt::format("{} {} {}", column, operator_of(predicate.op), list)};
}

/// Whether the expression can be true at all, from what is certain about its leaves.
struct Prospect {
    bool may_be_true;
    bool may_be_false;
};

using Conditions = std::map<const Predicate*, std::optional<SqlCondition>>;

/// Leaves that are not in `leaves` may be either.
Prospect prospect(const match::Expr& expr, const Conditions& leaves) {
    using Type = match::Expr::Type;
    switch (expr.type) {
        case Type::True: return {true, false};
        case Type::False: return {false, true};
        case Type::Leaf: {
            const auto leaf = leaves.find(&expr.leaf);
            if (leaf == leaves.end() || !leaf->second) return {true, true};
            return {leaf->second->text != "FALSE", leaf->second->text != "TRUE"};
        }
        case Type::Not: {
            const Prospect child = prospect(expr.children.front(), leaves);
            return {child.may_be_false, child.may_be_true};
        }
        case Type::And:
        case Type::Or:
        case Type::AtLeast: {
            std::size_t possible = 0;
            std::size_t certain = 0;
            for (const match::Expr& child : expr.children) {
                const Prospect one = prospect(child, leaves);
                possible += one.may_be_true;
                certain += !one.may_be_false;
            }
            const std::size_t needed = expr.type == Type::And  ? expr.children.size()
                                       : expr.type == Type::Or ? 1
                                                               : expr.count;
            return {possible >= needed, certain < needed};
        }
    }
    return {true, true};
}

/// A query for rows by their numbers, which are ascending: each stretch of neighbours by its range, where these are
/// few, for DuckDB makes a list into a filter behind the reading. `select` ends such that AND may follow.
std::string rows_of(const std::string& select, std::span<const std::uint64_t> seqs) {
    std::string sql;
    std::size_t pieces = 0;
    for (std::size_t first = 0; first < seqs.size(); ++pieces) {
        std::size_t last = first;
        while (last + 1 < seqs.size() && seqs[last + 1] - seqs[last] < kNeighbours) ++last;
        sql += fmt::format("{}{} AND seq BETWEEN {} AND {}", first == 0 ? "" : " UNION ALL ", select, seqs[first],
                           seqs[last]);
        if (seqs[last] - seqs[first] > last - first)
            sql += fmt::format(" AND seq IN ({})", fmt::join(seqs.subspan(first, last + 1 - first), ","));
        first = last + 1;
    }
    if (pieces <= kMostPieces) return sql;
    return fmt::format("{} AND seq BETWEEN {} AND {} AND seq IN ({})", select, seqs.front(), seqs.back(),
                       fmt::join(seqs, ","));
}

/// The column of `actors` that a field is about.
const char* actor_column(Scope scope) {
    return scope == Scope::Session ? "session" : scope == Scope::AdoptedSession ? "adopted" : "process";
}

}  // namespace

// ---- QueryPlan

Result<QueryPlan> QueryPlan::make(DuckStore& store, const match::Expr& expr) {
    QueryPlan plan;
    plan.expr_ = std::make_unique<match::Expr>(expr);
    plan.matcher_ = std::make_unique<match::Matcher>(TRY(match::Matcher::compile(expr, store.catalog())));
    bool about_members = false;
    match::for_each_leaf(*plan.expr_, [&](const Predicate& predicate) {
        plan.leaves_.push_back({&predicate});
        about_members = about_members || is_about_members(predicate.field);
    });
    if (about_members) plan.history_ = TRY(store.known());
    for (Leaf& leaf : plan.leaves_) {
        Predicate alone = *leaf.predicate;
        // What a thread had adopted is a session like any other.
        if (alone.field.scope == Scope::AdoptedSession) alone.field.scope = Scope::Session;
        leaf.matcher =
            std::make_unique<match::Matcher>(TRY(match::Matcher::compile(match::leaf(alone), store.catalog())));
        if (is_about_members(alone.field)) TRY(plan.find_members(store, leaf));
    }
    plan.only_events_ = plan.only_events_of(*plan.expr_);
    return plan;
}

const std::vector<std::uint64_t>* QueryPlan::only_events_of(const match::Expr& expr) const {
    if (expr.type == match::Expr::Type::Leaf)
        for (const Leaf& leaf : leaves_)
            if (leaf.predicate == &expr.leaf && leaf.events) return &*leaf.events;
    if (expr.type == match::Expr::Type::And)
        for (const match::Expr& child : expr.children)
            if (const auto* const events = only_events_of(child)) return events;
    return nullptr;
}

namespace {

/// What SQL can tell of a leaf about sessions or processes beforehand; TRUE where it cannot.
std::string narrowed(const Predicate& predicate) {
    if (predicate.op != Op::Equal && predicate.op != Op::In) return "TRUE";
    const FieldRef& field = predicate.field;
    const bool about_session = field.scope == Scope::Session || field.scope == Scope::AdoptedSession;
    const bool by_number = about_session
                               ? field.session() == match::SessionProperty::Id
                               : field.scope == Scope::Process && field.process() == match::ProcessProperty::Pid;
    const auto number = [](std::uint64_t value) { return value; };
    const auto condition = by_number
                               ? compare_numbers<std::uint64_t>(predicate, about_session ? "logon_id" : "pid", number)
                               : std::nullopt;
    return condition ? condition->text : "TRUE";
}

/// Properties that the same few values of are found in many rows.
bool has_few_values(const FieldRef& field) {
    using match::ProcessProperty;
    using match::SessionProperty;
    if (field.scope == Scope::Process)
        return field.process() == ProcessProperty::Image || field.process() == ProcessProperty::Name ||
               field.process() == ProcessProperty::User;
    switch (field.session()) {
        case SessionProperty::User:
        case SessionProperty::Domain:
        case SessionProperty::Account:
        case SessionProperty::Sid:
        case SessionProperty::Type:
        case SessionProperty::SourceAddress:
        case SessionProperty::Workstation: return true;
        default: return false;
    }
}

/// The columns of `sessions` that a property is made from; none: any of them may be.
std::vector<std::string_view> columns_of(match::SessionProperty property) {
    using match::SessionProperty;
    switch (property) {
        case SessionProperty::Host: return {"host"};
        case SessionProperty::Id: return {"host", "logon_id"};
        case SessionProperty::User:
        case SessionProperty::Domain:
        case SessionProperty::Account: return {"host", "user_sid", "user_domain", "user_name"};
        case SessionProperty::Sid: return {"host", "user_sid"};
        case SessionProperty::Type: return {"host", "type"};
        case SessionProperty::SourceAddress: return {"host", "source_address"};
        case SessionProperty::Workstation: return {"host", "workstation"};
        default: return {};
    }
}

std::vector<std::string_view> columns_of(match::ProcessProperty property) {
    using match::ProcessProperty;
    switch (property) {
        case ProcessProperty::Host: return {"host"};
        case ProcessProperty::Pid: return {"host", "pid"};
        case ProcessProperty::Guid: return {"host", "guid"};
        case ProcessProperty::Image:
        case ProcessProperty::Name: return {"host", "image"};
        case ProcessProperty::CommandLine: return {"host", "command_line"};
        case ProcessProperty::User: return {"host", "user_name"};
        default: return {};
    }
}

}  // namespace

Result<void> QueryPlan::find_members(DuckStore& store, Leaf& leaf) {
    std::map<HostId, IdSet> sets;
    const HostBases& bases = *TRY(store.bases());
    const HistoryReader reader{store.connection(), store.generation(), *TRY(store.places()), store.catalog(),
                               store.names()};
    const FieldRef& field = leaf.predicate->field;
    const bool few = field.scope != Scope::ParentProcess && has_few_values(field);
    const History nothing_else;
    IdSet found;
    if (field.scope == Scope::Session || field.scope == Scope::AdoptedSession) {
        const std::vector<std::string_view> columns = columns_of(field.session());
        const HistoryReader::VisitSession take = [&](std::uint32_t number, const Session& session) {
            if (!leaf.matcher->matches(session)) return;
            if (few)
                add_to(found, number);
            else
                add_to(sets[session.key.host], number - bases.of(session.key.host).sessions);
        };
        TRY(few ? reader.each_kind_of_session(columns, take)
                : reader.each_session(columns, narrowed(*leaf.predicate), take));
        if (few)
            TRY(reader.each_like("sessions", columns, found, [&](std::uint32_t number, HostId host) {
                add_to(sets[host], number - bases.of(host).sessions);
            }));
    } else if (field.scope == Scope::Process) {
        const std::vector<std::string_view> columns = columns_of(field.process());
        const HistoryReader::VisitProcess take = [&](std::uint32_t number, const Process& process) {
            if (!leaf.matcher->matches(process, nothing_else)) return;
            if (few)
                add_to(found, number);
            else
                add_to(sets[process.host], number - bases.of(process.host).processes);
        };
        TRY(few ? reader.each_kind_of_process(columns, take)
                : reader.each_process(columns, narrowed(*leaf.predicate), take));
        if (few)
            TRY(reader.each_like("processes", columns, found, [&](std::uint32_t number, HostId host) {
                add_to(sets[host], number - bases.of(host).processes);
            }));
    } else {
        // A parent is another process: all of them are wanted at once.
        const History& all = *TRY(store.history());
        for (std::size_t i = 0; i < all.processes.size(); ++i) {
            const Process& process = all.processes[i];
            if (leaf.matcher->matches(process, all))
                add_to(sets[process.host], static_cast<std::uint32_t>(i) - bases.of(process.host).processes);
        }
    }
    leaf.members.emplace();
    for (auto& [host, set] : sets) leaf.members->push_back({host, std::move(set)});
    return find_events(store, leaf);
}

Result<void> QueryPlan::find_events(DuckStore& store, Leaf& leaf) {
    std::size_t members = 0;
    for (const Members& of_host : *leaf.members) members += count_of(of_host.set);
    if (members > kMostListed) return {};
    // Host by host: their actors stand together, and DuckDB passes over those of others.
    std::vector<std::uint64_t> events;
    for (const Members& of_host : *leaf.members) {
        const auto host = store.names().find(store.catalog().host_name(of_host.host));
        if (!host) continue;
        Rows rows = TRY(store.connection().query(fmt::format(
            "SELECT seq FROM actors WHERE generation <= {} AND host = {} AND {} IN ({}) LIMIT {}", store.generation(),
            *host, actor_column(leaf.predicate->field.scope), listed(of_host.set), kMostEventsListed + 1)));
        while (rows.next())
            events.insert(events.end(), rows.numbers<std::uint64_t>(0), rows.numbers<std::uint64_t>(0) + rows.size());
        if (events.size() > kMostEventsListed) return {};
    }
    std::ranges::sort(events);
    leaf.events = std::move(events);
    return {};
}

// ---- One leaf in one chapter

/// Turns a leaf into a condition on the columns of a chapter; sets that are too large to list go to `sets`.
class LeafTranslator {
public:
    LeafTranslator(DuckStore& store, ChapterReader& reader, std::vector<IdSet>& sets)
        : store_(store), reader_(reader), sets_(sets) {}

    Result<std::optional<SqlCondition>> translate(QueryPlan::Leaf& leaf) {
        const Predicate& predicate = *leaf.predicate;
        if (leaf.members) return members(leaf);
        switch (predicate.field.scope) {
            case Scope::Header: return header(leaf);
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
    };

    Result<std::optional<SqlCondition>> header(QueryPlan::Leaf& leaf) {
        using match::HeaderProperty;
        const Predicate& predicate = *leaf.predicate;
        if (predicate.field.header() == HeaderProperty::Time)
            return compare_numbers<Timestamp>(predicate, "time", [](Timestamp time) { return time.nanoseconds; });
        if (predicate.field.header() == HeaderProperty::Sequence)
            return compare_numbers<std::uint64_t>(predicate, "record", [](std::uint64_t number) { return number; });
        Parts parts;
        match_headers(leaf, parts);
        return joined(parts);
    }

    Result<std::optional<SqlCondition>> field(QueryPlan::Leaf& leaf, FieldId id) {
        Parts parts;
        TRY(match_fields(leaf, std::span(&id, 1), parts));
        return joined(parts);
    }

    Result<std::optional<SqlCondition>> anything(QueryPlan::Leaf& leaf) {
        // An event without a value: what is true of it is not true because of a word, and words cannot be asked alone.
        if (matches(leaf, Event{})) return std::optional<SqlCondition>();
        Parts parts;
        match_headers(leaf, parts);
        const std::vector<FieldId> fields = reader_.fields();
        TRY(match_fields(leaf, fields, parts));
        return joined(parts);
    }

    Result<std::optional<SqlCondition>> members(QueryPlan::Leaf& leaf) {
        if (leaf.events) return listed_events(*leaf.events);
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
        if (any.empty()) return std::optional(SqlCondition{"FALSE"});
        // Looked up once, and not in each of the queries that the chapter is read by.
        store_.connection().use_sets(sets_);
        IdSet events((reader_.entry().events + 63) / 64);
        bool found = false;
        Rows rows = TRY(store_.connection().query(
            fmt::format("SELECT seq FROM {} AND ({})", store_.actors_of(reader_.entry()), any)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row, found = true)
                add_to(events, static_cast<std::uint32_t>(rows.numbers<std::uint64_t>(0)[row]));
        sets_.resize(sets_before);
        if (!found) return std::optional(SqlCondition{"FALSE"});
        sets_.push_back(std::move(events));
        return std::optional(
            SqlCondition{fmt::format("in_set(CAST(seq & 4294967295 AS UINTEGER), {})", sets_.size() - 1)});
    }

    std::optional<SqlCondition> listed_events(std::span<const std::uint64_t> events) const {
        const auto first = std::ranges::lower_bound(events, sequence_number(reader_.entry().number, 0));
        const auto last = std::ranges::upper_bound(events, reader_.entry().last_seq());
        if (first == last) return SqlCondition{"FALSE"};
        return SqlCondition{fmt::format("seq IN ({})", fmt::join(first, last, ","))};
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
        std::map<FieldId, IdSet> matching;
        TRY(reader_.each_word(fields, [&](std::uint32_t number, const FieldValue& word) {
            if (leaf.matcher->matches(word)) add_to(matching[word.field], number);
        }));
        for (const auto& [id, words] : matching) let_through(id, words, parts);
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
        if (count_of(set) <= kMostListed) return fmt::format("{} IN ({})", column, listed(set));
        sets_.push_back(set);
        return fmt::format("in_set({}, {})", column, sets_.size() - 1);
    }

    std::optional<SqlCondition> joined(const Parts& parts) {
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
    ChapterReader& reader_;
    std::vector<IdSet>& sets_;
};

// ---- ChapterQuery

Result<ChapterQuery> ChapterQuery::open(DuckStore& store, QueryPlan& plan, const ChapterEntry& entry) {
    Listings::Shared listing = TRY(store.listings().of(entry));
    ChapterQuery query(
        store, TRY(ChapterReader::open(store.connection(), store.catalog(), store.names(), entry, std::move(listing))));
    LeafTranslator translator(store, query.reader_, query.sets_);
    Conditions leaves;
    const auto translate = [&](bool known_beforehand) -> Result<void> {
        for (QueryPlan::Leaf& leaf : plan.leaves_)
            if (leaf.events.has_value() == known_beforehand)
                leaves.emplace(leaf.predicate, TRY(translator.translate(leaf)));
        query.hopeless_ = !prospect(*plan.expr_, leaves).may_be_true;
        return {};
    };
    // What one session did is in few chapters: most are done with before their words are looked at.
    TRY(translate(true));
    if (!query.hopeless_) TRY(translate(false));
    if (query.hopeless_) return query;
    if (const auto* const only = plan.only_events())
        query.only_events_.emplace(std::ranges::lower_bound(*only, sequence_number(entry.number, 0)),
                                   std::ranges::upper_bound(*only, entry.last_seq()));
    query.condition_ = match::to_sql(*plan.expr_, [&](const Predicate& predicate) { return leaves.at(&predicate); });
    return query;
}

Result<Rows> ChapterQuery::query(const std::string& columns, const std::string& and_also, const std::string& tail) {
    Connection& connection = store_->connection();
    connection.use_sets(sets_);
    const std::string select = fmt::format("SELECT {} FROM events WHERE {} AND {}", columns, condition_.text, and_also);
    if (only_events_) return connection.query(rows_of(select, *only_events_) + tail);
    return connection.query(fmt::format("{} AND seq BETWEEN {} AND {}{}", select,
                                        sequence_number(reader_.entry().number, 0), reader_.entry().last_seq(), tail));
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

Result<void> ChapterQuery::read(std::span<const std::uint64_t> seqs, Batch& batch) {
    const std::size_t before = batch.size();
    TRY(reader_.read(seqs, batch));
    return stamp(seqs, batch.events().subspan(before));
}

Result<void> ChapterQuery::stamp(std::span<const std::uint64_t> seqs, std::span<Event> events) {
    Connection& connection = store_->connection();
    const HostBases& bases = *TRY(store_->bases());
    const bool all = (stamped_ += seqs.size()) >= kStampAllFrom;
    std::unordered_map<std::uint64_t, Actor> some;
    if (actors_.empty()) {
        const std::string select = fmt::format(
            "SELECT seq, coalesce(session, 4294967295), coalesce(process, 4294967295), coalesce(adopted, 4294967295) "
            "FROM {}",
            store_->actors_of(reader_.entry()));
        if (all) actors_.resize(reader_.entry().events);
        std::vector<std::uint64_t> sorted(seqs.begin(), seqs.end());
        std::ranges::sort(sorted);
        Rows rows = TRY(connection.query(all ? select : rows_of(select, sorted)));
        while (rows.next())
            for (std::size_t row = 0; row < rows.size(); ++row) {
                const Actor actor{static_cast<std::uint32_t>(rows.numbers<std::uint32_t>(1)[row]),
                                  rows.numbers<std::uint32_t>(2)[row], rows.numbers<std::uint32_t>(3)[row]};
                const std::uint64_t seq = rows.numbers<std::uint64_t>(0)[row];
                if (!all)
                    some.emplace(seq, actor);
                else if (static_cast<std::uint32_t>(seq) < actors_.size())
                    actors_[static_cast<std::uint32_t>(seq)] = actor;
            }
    }
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        Actor actor;
        if (!actors_.empty())
            actor = actors_[static_cast<std::uint32_t>(seqs[i])];
        else if (const auto found = some.find(seqs[i]); found != some.end())
            actor = found->second;
        const HostBases::Base base = bases.of(events[i].host);
        if (actor.session != kNobody) actor.session += base.sessions;
        if (actor.process != kNobody) actor.process += base.processes;
        if (actor.adopted_session != kNobody) actor.adopted_session += base.sessions;
        events[i].actor = actor;
    }
    return {};
}

}  // namespace spoor::store::duckdb
