// The text before the cursor is most often no filter yet, so it is not parsed: a walk over its words tells what the
// grammar waits for at their end.
#include "match/language/completion.h"

#include <algorithm>
#include <array>

#include "base/unicode.h"
#include "match/field_names.h"

namespace spoor::match {
namespace {

constexpr std::string_view kSigns = ":<>=!";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_keyword(std::string_view word) {
    return equals_ignoring_ascii_case(word, "and") || equals_ignoring_ascii_case(word, "or") ||
           equals_ignoring_ascii_case(word, "not");
}

/// Where a walk over the words before the cursor has come to.
class Walk {
public:
    enum class Expects { Test, Operator, Argument, Connective };

    Walk(std::string_view text, const QueryContext& context) : text_(text), context_(context) {
        while (at_ < text_.size()) step();
    }

    Expects expects() const { return expects_; }
    /// The unfinished word, up to the cursor.
    std::size_t word_begin() const { return word_begin_; }
    std::string_view word() const { return text_.substr(word_begin_); }
    const std::vector<FieldRef>& fields() const { return fields_; }
    std::size_t open_parentheses() const { return levels_.size(); }

private:
    void step() {
        const char c = text_[at_];
        if (is_blank(c)) {
            ++at_;
            word_begin_ = at_;
        } else if (c == '(') {
            levels_.push_back(expects_ == Expects::Argument);
            word_begin_ = ++at_;
        } else if (c == ')') {
            if (!levels_.empty()) levels_.pop_back();
            word_begin_ = ++at_;
            expects_ = Expects::Connective;
        } else if (c == ',' && !levels_.empty()) {
            word_begin_ = ++at_;
            expects_ = in_list() ? Expects::Argument : Expects::Test;
        } else if (kSigns.contains(c) && expects_ == Expects::Operator) {
            while (at_ < text_.size() && kSigns.contains(text_[at_])) ++at_;
            word_begin_ = at_;
            expects_ = Expects::Argument;
        } else {
            take_word();
        }
    }

    /// Inside the parentheses of `field: (a or b)`.
    bool in_list() const { return !levels_.empty() && levels_.back(); }

    /// A name, a value, a keyword. The last word counts as finished only when something stands behind it.
    void take_word() {
        const std::size_t begin = at_;
        const bool is_name = expects_ == Expects::Test;
        while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '(' && text_[at_] != ')' &&
               !(is_name && kSigns.contains(text_[at_])) && !(text_[at_] == ',' && !levels_.empty())) {
            if (text_[at_] == '"')
                skip_quoted();
            else if (text_[at_] == '\\')
                at_ = std::min(at_ + 2, text_.size());
            else
                ++at_;
        }
        if (at_ == begin) ++at_;
        if (at_ == text_.size()) return;
        finish(text_.substr(begin, at_ - begin));
        word_begin_ = at_;
    }

    void skip_quoted() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        at_ = std::min(at_ + 1, text_.size());
    }

    void finish(std::string_view word) {
        if (is_keyword(word)) {
            expects_ = in_list() ? Expects::Argument : Expects::Test;
        } else if (expects_ == Expects::Test) {
            fields_ = find_fields(word, context_.subject, context_.catalog);
            expects_ = fields_.empty() ? Expects::Connective : Expects::Operator;
        } else {
            expects_ = Expects::Connective;
        }
    }

    std::string_view text_;
    const QueryContext& context_;
    std::size_t at_ = 0;
    std::size_t word_begin_ = 0;
    Expects expects_ = Expects::Test;
    std::vector<FieldRef> fields_;
    std::vector<bool> levels_;  // one for each open parenthesis: whether it is a list of values
};

std::string comparable(std::string_view name) {
    std::string folded = fold_case(name);
    std::erase_if(folded, [](char c) { return c == '_' || c == '"'; });
    return folded;
}

/// Items that begin with the word come first, those that hold it elsewhere after them.
class Offer {
public:
    Offer(std::string_view word, std::size_t limit) : word_(comparable(word)), limit_(limit) {}

    void add(std::string text, CompletionKind kind, std::string_view meaning = {}) {
        const std::string name = comparable(text);
        if (name.starts_with(word_))
            begin_.push_back({std::move(text), kind, std::string(meaning)});
        else if (word_.size() >= 2 && name.contains(word_))
            hold_.push_back({std::move(text), kind, std::string(meaning)});
    }

    std::vector<Completion> items() && {
        std::ranges::move(hold_, std::back_inserter(begin_));
        if (begin_.size() > limit_) begin_.erase(begin_.begin() + static_cast<std::ptrdiff_t>(limit_), begin_.end());
        return std::move(begin_);
    }

private:
    std::string word_;
    std::size_t limit_;
    std::vector<Completion> begin_, hold_;
};

void offer_tests(Offer& offer, const QueryContext& context) {
    for (const NamedField& field : field_names(context.subject, context.catalog))
        offer.add(field.name, CompletionKind::FieldName, field.meaning);
    offer.add("not", CompletionKind::Keyword, "what follows must not hold");
}

void offer_operators(Offer& offer, const std::vector<FieldRef>& fields) {
    offer.add(":", CompletionKind::Operator, "is; a value, a pattern with *, /a regular expression/, (one or another)");
    offer.add("!=", CompletionKind::Operator, "is not");
    const Type type = fields.empty() ? Type::Text : type_of(fields.front());
    const bool ordered = type == Type::Number || type == Type::Hex || type == Type::Signed || type == Type::Real ||
                         type == Type::Time || type == Type::Duration || type == Type::Address;
    if (!ordered) return offer.add("==", CompletionKind::Operator, "is, with regard to case");
    for (const std::string_view sign : {">=", ">", "<=", "<"}) offer.add(std::string(sign), CompletionKind::Operator);
}

/// A value as it can be typed: in quotes where it has blanks or the like.
std::string typed(std::string_view value) {
    const bool plain = std::ranges::none_of(value, [](char c) { return std::string_view(" ()\",:*<>\\").contains(c); });
    if (plain && !is_keyword(value)) return std::string(value);
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

/// How many names of hosts or channels a catalog is asked for at most.
constexpr std::size_t kMostNames = 1000;

void offer_catalog_names(Offer& offer, const FieldRef& field, const Catalog& catalog) {
    const bool is_host = field == FieldRef::of(HeaderProperty::Host) || field == FieldRef::of(SessionProperty::Host) ||
                         field == FieldRef::of(ProcessProperty::Host);
    if (is_host)
        for (std::size_t i = 1; i < std::min(catalog.host_count(), kMostNames); ++i)
            offer.add(typed(catalog.host_name(static_cast<HostId>(i))), CompletionKind::Argument);
    if (field == FieldRef::of(HeaderProperty::Channel))
        for (std::size_t i = 1; i < std::min(catalog.channel_count(), kMostNames); ++i)
            offer.add(typed(catalog.channel_name(static_cast<ChannelId>(i))), CompletionKind::Argument);
}

void offer_values(Offer& offer, const std::vector<FieldRef>& fields, const QueryContext& context) {
    for (const FieldRef& field : fields) {
        for (const Choice& choice : choices(vocabulary_of(field)))
            offer.add(std::string(choice.name), CompletionKind::Argument, choice.meaning);
        if (context.catalog) offer_catalog_names(offer, field, *context.catalog);
    }
    const auto add = [&](std::string_view value, std::string_view meaning) {
        offer.add(std::string(value), CompletionKind::Argument, meaning);
    };
    switch (fields.empty() ? Type::Text : type_of(fields.front())) {
        case Type::Boolean:
            add("true", {});
            add("false", {});
            break;
        case Type::Time:
            add("now-1h", "an hour ago");
            add("now-24h", "a day ago");
            add("now-7d", "a week ago");
            add("today", "this day, UTC");
            add("yesterday", "the day before, UTC");
            break;
        case Type::Duration:
            add("1m", "a minute");
            add("1h", "an hour");
            add("1d", "a day");
            break;
        case Type::Address:
            add("10.0.0.0/8", "a network");
            add("172.16.0.0/12", "a network");
            add("192.168.0.0/16", "a network");
            break;
        default: break;
    }
    add("*", "any value");
}

void offer_connectives(Offer& offer, std::size_t open_parentheses) {
    offer.add("and", CompletionKind::Keyword, "both must hold");
    offer.add("or", CompletionKind::Keyword, "one must hold");
    if (open_parentheses > 0) offer.add(")", CompletionKind::Keyword);
}

}  // namespace

std::string_view name(CompletionKind kind) {
    constexpr std::array<std::string_view, 4> kNames = {"field", "operator", "value", "keyword"};
    return kNames[static_cast<std::size_t>(kind)];
}

Completions complete(std::string_view text, std::size_t cursor, const QueryContext& context, std::size_t limit) {
    text = text.substr(0, cursor);
    const Walk walk(text, context);
    Offer offer(walk.word(), limit);
    switch (walk.expects()) {
        case Walk::Expects::Test: offer_tests(offer, context); break;
        case Walk::Expects::Operator: offer_operators(offer, walk.fields()); break;
        case Walk::Expects::Argument: offer_values(offer, walk.fields(), context); break;
        case Walk::Expects::Connective: offer_connectives(offer, walk.open_parentheses()); break;
    }
    return {{static_cast<std::uint32_t>(walk.word_begin()), static_cast<std::uint32_t>(text.size())},
            std::move(offer).items()};
}

}  // namespace spoor::match
