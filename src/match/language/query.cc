// A recursive descent over the characters of the text: what a character means depends on where it stands (a colon ends
// a field's name and belongs to a time), so there is no separate lexer.
//
//     query  := [or]
//     or     := and ("or" and)*
//     and    := not ("and" not)*                    free words that stand side by side are joined too
//     not    := "not"* primary
//     primary:= "(" or ")" | INTEGER "of" "(" or ("," or)* ")" | field comparison value | literal | regex
//     value  := literal | regex | "[" literal "to" literal "]" | "(" values ")"
//     values := the same grammar with literals in place of tests; "," is "or"
#include "match/language/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/unicode.h"
#include "match/field_names.h"
#include "match/language/lowering.h"

namespace spoor::match {
namespace {

constexpr std::size_t kLongestQuery = 4 << 20;
constexpr int kDeepest = 200;

using Parsed = std::expected<Expr, Diagnostic>;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return is_letter(c) || c == '_' || c == '@' || c == '*'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '.' || c == '-'; }

bool is_keyword(std::string_view word) {
    return equals_ignoring_ascii_case(word, "and") || equals_ignoring_ascii_case(word, "or") ||
           equals_ignoring_ascii_case(word, "not");
}

class Parser {
public:
    Parser(std::string_view text, const QueryContext& context) : text_(text), context_(context) {}

    Parsed parse() {
        if (text_.size() > kLongestQuery)
            return refuse(
                "F402", {0, 0},
                fmt::format("the filter is {} bytes long; {} MiB is the most", text_.size(), kLongestQuery >> 20));
        if (const auto bad = malformed()) return refuse("F103", {*bad, *bad + 1}, "the filter is not UTF-8 here");
        skip_blanks();
        if (at_end()) return always();
        Parsed expr = parse_or();
        if (!expr || at_end()) return expr;
        if (peek() == ')') return refuse("F101", here(1), "there is no '(' for this ')'");
        return unexpected_here();
    }

private:
    // --- the text ---

    bool at_end() const { return at_ == text_.size(); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    std::string_view rest() const { return text_.substr(at_); }
    Span here(std::size_t length) const { return span(at_, std::min(at_ + length, text_.size())); }
    static Span span(std::size_t begin, std::size_t end) {
        return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    }

    void skip_blanks() {
        while (!at_end() && is_blank(peek())) ++at_;
    }

    bool take(char c) {
        if (peek() != c || at_end()) return false;
        ++at_;
        return true;
    }

    std::optional<std::uint32_t> malformed() const {
        if (is_utf8(text_)) return std::nullopt;
        std::size_t good = 0, bad = text_.size();
        // The longest prefix that is well-formed; a cut character at its end is not what we look for.
        while (good + 1 < bad) {
            const std::size_t middle = good + (bad - good) / 2;
            std::size_t cut = middle;
            while (cut > good && (static_cast<unsigned char>(text_[cut]) & 0xc0) == 0x80 && middle - cut < 3) --cut;
            if (cut == good) cut = middle;
            if (is_utf8(text_.substr(0, cut)))
                good = cut;
            else
                bad = cut;
        }
        return static_cast<std::uint32_t>(good);
    }

    /// The keyword that stands here, which ends at something that is no part of a word.
    std::string_view keyword_at(std::size_t at) const {
        std::size_t end = at;
        while (end < text_.size() && is_letter(text_[end])) ++end;
        const bool ends = end == text_.size() || is_blank(text_[end]) || text_[end] == '(' || text_[end] == ')' ||
                          text_[end] == '"' || text_[end] == ',';
        const std::string_view word = text_.substr(at, end - at);
        return ends && is_keyword(word) ? word : std::string_view();
    }

    bool take_keyword(std::string_view wanted) {
        const std::string_view word = keyword_at(at_);
        if (!equals_ignoring_ascii_case(word, wanted)) return false;
        at_ += word.size();
        skip_blanks();
        return true;
    }

    // --- errors ---

    static std::unexpected<Diagnostic> refuse(std::string_view code, Span where, std::string text,
                                              std::string hint = {}) {
        return std::unexpected(Diagnostic{code, where, std::move(text), std::move(hint)});
    }

    std::size_t word_length() const {
        std::size_t length = 0;
        while (at_ + length < text_.size() && !is_blank(peek(length)) && peek(length) != ')' && peek(length) != '(')
            ++length;
        return std::max<std::size_t>(length, 1);
    }

    std::unexpected<Diagnostic> unexpected_here() const {
        if (at_end()) return refuse("F101", here(0), "the filter ends where a test was expected", "as in: kind: logon");
        const Span where = here(word_length());
        if (rest().starts_with("&&")) return refuse("F101", where, "'&&' is no operator", "write: and");
        if (rest().starts_with("||") || rest().starts_with("|"))
            return refuse("F101", where, "'|' is no operator", "write: or");
        if (const std::string_view word = keyword_at(at_); !word.empty() && !equals_ignoring_ascii_case(word, "not"))
            return refuse("F101", where, fmt::format("'{}' has nothing to its left", word),
                          "to look for the word itself, put it in quotes");
        if (peek() == '(' || peek() == '"')
            return refuse("F101", where, "expected 'and', 'or' or the end",
                          "a value with blanks, parentheses or quotes in it is put in quotes");
        return refuse("F101", where, "expected 'and', 'or' or the end",
                      "join tests with and / or; put a value with blanks in quotes");
    }

    // --- and, or, not ---

    /// One level of parentheses while it lives: counted, and with its own meaning of commas.
    struct Level {
        Level(int& depth, bool& commas_separate, bool separate_here)
            : depth_of(depth), commas(commas_separate), commas_outside(commas_separate) {
            ++depth_of;
            commas = separate_here;
        }
        ~Level() {
            --depth_of;
            commas = commas_outside;
        }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

        int& depth_of;
        bool& commas;
        bool commas_outside;
    };

    std::unexpected<Diagnostic> too_deep() const {
        return refuse("F401", here(1), fmt::format("the filter is nested more than {} deep", kDeepest),
                      "write field: (a or b or c) for a list of values");
    }

    /// Both grammars, of tests and of values of one field, differ in their primaries only.
    using Primary = Parsed (Parser::*)();

    Parsed parse_or(Primary primary = &Parser::parse_primary) {
        std::vector<Expr> any;
        do {
            Parsed next = parse_and(primary);
            if (!next) return next;
            any.push_back(*std::move(next));
        } while (take_keyword("or") || take_comma_between_values());
        return any.size() == 1 ? std::move(any.front()) : any_of(std::move(any));
    }

    bool take_comma_between_values() {
        if (!field_ || !take(',')) return false;
        skip_blanks();
        return true;
    }

    Parsed parse_and(Primary primary) {
        std::vector<Expr> all;
        do {
            Parsed next = parse_not(primary);
            if (!next) return next;
            all.push_back(*std::move(next));
        } while (take_keyword("and") || (was_free_word_ && begins_operand()));
        return all.size() == 1 ? std::move(all.front()) : all_of(std::move(all));
    }

    /// Whether a further free word, or a test behind one, begins here.
    bool begins_operand() const {
        return !at_end() && peek() != ')' && peek() != ',' && peek() != '|' && peek() != '&' && keyword_at(at_).empty();
    }

    Parsed parse_not(Primary primary) {
        bool negated = false;
        while (take_keyword("not")) negated = !negated;
        was_free_word_ = false;
        Parsed expr = (this->*primary)();
        if (!expr) return expr;
        skip_blanks();
        return negated ? negation(*std::move(expr)) : std::move(expr);
    }

    Parsed parse_parenthesised(Primary primary) {
        const std::size_t open = at_++;
        const Level level(depth_, commas_separate_, primary == &Parser::parse_listed_value);
        if (depth_ > kDeepest) return too_deep();
        skip_blanks();
        if (peek() == ')') return refuse("F101", span(open, at_ + 1), "there is nothing between these parentheses");
        Parsed expr = parse_or(primary);
        if (!expr) return expr;
        if (at_end()) return refuse("F102", span(open, open + 1), "this '(' is never closed");
        if (!take(')')) return unexpected_here();
        was_free_word_ = false;
        return expr;
    }

    // --- tests ---

    Parsed parse_primary() {
        if (at_end()) return unexpected_here();
        if (peek() == '(') return parse_parenthesised(&Parser::parse_primary);
        if (const std::string_view word = keyword_at(at_); !word.empty()) return unexpected_here();
        if (peek() == '!' && (peek(1) == '(' || is_test(at_ + 1)))
            return refuse("F101", here(1), "'!' is no operator", "write: not");
        if (const auto count = take_count()) return parse_count(*count);
        const std::size_t begin = at_;
        if (const std::string_view name = take_name(); !name.empty()) {
            const std::size_t name_end = at_;
            skip_blanks();
            if (const auto comparison = take_comparison()) return parse_test(name, span(begin, name_end), *comparison);
            if (begins_list_of_sql(name))
                return refuse("F101", here(2), "'in' is no operator", fmt::format("write: {}: (a or b)", name));
        }
        at_ = begin;
        return parse_free_word();
    }

    /// A name, which may have a quoted rest: data."odd name".
    std::string_view take_name() {
        const std::size_t begin = at_;
        if (!begins_name(peek())) return {};
        while (!at_end() && continues_name(peek())) ++at_;
        if (text_.substr(begin, at_ - begin) == "data." && peek() == '"') {
            const auto close = closing_quote();
            if (!close) return {};
            at_ = *close + 1;
        }
        return text_.substr(begin, at_ - begin);
    }

    std::optional<Comparison> take_comparison() {
        struct Sign {
            std::string_view text;
            Comparison comparison;
        };
        static constexpr Sign kSigns[] = {
            {"==", Comparison::IsExactly},   {"!=", Comparison::IsNot}, {">=", Comparison::GreaterOrEqual},
            {"<=", Comparison::LessOrEqual}, {":", Comparison::Is},     {"=", Comparison::Is},
            {">", Comparison::Greater},      {"<", Comparison::Less}};
        for (const Sign& sign : kSigns) {
            if (!rest().starts_with(sign.text)) continue;
            at_ += sign.text.size();
            skip_blanks();
            // "pid: > 4" is written as often as "pid > 4".
            if (sign.text == ":" && (peek() == '<' || peek() == '>')) return take_comparison();
            return sign.comparison;
        }
        return std::nullopt;
    }

    Parsed parse_test(std::string_view name, Span where, Comparison comparison) {
        TestedField field{name, find_fields(unquoted(name), context_.subject, context_.catalog), where};
        if (field.fields.empty()) return unknown_field(name, where);
        const TestedField* const outer = field_;
        const Comparison outer_comparison = comparison_;
        field_ = &field;
        comparison_ = comparison;
        Parsed expr = parse_value();
        field_ = outer;
        comparison_ = outer_comparison;
        was_free_word_ = false;
        return expr;
    }

    static std::string unquoted(std::string_view name) {
        std::string plain;
        for (std::size_t i = 0; i < name.size(); ++i) {
            if (name[i] == '"') continue;
            if (name[i] == '\\') ++i;
            plain += name[i];
        }
        return plain;
    }

    std::unexpected<Diagnostic> unknown_field(std::string_view name, Span where) const {
        const auto near = nearest_fields(name, context_.subject, context_.catalog);
        std::string hint;
        if (!near.empty())
            hint = fmt::format("did you mean {}?", fmt::join(near, ", "));
        else if (context_.subject == Subject::Events)
            hint = fmt::format(
                "write data.{} for a field of the record that the schema has not; put a text with a colon in quotes",
                excerpt(name));
        else
            hint = "`spoor schema` lists the names";
        constexpr std::string_view kThings[] = {"", " of sessions", " of processes"};
        return refuse("F201", where,
                      fmt::format("there is no field \"{}\"{}", excerpt(name),
                                  kThings[static_cast<std::size_t>(context_.subject)]),
                      std::move(hint));
    }

    Parsed parse_value() {
        if (peek() == '(') {
            if (comparison_ > Comparison::IsNot)
                return refuse("F204", here(1), "a list has no order", "use ':' with a list");
            return parse_values();
        }
        if (peek() == '[')
            if (auto range = parse_range()) return *std::move(range);
        return parse_one_value();
    }

    /// (a or b or not c): a list that is negated as a whole by !=.
    Parsed parse_values() {
        const bool negated = comparison_ == Comparison::IsNot;
        if (negated) comparison_ = Comparison::Is;
        Parsed values = parse_parenthesised(&Parser::parse_listed_value);
        if (values && negated) return negation(*std::move(values));
        return values;
    }

    Parsed parse_listed_value() {
        if (at_end() || !keyword_at(at_).empty()) return expected_value();
        if (peek() == '(') return parse_parenthesised(&Parser::parse_listed_value);
        return parse_one_value();
    }

    std::unexpected<Diagnostic> expected_value() const {
        if (at_end())
            return refuse("F101", here(0),
                          fmt::format("the filter ends where a value for {} was expected", excerpt(field_->name)),
                          "'*' stands for any value");
        return refuse("F101", here(word_length()), fmt::format("expected a value for {}", excerpt(field_->name)),
                      "put a value in quotes that is 'and', 'or', 'not' or begins with a special character; '*' stands "
                      "for any value");
    }

    Parsed parse_one_value() {
        auto literal = take_literal(Place::Value);
        if (!literal) return std::unexpected(std::move(literal).error());
        return lower_test(*field_, comparison_, *literal, context_);
    }

    /// [a to b], both ends included, '*' for no end. Nothing when it is no range but a value with brackets.
    std::optional<Parsed> parse_range() {
        const std::size_t close = text_.find(']', at_);
        if (close == std::string_view::npos || comparison_ != Comparison::Is) return std::nullopt;
        const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
        std::size_t to = std::string_view::npos;
        for (std::size_t i = 1; i + 3 < inside.size() && to == std::string_view::npos; ++i)
            if (is_blank(inside[i - 1]) && equals_ignoring_ascii_case(inside.substr(i, 2), "to") &&
                is_blank(inside[i + 2]))
                to = i;
        if (to == std::string_view::npos) return std::nullopt;
        const std::size_t begin = at_ + 1;
        at_ = close + 1;
        std::vector<Expr> ends;
        const auto add = [&](std::string_view source, std::size_t offset,
                             Comparison comparison) -> std::optional<Diagnostic> {
            const std::size_t lead = std::min(source.find_first_not_of(" \t\r\n"), source.size());
            const std::string_view value = trimmed(source);
            if (value == "*") return std::nullopt;
            Literal literal;
            literal.span = span(begin + offset + lead, begin + offset + lead + value.size());
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
                append_quoted(literal, value.substr(1, value.size() - 2));
            else
                append_bare(literal, value);
            Parsed end = lower_test(*field_, comparison, literal, context_);
            if (!end) return std::move(end).error();
            ends.push_back(*std::move(end));
            return std::nullopt;
        };
        if (auto bad = add(inside.substr(0, to), 0, Comparison::GreaterOrEqual))
            return std::unexpected(*std::move(bad));
        if (auto bad = add(inside.substr(to + 2), to + 2, Comparison::LessOrEqual))
            return std::unexpected(*std::move(bad));
        if (!ends.empty()) return all_of(std::move(ends));
        Literal star{.pieces = {"", ""}, .quoted = false, .regex = false, .span = span(begin - 1, close + 1)};
        return lower_test(*field_, Comparison::Is, star, context_);
    }

    // --- free words, and "2 of (a, b, c)" ---

    Parsed parse_free_word() {
        auto literal = take_literal(Place::FreeWord);
        if (!literal) return std::unexpected(std::move(literal).error());
        was_free_word_ = true;
        return lower_free(*literal);
    }

    std::optional<std::uint32_t> take_count() {
        std::uint32_t count = 0;
        const auto [end, errc] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), count);
        if (errc != std::errc{}) return std::nullopt;
        std::size_t at = static_cast<std::size_t>(end - text_.data());
        const auto skip = [&] {
            while (at < text_.size() && is_blank(text_[at])) ++at;
        };
        skip();
        if (!equals_ignoring_ascii_case(text_.substr(at, 2), "of")) return std::nullopt;
        at += 2;
        skip();
        if (at >= text_.size() || text_[at] != '(') return std::nullopt;
        at_ = at;
        return count;
    }

    Parsed parse_count(std::uint32_t count) {
        const std::size_t open = at_++;
        const Level level(depth_, commas_separate_, true);
        if (depth_ > kDeepest) return too_deep();
        std::vector<Expr> children;
        do {
            skip_blanks();
            Parsed child = parse_or();
            if (!child) return child;
            children.push_back(*std::move(child));
        } while (take(','));
        if (at_end()) return refuse("F102", span(open, open + 1), "this '(' is never closed");
        if (!take(')')) return unexpected_here();
        was_free_word_ = false;
        return at_least(count, std::move(children));
    }

    // --- literals ---

    enum class Place { Value, FreeWord };

    std::expected<Literal, Diagnostic> take_literal(Place place) {
        if (auto regex = take_regex()) return *std::move(regex);
        Literal literal;
        const std::size_t begin = at_;
        while (!at_end()) {
            if (peek() == '"') {
                const std::size_t open = at_;
                const auto close = closing_quote();
                if (!close) return never_closed(open);
                append_quoted(literal, text_.substr(open + 1, *close - open - 1));
                at_ = *close + 1;
            } else if (const std::size_t end = bare_end(place); end > at_) {
                append_bare_run(literal, text_.substr(at_, end - at_), at_ == begin);
                at_ = end;
            } else {
                break;
            }
        }
        if (literal.pieces.empty())
            return std::unexpected(place == Place::Value ? expected_value().error() : unexpected_here().error());
        literal.span = span(begin, at_);
        return literal;
    }

    /// "\and" is the word and no keyword, as in Kibana.
    static void append_bare_run(Literal& literal, std::string_view source, bool is_first) {
        const bool escaped_keyword = is_first && source.starts_with('\\') && is_keyword(source.substr(1));
        append_bare(literal, escaped_keyword ? source.substr(1) : source);
    }

    std::optional<std::size_t> closing_quote() const {
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == '\\')
                ++i;
            else if (text_[i] == '"')
                return i;
        }
        return std::nullopt;
    }

    std::unexpected<Diagnostic> never_closed(std::size_t open) const {
        const bool has_escaped_quote = text_.find("\\\"", open + 1) != std::string_view::npos;
        return refuse("F102", span(open, open + 1), "this quote is never closed",
                      has_escaped_quote
                          ? "\\\" is a quote inside the value: a backslash before the closing quote is doubled, \\\\\""
                          : "");
    }

    /// Where the bare text that begins here ends. Values go on over blanks, up to what can be no part of them: a
    /// keyword, a parenthesis, the field of another test.
    std::size_t bare_end(Place place) const {
        std::size_t end = at_;
        bool escaped = false;
        bool raw = false;  // whether backslashes have been seen to be themselves
        while (end < text_.size()) {
            const char c = text_[end];
            const bool ends_bare = is_blank(c) || c == '(' || c == ')' || c == '"' || (c == ',' && commas_separate_);
            if (c == '\\') {
                escaped = !escaped;
                if (escaped && is_typed_raw(text_.substr(end, 2)) && end + 1 < text_.size() && !is_unicode_escape(end))
                    raw = true;
            } else if (ends_bare && (raw || !escaped)) {
                if (!is_blank(c) || place == Place::FreeWord || !value_goes_on(end)) return end;
                escaped = false;
            } else {
                escaped = false;
            }
            ++end;
        }
        return end;
    }

    bool is_unicode_escape(std::size_t at) const { return !is_typed_raw(text_.substr(at, 6)); }

    /// Whether a bare value goes on behind the blanks at `at`.
    bool value_goes_on(std::size_t at) const {
        while (at < text_.size() && is_blank(text_[at])) ++at;
        if (at == text_.size() || !keyword_at(at).empty()) return false;
        if (std::string_view("()\"<>=,").contains(text_[at])) return false;
        const std::string_view ahead = text_.substr(at, 2);
        if (ahead == "&&" || ahead == "||") return false;
        return !is_test(at);
    }

    /// "kind in (logon, logoff)", which would be free words.
    bool begins_list_of_sql(std::string_view name) const {
        if (!equals_ignoring_ascii_case(rest().substr(0, 2), "in")) return false;
        const std::size_t next = rest().find_first_not_of(" \t\r\n", 2);
        return next != std::string_view::npos && rest()[next] == '(' &&
               !find_fields(name, context_.subject, context_.catalog).empty();
    }

    bool is_test(std::size_t at) const {
        std::size_t end = at;
        if (end == text_.size() || !begins_name(text_[end])) return false;
        while (end < text_.size() && continues_name(text_[end])) ++end;
        if (end == text_.size() || !std::string_view(":<>=!").contains(text_[end])) return false;
        if (text_[end] == '!' && (end + 1 == text_.size() || text_[end + 1] != '=')) return false;
        return !find_fields(text_.substr(at, end - at), context_.subject, context_.catalog).empty();
    }

    /// /.../ whose closing slash, the first that is not escaped, ends the value; other slashes begin a Unix path.
    std::optional<Literal> take_regex() {
        if (peek() != '/') return std::nullopt;
        std::string pattern;
        std::size_t i = at_ + 1;
        for (; i < text_.size() && text_[i] != '/'; ++i) {
            if (text_[i] == '\\' && i + 1 < text_.size()) {
                ++i;
                if (text_[i] != '/') pattern += '\\';
            }
            pattern += text_[i];
        }
        if (i >= text_.size() || pattern.empty()) return std::nullopt;
        const bool ends = i + 1 == text_.size() || is_blank(text_[i + 1]) || text_[i + 1] == ')' || text_[i + 1] == ',';
        if (!ends) return std::nullopt;
        Literal literal{.pieces = {std::move(pattern)}, .quoted = false, .regex = true, .span = span(at_, i + 1)};
        at_ = i + 1;
        return literal;
    }

    std::string_view text_;
    const QueryContext& context_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool commas_separate_ = false;        // in lists and counts
    bool was_free_word_ = false;          // the operand just parsed
    const TestedField* field_ = nullptr;  // whose values are being parsed
    Comparison comparison_ = Comparison::Is;
};

}  // namespace

Parsed parse_query(std::string_view text, const QueryContext& context) { return Parser(text, context).parse(); }

Result<Expr> parse_filter(std::string_view text, const QueryContext& context) {
    Parsed expr = parse_query(text, context);
    if (!expr) return std::unexpected(to_error(expr.error(), text));
    return *std::move(expr);
}

}  // namespace spoor::match
