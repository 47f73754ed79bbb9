// Expressions and predicates as text of the query language. Parsing the text gives the same expression again, which is
// what makes it fit for saved filters, for URLs, and for telling a user how a filter was understood.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "match/predicate.h"

namespace spoor::match {
namespace {

bool is_word(std::string_view text) {
    const auto letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (text.empty() || !letter_or_digit(text.front())) return false;
    return std::ranges::all_of(text, [&](char c) { return letter_or_digit(c) || c == '.' || c == '-'; });
}

bool is_keyword(std::string_view text) {
    const auto is = [text](std::string_view word) {
        return std::ranges::equal(text, word, [](char a, char b) { return (a | 0x20) == b; });
    };
    return is("and") || is("or") || is("not") || is("of") || is("to");
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string between_slashes(std::string_view regex) {
    std::string out = "/";
    for (std::size_t i = 0; i < regex.size(); ++i) {
        if (regex[i] == '\\' && i + 1 < regex.size())
            out += regex[i++];
        else if (regex[i] == '/')
            out += '\\';
        out += regex[i];
    }
    return out += '/';
}

std::string number_text(const FieldRef& field, std::uint64_t number) {
    for (const Choice& choice : choices(vocabulary_of(field)))
        if (choice.number == number) return std::string(choice.name);
    return type_of(field) == Type::Hex ? fmt::format("{:#x}", number) : fmt::format("{}", number);
}

/// A text as it must be written for that field: bare only where nothing else could be meant.
std::string value_text(const FieldRef& field, const std::string& text) {
    const Type type = type_of(field);
    const bool means_text =
        (type == Type::Text || type == Type::Words || type == Type::Bytes) && field.scope != Scope::Any;
    return means_text && is_word(text) && !is_keyword(text) ? text : quoted(text);
}

/// A piece of a pattern: the stars beside it say that it is text.
std::string piece_text(const FieldRef& field, const Value& value) {
    const auto& text = std::get<std::string>(value);
    return vocabulary_of(field) == Vocabulary::None && is_word(text) && !is_keyword(text) ? text : quoted(text);
}

struct ValueWriter {
    const FieldRef& field;

    std::string operator()(const std::string& text) const { return value_text(field, text); }
    std::string operator()(std::uint64_t number) const { return number_text(field, number); }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(Timestamp time) const { return time.to_string(); }
    std::string operator()(Duration duration) const { return exact_text(duration); }
    std::string operator()(const Guid& guid) const { return guid.to_string(); }
    std::string operator()(const Sid& sid) const { return sid.to_string(); }
    std::string operator()(const IpAddress& address) const { return address.to_string(); }
    std::string operator()(const Network& network) const { return network.to_string(); }
};

std::string value_text(const FieldRef& field, const Value& value) { return std::visit(ValueWriter{field}, value); }

std::string glob_text(const Predicate& predicate) {
    std::string out;
    for (std::size_t i = 0; i < predicate.arguments.size(); ++i) {
        if (i > 0) out += '*';
        if (!predicate.text(i).empty()) out += piece_text(predicate.field, predicate.arguments[i]);
    }
    return out;
}

std::string_view comparison(Op op) {
    switch (op) {
        case Op::Less: return " < ";
        case Op::LessOrEqual: return " <= ";
        case Op::Greater: return " > ";
        case Op::GreaterOrEqual: return " >= ";
        default: return ": ";
    }
}

void write(std::string& out, const Expr& expr);

void write_operand(std::string& out, const Expr& expr) {
    const bool grouped = expr.type == Expr::Type::And || expr.type == Expr::Type::Or;
    if (grouped) out += '(';
    write(out, expr);
    if (grouped) out += ')';
}

void write_joined(std::string& out, const std::vector<Expr>& children, std::string_view separator) {
    bool first = true;
    for (const Expr& child : children) {
        if (!first) out += separator;
        first = false;
        write_operand(out, child);
    }
}

void write(std::string& out, const Expr& expr) {
    switch (expr.type) {
        case Expr::Type::True: out += "*"; break;
        case Expr::Type::False: out += "not *"; break;
        case Expr::Type::Leaf: out += to_string(expr.leaf); break;
        case Expr::Type::Not:
            out += "not ";
            write_operand(out, expr.children.front());
            break;
        case Expr::Type::And: write_joined(out, expr.children, " and "); break;
        case Expr::Type::Or: write_joined(out, expr.children, " or "); break;
        case Expr::Type::AtLeast:
            fmt::format_to(std::back_inserter(out), "{} of (", expr.count);
            write_joined(out, expr.children, ", ");
            out += ')';
            break;
    }
}

}  // namespace

std::string exact_text(Duration duration) {
    struct Unit {
        std::int64_t nanoseconds;
        std::string_view name;
    };
    constexpr Unit kUnits[] = {{86'400'000'000'000, "d"},
                               {3'600'000'000'000, "h"},
                               {60'000'000'000, "m"},
                               {1'000'000'000, "s"},
                               {1'000'000, "ms"},
                               {1000, "us"},
                               {1, "ns"}};
    std::string out;
    std::int64_t rest = duration.nanoseconds;
    for (const Unit& unit : kUnits) {
        if (rest / unit.nanoseconds == 0) continue;
        fmt::format_to(std::back_inserter(out), "{}{}", rest / unit.nanoseconds, unit.name);
        rest %= unit.nanoseconds;
    }
    return out.empty() ? "0s" : out;
}

void append_text(std::string& out, const FieldValue& value, const FieldRef& field) {
    const Type type = type_of(field);
    if (type == Type::Choice && value.type == ValueType::Unsigned) {
        for (const Choice& choice : choices(vocabulary_of(field)))
            if (choice.number == value.number) out += choice.name;
    } else if (type == Type::Duration && value.type == ValueType::Signed) {
        out += exact_text(Duration{value.signed_number});
    } else {
        spoor::append_text(out, value, type == Type::Hex ? FieldType::Hex : FieldType::Text);
    }
}

std::string to_string(const Predicate& predicate) {
    if (predicate.field.scope == Scope::Any && predicate.op == Op::Contains && predicate.text_case == Case::Folded)
        return quoted(predicate.text());
    std::string out = name(predicate.field);
    out += predicate.text_case == Case::Exact ? " == " : comparison(predicate.op);
    switch (predicate.op) {
        case Op::Exists: return out += '*';
        case Op::StartsWith: return out += piece_text(predicate.field, predicate.argument()) + '*';
        case Op::EndsWith: return out += '*' + piece_text(predicate.field, predicate.argument());
        case Op::Contains: return out += '*' + piece_text(predicate.field, predicate.argument()) + '*';
        case Op::Glob: return out += glob_text(predicate);
        case Op::Regex: return out += between_slashes(predicate.text());
        default: break;
    }
    // Names have no order: LogonType < 10, and not < remote_interactive.
    if (const auto* number = std::get_if<std::uint64_t>(&predicate.argument());
        number && predicate.op != Op::Equal && predicate.op != Op::In)
        return out += fmt::format("{}", *number);
    if (predicate.op != Op::In) return out += value_text(predicate.field, predicate.argument());
    out += '(';
    for (std::size_t i = 0; i < predicate.arguments.size(); ++i) {
        if (i > 0) out += " or ";
        out += value_text(predicate.field, predicate.arguments[i]);
    }
    return out += ')';
}

std::string to_string(const Expr& expr) {
    std::string out;
    write(out, expr);
    return out;
}

}  // namespace spoor::match
