#include "match/testing.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/unicode.h"
#include "match/evaluate/comparison.h"
#include "match/evaluate/regex.h"

namespace spoor::match::testing {
namespace {

constexpr std::string_view kTexts[] = {"C:\\Windows\\System32\\cmd.exe",
                                       "c:\\windows\\system32\\CMD.EXE",
                                       "C:\\Windows\\explorer.exe",
                                       "/usr/bin/bash",
                                       "net user /add",
                                       "NET USER",
                                       "jimmy",
                                       "JIMMY",
                                       "Jörg",
                                       "JÖRG",
                                       "ſecret",
                                       "SECRET",
                                       "\u212Aelvin",
                                       "kelvin",
                                       "\u023Abc",
                                       "42",
                                       "-7",
                                       "0x2a",
                                       "1.5",
                                       "10.0.0.1",
                                       "-",
                                       " ",
                                       "a*b",
                                       "say \"hi\"",
                                       "and",
                                       "S-1-5-18",
                                       "SeDebugPrivilege SeTcbPrivilege",
                                       "x",
                                       "\xff\x80zed",
                                       "ΣΊΣΥΦΟΣ σίσυφος",
                                       "CORP\\jimmy"};
constexpr std::string_view kPieces[] = {"cmd.exe", "CMD", "\\", "windows", "net user",        "jim",
                                        "ö",       "ÖR",  "s",  "K",       "\u2C65",          "4",
                                        "e",       "\"",  "Σ",  "x",       "sedebugprivilege"};
constexpr std::string_view kRegexes[] = {"cmd", "^C:\\\\", "j(im|ö)", "[0-9]+", "a/b", "\\bnet\\b", "(?-i)JIMMY"};
constexpr std::string_view kHosts[] = {"WS07", "dc1.corp.example", "srv02"};
constexpr std::string_view kNamedFields[] = {"Custom", "odd name"};
constexpr std::string_view kSchemaFields[] = {
    "Image",     "CommandLine", "TargetUserName", "PrivilegeList", "ProcessId", "LogonId", "Status",
    "LogonType", "IpAddress",   "ProcessGuid",    "TargetUserSid", "UtcTime",   "Binary"};

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }
bool one_in(Random& random, std::size_t n) { return below(random, n) == 0; }

template <typename T, std::size_t N>
T pick(Random& random, const T (&items)[N]) {
    return items[below(random, N)];
}

std::uint64_t small_number(Random& random) { return one_in(random, 8) ? random() : below(random, 12); }
Timestamp some_time(Random& random) {
    return Timestamp::from_unix_seconds(1'600'000'000 + static_cast<std::int64_t>(below(random, 8)));
}
Guid some_guid(Random& random) {
    Guid guid;
    guid.bytes[0] = static_cast<std::uint8_t>(1 + below(random, 3));
    return guid;
}
Sid some_sid(Random& random) { return Sid::parse(one_in(random, 2) ? "S-1-5-18" : "S-1-5-21-1-2-3-500").value(); }
IpAddress some_address(Random& random) {
    if (one_in(random, 4)) return IpAddress::parse("fe80::1").value();
    return IpAddress::v4(0x0a000000u + static_cast<std::uint32_t>(below(random, 3)) * 0x101u);
}

// --- things ---

void add_value(Batch& batch, FieldId field, Type type, Random& random) {
    if (one_in(random, 6)) return batch.add_text(field, pick(random, kTexts));
    switch (type) {
        case Type::Number:
        case Type::Hex: return batch.add_number(field, small_number(random));
        case Type::Time: return batch.add_time(field, some_time(random));
        case Type::Guid: return batch.add_guid(field, some_guid(random));
        case Type::Sid: return batch.add_sid(field, some_sid(random));
        case Type::Address: return batch.add_address(field, some_address(random));
        case Type::Bytes:
            return batch.add(FieldValue::of_bytes(field, ValueType::Bytes, batch.arena().copy("\x01\xab")));
        default: return batch.add_text(field, one_in(random, 10) ? "" : pick(random, kTexts));
    }
}

void add_event(World& world, Random& random) {
    Batch& batch = world.batch;
    batch.begin();
    for (const std::string_view name : kSchemaFields) {
        const auto field = find_field(name).value();
        for (std::size_t i = below(random, 5); i >= 3; --i)
            add_value(batch, field, type_of(kFields[static_cast<std::size_t>(field)].type), random);
    }
    for (const std::string_view name : kNamedFields)
        if (one_in(random, 2))
            add_value(batch, world.catalog.field(name), pick(random, {Type::Text, Type::Number}), random);
    Event event;
    event.time = some_time(random);
    event.host = world.catalog.host(pick(random, kHosts));
    event.channel = world.catalog.channel(one_in(random, 2) ? "Security" : "System");
    event.kind = static_cast<Kind>(below(random, kKindCount));
    event.outcome = static_cast<Outcome>(below(random, 3));
    event.event_id = static_cast<std::uint16_t>(below(random, 12));
    event.sequence = below(random, 12);
    event.actor = {.session = static_cast<std::uint32_t>(below(random, world.history.sessions.size() + 1)),
                   .process = static_cast<std::uint32_t>(below(random, world.history.processes.size() + 1)),
                   .adopted_session = static_cast<std::uint32_t>(below(random, world.history.sessions.size() * 2))};
    batch.commit(event);
}

Session some_session(World& world, Random& random) {
    const auto text = [&] { return one_in(random, 3) ? std::string_view() : pick(random, kTexts); };
    Session session;
    session.key = {world.catalog.host(pick(random, kHosts)), 0, LogonId(below(random, 12))};
    session.origin = static_cast<Origin>(below(random, 4));
    session.user = {one_in(random, 2) ? some_sid(random) : Sid(), text(), text()};
    session.type = pick(random, {LogonType::Network, LogonType::RemoteInteractive, LogonType::Unknown});
    session.logon_process = text();
    session.privileges = text();
    if (one_in(random, 2)) session.elevated = one_in(random, 2);
    if (one_in(random, 2)) session.source_address = some_address(random);
    if (one_in(random, 2)) session.start = some_time(random);
    if (one_in(random, 2)) session.end = some_time(random);
    session.last_seen = some_time(random);
    session.event_count = below(random, 12);
    session.logon_guid = some_guid(random);
    session.workstation = text();
    return session;
}

Process some_process(World& world, Random& random) {
    const auto text = [&] { return one_in(random, 3) ? std::string_view() : pick(random, kTexts); };
    Process process;
    process.host = world.catalog.host(pick(random, kHosts));
    process.pid = below(random, 12);
    process.guid = some_guid(random);
    process.image = text();
    process.command_line = text();
    process.session = static_cast<std::uint32_t>(below(random, world.history.sessions.size() + 1));
    process.parent = one_in(random, 2) ? kNobody : static_cast<std::uint32_t>(below(random, 8));
    process.parent_pid = below(random, 12);
    process.parent_image = text();
    if (one_in(random, 2)) process.start = some_time(random);
    if (one_in(random, 2)) process.exit_code = static_cast<std::uint32_t>(below(random, 12));
    return process;
}

// --- questions ---

FieldRef random_field(Random& random, Subject subject) {
    const auto session = [&](Scope scope) {
        return FieldRef::of(static_cast<SessionProperty>(below(random, session_properties().size())), scope);
    };
    const auto process = [&](Scope scope) {
        return FieldRef::of(static_cast<ProcessProperty>(below(random, process_properties().size())), scope);
    };
    if (one_in(random, 8)) return FieldRef::any();
    switch (subject) {
        case Subject::Sessions: return session(Scope::Session);
        case Subject::Processes:
            return one_in(random, 3)   ? process(Scope::ParentProcess)
                   : one_in(random, 3) ? session(Scope::Session)
                                       : process(Scope::Process);
        case Subject::Events: break;
    }
    switch (below(random, 8)) {
        case 0: return FieldRef::of(static_cast<HeaderProperty>(below(random, header_properties().size())));
        case 1: return session(one_in(random, 2) ? Scope::Session : Scope::AdoptedSession);
        case 2: return process(one_in(random, 2) ? Scope::Process : Scope::ParentProcess);
        case 3: return FieldRef::of(pick(random, kNamedFields));
        default: return FieldRef::of(find_field(pick(random, kSchemaFields)).value());
    }
}

/// A value of the field's type; nothing for texts.
std::optional<Value> random_value(Random& random, Type type) {
    switch (type) {
        case Type::Number:
        case Type::Hex: return small_number(random);
        case Type::Signed: return static_cast<std::int64_t>(small_number(random));
        case Type::Real: return static_cast<double>(below(random, 9)) / 4;
        case Type::Boolean: return one_in(random, 2);
        case Type::Time: return some_time(random);
        case Type::Duration: return Duration::seconds(static_cast<std::int64_t>(below(random, 8)));
        case Type::Guid: return some_guid(random);
        case Type::Sid: return some_sid(random);
        case Type::Address: return some_address(random);
        case Type::Text:
        case Type::Words:
        case Type::Bytes:
        case Type::Choice: break;
    }
    return std::nullopt;
}

bool is_ordered(Type type) {
    return type == Type::Number || type == Type::Hex || type == Type::Signed || type == Type::Real ||
           type == Type::Time || type == Type::Duration || type == Type::Address;
}

Op random_order(Random& random, Type type) {
    // A time of the last digit is a nanosecond long, so > and <= are asked as >= and <.
    if (type == Type::Time) return pick(random, {Op::Less, Op::GreaterOrEqual});
    return pick(random, {Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual});
}

/// The parser takes accounts and full host names to the properties that hold them.
bool is_redirected(const FieldRef& field, std::string_view text) {
    if (field == FieldRef::of(HeaderProperty::Host)) return text.contains('.');
    const bool of_session = field.scope == Scope::Session || field.scope == Scope::AdoptedSession;
    return of_session && field.session() == SessionProperty::User && (text.contains('\\') || text.starts_with("S-"));
}

std::string valid(std::string_view text) { return is_utf8(text) ? std::string(text) : std::string("zed"); }

Expr random_text_question(Random& random, const FieldRef& field) {
    const Case text_case = one_in(random, 5) ? Case::Exact : Case::Folded;
    const auto piece = [&] { return std::string(pick(random, kPieces)); };
    if (one_in(random, 6)) return leaf({field, Op::Regex, {std::string(pick(random, kRegexes))}, text_case});
    const std::string one = piece();
    const std::string other = piece();
    if (is_redirected(field, one) || is_redirected(field, other) || vocabulary_of(field) != Vocabulary::None)
        return leaf({field, Op::Regex, {std::string("x")}});
    switch (below(random, 5)) {
        case 0: return leaf({field, Op::StartsWith, {one}, text_case});
        case 1: return leaf({field, Op::EndsWith, {one}, text_case});
        case 2: return leaf({field, Op::Glob, {std::string(one_in(random, 2) ? "" : other), one, other}, text_case});
        case 3: return leaf({field, Op::Glob, {one, other}, text_case});
        default: return leaf({field, Op::Contains, {one}, text_case});
    }
}

Expr random_equality(Random& random, const FieldRef& field, Type type) {
    if (field.scope == Scope::Any) type = pick(random, {Type::Number, Type::Guid, Type::Sid, Type::Address});
    if (auto value = random_value(random, type)) return leaf({field, Op::Equal, {*std::move(value)}});
    std::string text = valid(pick(random, kTexts));
    if (is_redirected(field, text)) text = "jimmy";
    const Case text_case = one_in(random, 5) ? Case::Exact : Case::Folded;
    if (type == Type::Words) return leaf({field, Op::Word, {std::string("SeTcbPrivilege")}, text_case});
    return leaf({field, Op::Equal, {std::move(text)}, text_case});
}

Expr random_leaf(Random& random, Subject subject) {
    const FieldRef field = random_field(random, subject);
    const Type type = type_of(field);
    if (field.scope == Scope::Any)
        return one_in(random, 2) ? random_text_question(random, field) : random_equality(random, field, type);
    if (one_in(random, 10)) return leaf({field, Op::Exists});
    if (const auto all = choices(vocabulary_of(field)); !all.empty() && !one_in(random, 4))
        return leaf({field, Op::Equal, {all[below(random, all.size())].number}});
    if (type == Type::Choice) return leaf({field, Op::Exists});
    if (is_ordered(type) && one_in(random, 2))
        return leaf({field, random_order(random, type), {*random_value(random, type)}});
    if (type == Type::Text && one_in(random, 8))
        return leaf(
            {field, random_order(random, type), {pick<Value>(random, {std::uint64_t{42}, std::int64_t{-7}, 1.5})}});
    if ((type == Type::Address || type == Type::Text) && one_in(random, 4))
        return leaf({field,
                     Op::Cidr,
                     {Network::parse(pick<std::string_view>(random, {"10.0.0.0/8", "10.0.0.0/24", "fe80::/10", "::/0"}))
                          .value()}});
    if (type == Type::Time || type == Type::Duration || one_in(random, 2)) {
        if (type == Type::Time || type == Type::Duration)
            return leaf({field, random_order(random, type), {*random_value(random, type)}});
        return random_equality(random, field, type);
    }
    return random_text_question(random, field);
}

// --- answers ---

struct Subjects {
    const World& world;
    const Event* event = nullptr;
    const Session* session = nullptr;
    const Session* adopted = nullptr;
    const Process* process = nullptr;
};

struct Answer {
    const Predicate& predicate;

    std::string form(std::string_view text) const {
        return predicate.text_case == Case::Folded ? fold_case(text) : std::string(text);
    }

    bool to_text(std::string_view original) const {
        const std::string text = form(original);
        std::vector<std::string> wanted;
        for (const Value& argument : predicate.arguments) wanted.push_back(form(std::get<std::string>(argument)));
        switch (predicate.op) {
            case Op::Equal:
            case Op::In: return std::ranges::find(wanted, text) != wanted.end();
            case Op::StartsWith: return text.substr(0, wanted[0].size()) == wanted[0];
            case Op::EndsWith:
                return text.size() >= wanted[0].size() && text.substr(text.size() - wanted[0].size()) == wanted[0];
            case Op::Contains: return text.find(wanted[0]) != std::string::npos;
            case Op::Word: return (" " + text + " ").find(" " + wanted[0] + " ") != std::string::npos;
            case Op::Glob: return glob(text, wanted);
            case Op::Regex: return Regex::compile(predicate.text(), predicate.text_case)->found_in(original);
            default: return false;
        }
    }

    /// By trying every place for every piece.
    static bool glob(std::string_view text, std::span<const std::string> pieces) {
        if (!text.starts_with(pieces.front())) return false;
        text.remove_prefix(pieces.front().size());
        if (pieces.size() == 1) return text.empty();
        for (std::size_t skip = 0; skip <= text.size(); ++skip)
            if (glob(text.substr(skip), pieces.subspan(1))) return true;
        return false;
    }

    bool to(const FieldValue& value) const {
        if (value.type == ValueType::Null) return false;
        std::string text;
        append_text(text, value, predicate.field);
        if (predicate.op == Op::Exists)
            return value.has_bytes() && value.type == ValueType::Text ? !text.empty() && text != "-" : true;
        if (predicate.op == Op::Cidr) {
            const auto address = value.type == ValueType::Address || value.type == ValueType::Text
                                     ? IpAddress::parse(text)
                                     : Result<IpAddress>(fail(Errc::BadQuery, ""));
            return address && std::get<Network>(predicate.argument()).contains(*address);
        }
        if (is_text_operation(predicate.op) || std::holds_alternative<std::string>(predicate.argument()))
            return to_text(text);
        for (const Value& argument : predicate.arguments) {
            const bool numbers = value.type == ValueType::Text && type_of(predicate.field) == Type::Text &&
                                 predicate.op != Op::Equal && predicate.op != Op::In;
            if (satisfies(numbers ? order_as_number(text, argument) : order(value, argument), predicate.op))
                return true;
        }
        return false;
    }
};

bool naive_leaf(const Predicate& predicate, const Subjects& of) {
    const Answer answer{predicate};
    const Catalog& catalog = of.world.catalog;
    std::string scratch;
    const FieldRef& field = predicate.field;
    switch (field.scope) {
        case Scope::Schema:
        case Scope::Named:
            if (!of.event) return false;
            return std::ranges::any_of(of.world.batch.values(*of.event), [&](const FieldValue& value) {
                const bool same = field.scope == Scope::Schema ? value.field == field.field()
                                                               : catalog.field_name(value.field) == field.named;
                return same && answer.to(value);
            });
        case Scope::Header: return of.event && answer.to(read(*of.event, field.header(), catalog));
        case Scope::Session: return of.session && answer.to(read(*of.session, field.session(), catalog, scratch));
        case Scope::AdoptedSession:
            return of.adopted && answer.to(read(*of.adopted, field.session(), catalog, scratch));
        case Scope::Process: return of.process && answer.to(read(*of.process, field.process(), catalog));
        case Scope::ParentProcess:
            return of.process && answer.to(read_parent(*of.process, of.world.history, field.process(), catalog));
        case Scope::Any: break;
    }
    const bool of_text = is_text_operation(predicate.op) || std::holds_alternative<std::string>(predicate.argument());
    const auto holds = [&](const FieldValue& value) {
        return (value.type == ValueType::Text) == of_text && answer.to(value);
    };
    bool any = false;
    if (of.event) {
        for (const FieldValue& value : of.world.batch.values(*of.event)) any |= holds(value);
        any |= holds(read(*of.event, HeaderProperty::Host, catalog)) ||
               holds(read(*of.event, HeaderProperty::EventId, catalog));
    } else if (of.process) {
        for (std::size_t i = 0; i < process_properties().size(); ++i)
            any |= holds(read(*of.process, static_cast<ProcessProperty>(i), catalog));
    } else {
        for (std::size_t i = 0; i < session_properties().size(); ++i)
            if (session_properties()[i].type != Type::Choice)
                any |= holds(read(*of.session, static_cast<SessionProperty>(i), catalog, scratch));
    }
    return any;
}

bool naive(const Expr& expr, const Subjects& of) {
    const auto holds = [&](const Expr& child) { return naive(child, of); };
    switch (expr.type) {
        case Expr::Type::True: return true;
        case Expr::Type::False: return false;
        case Expr::Type::Leaf: return naive_leaf(expr.leaf, of);
        case Expr::Type::Not: return !holds(expr.children.front());
        case Expr::Type::And: return std::ranges::all_of(expr.children, holds);
        case Expr::Type::Or: return std::ranges::any_of(expr.children, holds);
        case Expr::Type::AtLeast: return std::ranges::count_if(expr.children, holds) >= expr.count;
    }
    return false;
}

template <typename T>
const T* at(const std::vector<T>& items, std::uint32_t index) {
    return index < items.size() ? &items[index] : nullptr;
}

}  // namespace

void fill(World& world, Random& random, std::size_t events) {
    for (int i = 0; i < 12; ++i) world.history.sessions.push_back(some_session(world, random));
    for (int i = 0; i < 12; ++i) world.history.processes.push_back(some_process(world, random));
    for (std::size_t i = 0; i < events; ++i) add_event(world, random);
}

Expr random_expr(Random& random, Subject subject, unsigned depth) {
    if (depth == 0 || one_in(random, 4)) return random_leaf(random, subject);
    std::vector<Expr> children;
    for (std::size_t i = 2 + below(random, 3); i > 0; --i) children.push_back(random_expr(random, subject, depth - 1));
    switch (below(random, 8)) {
        case 0: return negation(std::move(children.front()));
        case 1: return at_least(static_cast<std::uint32_t>(2 + below(random, 2)), std::move(children));
        case 2:
        case 3:
        case 4: return any_of(std::move(children));
        default: return all_of(std::move(children));
    }
}

bool naive_matches(const Expr& expr, const World& world, const Event& event) {
    const History& history = world.history;
    return naive(expr, {world, &event, at(history.sessions, event.actor.session),
                        at(history.sessions, event.actor.adopted_session), at(history.processes, event.actor.process)});
}

bool naive_matches(const Expr& expr, const World& world, const Session& session) {
    return naive(expr, {world, nullptr, &session});
}

bool naive_matches(const Expr& expr, const World& world, const Process& process) {
    return naive(expr, {world, nullptr, at(world.history.sessions, process.session), nullptr, &process});
}

}  // namespace spoor::match::testing
