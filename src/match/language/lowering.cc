#include "match/language/lowering.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/unicode.h"
#include "match/evaluate/comparison.h"
#include "match/evaluate/regex.h"
#include "match/field_names.h"
#include "match/language/moments.h"
#include "model/session_name.h"

namespace spoor::match {
namespace {

using Lowered = std::expected<Expr, Diagnostic>;

std::unexpected<Diagnostic> refuse(std::string_view code, Span span, std::string text, std::string hint = {}) {
    return std::unexpected(Diagnostic{code, span, std::move(text), std::move(hint)});
}

template <typename Number>
std::optional<Number> whole(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return whole<std::uint64_t>(text.substr(2), 16);
    if (const auto number = whole<std::uint64_t>(text)) return number;
    // An NTSTATUS or exit code as signed tools print it: -1073741715 is 0xc000006d.
    if (const auto negative = whole<std::int32_t>(text)) return static_cast<std::uint32_t>(*negative);
    return std::nullopt;
}

std::optional<double> parse_real(std::string_view text) {
    double value = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (errc != std::errc{} || end != text.data() + text.size() || value != value) return std::nullopt;
    return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
    const std::string folded = fold_case(text);
    if (folded == "true" || folded == "yes" || folded == "1") return true;
    if (folded == "false" || folded == "no" || folded == "0") return false;
    return std::nullopt;
}

template <typename T>
std::optional<Value> if_ok(const Result<T>& result) {
    return result ? std::optional<Value>(*result) : std::nullopt;
}

template <typename T>
std::optional<Value> as_value(const std::optional<T>& value) {
    return value ? std::optional<Value>(*value) : std::nullopt;
}

/// A value of one of the types that compare by a single value.
std::optional<Value> parse_value_of(Type type, std::string_view text) {
    switch (type) {
        case Type::Number:
        case Type::Hex: return as_value(parse_unsigned(text));
        case Type::Signed: return as_value(whole<std::int64_t>(text));
        case Type::Real: return as_value(parse_real(text));
        case Type::Boolean: return as_value(parse_boolean(text));
        case Type::Guid: return if_ok(Guid::parse(text));
        case Type::Sid: return if_ok(Sid::parse(text));
        case Type::Address: return if_ok(IpAddress::parse(text));
        case Type::Text:
        case Type::Words:
        case Type::Bytes:
        case Type::Time:
        case Type::Duration:
        case Type::Choice: break;
    }
    return std::nullopt;
}

std::string_view example_of(Type type) {
    switch (type) {
        case Type::Number: return "a number, as 4624 or 0x1210";
        case Type::Hex: return "a number, as 0x3e7 or 999";
        case Type::Signed: return "a number, as -1";
        case Type::Real: return "a number, as 0.5";
        case Type::Boolean: return "true or false";
        case Type::Time: return "a time, as 2020-10-09, 2020-10-09T22:28, now-2h, yesterday";
        case Type::Duration: return "a duration, as 90s, 1h30m, 2d";
        case Type::Guid: return "a GUID, as {42C2E005-E3FA-5F80-4908-000000000400}";
        case Type::Sid: return "a SID, as S-1-5-18";
        case Type::Address: return "an address, as 10.0.0.1, 10.0.0.0/8, fe80::1";
        default: return "a text";
    }
}

/// One test while it is lowered.
class Test {
public:
    Test(std::string_view field_name, FieldRef field, Comparison comparison, const Literal& literal,
         const QueryContext& context)
        : name_(excerpt(field_name)),
          field_(std::move(field)),
          type_(type_of(field_)),
          comparison_(comparison),
          literal_(literal),
          context_(context) {}

    Lowered lower() {
        redirect();
        if (comparison_ > Comparison::IsNot) return lower_ordered();
        if (literal_.regex) return lower_regex();
        if (literal_.is_star()) return field_.scope == Scope::Any ? always() : make(Op::Exists, {});
        if (vocabulary_of(field_) != Vocabulary::None)
            if (auto chosen = lower_choice()) return *std::move(chosen);
        if (literal_.has_stars()) return lower_pattern();
        return lower_equality();
    }

private:
    Expr make(Op op, std::vector<Value> arguments) const {
        const Case text_case = comparison_ == Comparison::IsExactly && op != Op::Exists ? Case::Exact : Case::Folded;
        const bool has_case =
            is_text_operation(op) || (op == Op::Equal && std::holds_alternative<std::string>(arguments.front()));
        return leaf({field_, op, std::move(arguments), has_case ? text_case : Case::Folded, literal_.span});
    }

    std::string written() const {
        std::string text;
        for (const std::string& piece : literal_.pieces)
            text += (text.empty() && &piece == literal_.pieces.data() ? "" : "*") + piece;
        return excerpt(text);
    }

    /// The same question about another property, where the value says so: users by account or SID, hosts by full name.
    void redirect() {
        if (literal_.regex || comparison_ > Comparison::IsNot || (!literal_.quoted && Network::parse(literal_.text())))
            return;
        const auto any_piece = [this](char c) {
            return std::ranges::any_of(literal_.pieces, [c](const std::string& piece) { return piece.contains(c); });
        };
        if (field_.scope == Scope::Session || field_.scope == Scope::AdoptedSession) {
            if (field_.session() != SessionProperty::User) return;
            if (any_piece('\\'))
                field_ = FieldRef::of(SessionProperty::Account, field_.scope);
            else if (!literal_.has_stars() && Sid::parse(literal_.text()))
                field_ = FieldRef::of(SessionProperty::Sid, field_.scope);
        } else if (field_ == FieldRef::of(HeaderProperty::Host) && any_piece('.')) {
            field_ = FieldRef::of(HeaderProperty::HostFullName);
        }
        type_ = type_of(field_);
    }

    static std::string_view article_of(Type type) {
        switch (type) {
            case Type::Address: return "an ";
            case Type::Boolean:
            case Type::Words:
            case Type::Bytes: return "";
            default: return "a ";
        }
    }

    Lowered wrong_value() const {
        std::string hint = fmt::format("expected {}", example_of(type_));
        if (type_ != Type::Boolean && type_ != Type::Time && type_ != Type::Duration)
            hint += "; in quotes, it is compared as text";
        return refuse(
            "F203", literal_.span,
            fmt::format("{} is {}{}, which \"{}\" is not", name_, article_of(type_), match::name(type_), written()),
            std::move(hint));
    }

    Op operation() const {
        switch (comparison_) {
            case Comparison::Less: return Op::Less;
            case Comparison::LessOrEqual: return Op::LessOrEqual;
            case Comparison::Greater: return Op::Greater;
            case Comparison::GreaterOrEqual: return Op::GreaterOrEqual;
            default: return Op::Equal;
        }
    }

    Lowered lower_ordered() {
        if (literal_.has_stars() || literal_.regex)
            return refuse("F204", literal_.span, "a pattern has no order",
                          "compare with one value, or use ':' for a pattern");
        if (type_ == Type::Time) return lower_time();
        std::optional<Value> value;
        switch (type_) {
            case Type::Duration:
                if (const auto duration = parse_duration(literal_.text())) value = duration->length;
                break;
            case Type::Number:
            case Type::Hex:
            case Type::Signed:
            case Type::Real:
            case Type::Address: value = parse_value_of(type_, literal_.text()); break;
            case Type::Text:
                // Texts that read as numbers have their order; others have none.
                if (field_.scope != Scope::Any) value = number_in(literal_.text());
                if (!value && field_.scope != Scope::Any)
                    return refuse("F204", literal_.span,
                                  fmt::format("{} is a text, and texts are ordered only where they are numbers", name_),
                                  "expected a number");
                break;
            default: break;
        }
        if (value) return make(operation(), {*std::move(value)});
        if (type_ == Type::Duration || type_ == Type::Number || type_ == Type::Hex || type_ == Type::Signed ||
            type_ == Type::Real || type_ == Type::Address)
            return wrong_value();
        return refuse("F204", literal_.span,
                      fmt::format("{} has no order", field_.scope == Scope::Any ? "\"any field\"" : name_.c_str()),
                      "use ':' to compare it");
    }

    Lowered lower_time() {
        const auto moment = parse_moment(literal_.text(), context_.now);
        if (!moment) {
            if (literal_.quoted && comparison_ <= Comparison::IsNot) return make(Op::Equal, {literal_.text()});
            return wrong_value();
        }
        switch (comparison_) {
            case Comparison::Less: return make(Op::Less, {moment->from});
            case Comparison::GreaterOrEqual: return make(Op::GreaterOrEqual, {moment->from});
            case Comparison::LessOrEqual:
                return moment->from == moment->to ? make(Op::LessOrEqual, {moment->to}) : make(Op::Less, {moment->to});
            case Comparison::Greater:
                return moment->from == moment->to ? make(Op::Greater, {moment->to})
                                                  : make(Op::GreaterOrEqual, {moment->to});
            default: break;
        }
        if (moment->from == moment->to)
            return refuse("F204", literal_.span, "a relative time is a point, which no event is likely to have hit",
                          fmt::format("use {} >= {} for what came since", name_, excerpt(literal_.text())));
        return all_of({make(Op::GreaterOrEqual, {moment->from}), make(Op::Less, {moment->to})});
    }

    Lowered lower_duration() {
        const auto duration = parse_duration(literal_.text());
        if (!duration) return wrong_value();
        const Duration end{duration->length.nanoseconds + duration->precision.nanoseconds};
        return all_of({make(Op::GreaterOrEqual, {duration->length}), make(Op::Less, {end})});
    }

    Lowered lower_regex() {
        const auto regex =
            Regex::compile(literal_.text(), comparison_ == Comparison::IsExactly ? Case::Exact : Case::Folded);
        if (!regex)
            return refuse("F301", literal_.span, fmt::format("the regular expression {}", excerpt(regex.error())),
                          regex.error().starts_with("is not")
                              ? "RE2's syntax; a value that begins with '/' and is none is put in quotes"
                              : "ask for fewer repetitions");
        if (vocabulary_of(field_) == Vocabulary::None || type_ != Type::Choice)
            return make(Op::Regex, {literal_.text()});
        return choose([&](const Choice& choice) { return regex->found_in(choice.name); });
    }

    template <typename Fits>
    Lowered choose(Fits&& fits) const {
        std::vector<Expr> chosen;
        for (const Choice& choice : choices(vocabulary_of(field_)))
            if (fits(choice)) chosen.push_back(make(Op::Equal, {choice.number}));
        if (!chosen.empty()) return any_of(std::move(chosen));
        return no_such_choice();
    }

    Lowered no_such_choice() const {
        std::vector<std::string_view> names;
        for (const Choice& choice : choices(vocabulary_of(field_))) names.push_back(choice.name);
        const std::vector<std::string> near = nearest(written(), names);
        std::string hint;
        if (!near.empty())
            hint = fmt::format("did you mean {}?", fmt::join(near, ", "));
        else if (names.size() <= 16)
            hint = fmt::format("expected one of {}", fmt::join(names, ", "));
        else
            hint = fmt::format("`spoor schema` lists them: {}, ...", fmt::join(names.begin(), names.begin() + 8, ", "));
        return refuse("F202", literal_.span, fmt::format("{} has no value \"{}\"", name_, written()), std::move(hint));
    }

    /// By name; logon types by number too. Nothing when a number field with names was given no name.
    std::optional<Lowered> lower_choice() const {
        const bool numeric = type_ != Type::Choice;
        if (literal_.has_stars()) {
            if (numeric && std::ranges::all_of(literal_.pieces, [](const std::string& piece) {
                    return piece.find_first_not_of("0123456789") == std::string::npos;
                }))
                return std::nullopt;
            return choose([this](const Choice& choice) { return fits(choice.name); });
        }
        const std::string wanted = same_form(literal_.text());
        for (const Choice& choice : choices(vocabulary_of(field_)))
            if (same_form(choice.name) == wanted) return make(Op::Equal, {choice.number});
        if (vocabulary_of(field_) == Vocabulary::LogonTypes)
            if (const auto number = parse_unsigned(literal_.text())) return make(Op::Equal, {*number});
        if (numeric && (literal_.quoted || literal_.text() == "-")) return std::nullopt;
        return no_such_choice();
    }

    static std::string same_form(std::string_view name) {
        std::string folded = fold_case(name);
        std::erase_if(folded, [](char c) { return c == '_' || c == '-' || c == ' '; });
        return folded;
    }

    bool fits(std::string_view name) const {
        std::size_t at = 0;
        const auto& pieces = literal_.pieces;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const std::string piece = fold_case(pieces[i]);
            if (i == 0) {
                if (!name.starts_with(piece)) return false;
                at = piece.size();
            } else if (i + 1 == pieces.size()) {
                return name.size() >= at + piece.size() && name.ends_with(piece);
            } else {
                const std::size_t found = name.find(piece, at);
                if (found == std::string_view::npos) return false;
                at = found + piece.size();
            }
        }
        return true;
    }

    /// "10.0.*" of an address is a network.
    std::optional<Network> octets() const {
        if (literal_.pieces.size() != 2 || !literal_.pieces[1].empty()) return std::nullopt;
        std::string text = literal_.pieces[0];
        if (!text.ends_with('.')) return std::nullopt;
        const auto count = std::ranges::count(text, '.');
        if (count > 3) return std::nullopt;
        for (auto i = count; i < 4; ++i) text += i == 3 ? "0" : "0.";
        const auto network = Network::parse(fmt::format("{}/{}", text, count * 8));
        return network ? std::optional(*network) : std::nullopt;
    }

    Lowered lower_pattern() const {
        if (type_ == Type::Address)
            if (const auto network = octets()) return make(Op::Cidr, {*network});
        const auto& pieces = literal_.pieces;
        if (pieces.size() == 2 && pieces[1].empty()) return make(Op::StartsWith, {pieces[0]});
        if (pieces.size() == 2 && pieces[0].empty()) return make(Op::EndsWith, {pieces[1]});
        if (pieces.size() == 3 && pieces[0].empty() && pieces[2].empty()) return make(Op::Contains, {pieces[1]});
        return make(Op::Glob, std::vector<Value>(pieces.begin(), pieces.end()));
    }

    Lowered lower_equality() {
        const std::string& text = literal_.text();
        if (field_.scope == Scope::Any) return lower_any();
        if (!literal_.quoted && text.contains('/') && (type_ == Type::Address || type_ == Type::Text))
            if (const auto network = Network::parse(text)) return make(Op::Cidr, {*network});
        switch (type_) {
            case Type::Text:
            case Type::Bytes: return make(Op::Equal, {text});
            case Type::Words: return make(Op::Word, {text});
            case Type::Time: return lower_time();
            case Type::Duration: return lower_duration();
            default: break;
        }
        if (auto value = parse_value_of(type_, text)) return make(Op::Equal, {*std::move(value)});
        if (is_session_id())
            if (const auto session = SessionName::parse(text)) return lower_session(*session);
        if (literal_.quoted || text == "-") return make(Op::Equal, {text});
        return wrong_value();
    }

    bool is_session_id() const {
        return (field_.scope == Scope::Session || field_.scope == Scope::AdoptedSession) &&
               field_.session() == SessionProperty::Id;
    }

    /// The session of that name, as session_name.h reads it.
    Expr lower_session(const SessionName& name) const {
        const auto test = [&](SessionProperty property, Op op, Value value) {
            return leaf({FieldRef::of(property, field_.scope), op, {std::move(value)}, Case::Folded, literal_.span});
        };
        std::vector<Expr> all;
        if (!name.host.empty()) all.push_back(test(SessionProperty::Host, Op::Equal, name.host));
        all.push_back(test(SessionProperty::Id, Op::Equal, name.logon_id.value()));
        if (name.moment) {
            const auto [begin, end] = *name.moment;
            all.push_back(
                any_of({test(SessionProperty::FirstSeen, Op::Less, end), test(SessionProperty::Start, Op::Less, end)}));
            all.push_back(any_of({test(SessionProperty::LastSeen, Op::GreaterOrEqual, begin),
                                  test(SessionProperty::Start, Op::GreaterOrEqual, begin),
                                  test(SessionProperty::End, Op::GreaterOrEqual, begin)}));
        }
        return all_of(std::move(all));
    }

    Lowered lower_any() const {
        const std::string& text = literal_.text();
        if (!literal_.quoted)
            for (const Type type : {Type::Address, Type::Guid, Type::Sid, Type::Number})
                if (auto value = parse_value_of(type, text)) return make(Op::Equal, {*std::move(value)});
        return make(Op::Equal, {text});
    }

    std::string name_;
    FieldRef field_;
    Type type_;
    Comparison comparison_;
    const Literal& literal_;
    const QueryContext& context_;
};

}  // namespace

Lowered lower_test(const TestedField& field, Comparison comparison, const Literal& literal,
                   const QueryContext& context) {
    std::vector<Expr> any;
    std::optional<Diagnostic> first_refusal;
    for (const FieldRef& each : field.fields) {
        Lowered one = Test(field.name, each, comparison, literal, context).lower();
        if (one)
            any.push_back(*std::move(one));
        else if (!first_refusal)
            first_refusal = std::move(one).error();
    }
    if (any.empty()) return std::unexpected(*std::move(first_refusal));
    Expr expr = any_of(std::move(any));
    return comparison == Comparison::IsNot ? negation(std::move(expr)) : std::move(expr);
}

Lowered lower_free(const Literal& literal) {
    const auto question = [&](Op op, Value value) {
        return leaf({FieldRef::any(), op, {std::move(value)}, Case::Folded, literal.span});
    };
    if (literal.is_star()) return always();
    if (literal.regex) return Test("*", FieldRef::any(), Comparison::Is, literal, {}).lower();
    if (literal.has_stars()) {
        // A free word is looked for inside texts, so stars at its ends say nothing.
        std::vector<Value> pieces;
        for (const std::string& piece : literal.pieces)
            if (!piece.empty()) pieces.emplace_back(piece);
        if (pieces.size() == 1) return question(Op::Contains, std::move(pieces.front()));
        pieces.insert(pieces.begin(), std::string());
        pieces.emplace_back(std::string());
        return leaf({FieldRef::any(), Op::Glob, std::move(pieces), Case::Folded, literal.span});
    }
    std::vector<Expr> any;
    any.push_back(question(Op::Contains, literal.text()));
    if (!literal.quoted)
        for (const Type type : {Type::Address, Type::Guid, Type::Sid, Type::Number})
            if (auto value = parse_value_of(type, literal.text()))
                any.push_back(question(Op::Equal, *std::move(value)));
    return any_of(std::move(any));
}

}  // namespace spoor::match
