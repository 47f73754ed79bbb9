// How it works. Each leaf becomes a Test: where its value is found, and one check with its pattern made ready. The tree
// becomes a list of nodes, the children of each sorted by cost. Fields of the event are found through slots: the first
// time an expression needs one, a single walk over the event's values notes for every field that some test asks for
// where its values stand, and a text that had to be folded is kept folded for the next test of that field.
#include "match/evaluate/evaluator.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_set>

#include "base/check.h"
#include "base/hash.h"
#include "base/unicode.h"
#include "match/evaluate/comparison.h"
#include "match/evaluate/many_texts.h"
#include "match/evaluate/regex.h"
#include "match/evaluate/text_search.h"

namespace spoor::match {
namespace {

enum class Check : std::uint8_t {
    Exists,
    Number,
    NumberSet,
    Typed,
    Network,
    Text,
    TextSet,
    Starts,
    Ends,
    Contains,
    ContainsAny,
    Glob,
    Word,
    Regex
};

using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

struct Test {
    FieldRef field;
    Op op;
    Check check;
    bool folded = true;          // texts are folded before they are compared
    bool reads_numbers = false;  // a text is compared as the number it reads as
    std::uint16_t slot = 0;      // of Schema and Named
    std::string pattern = {};
    std::vector<std::string> pieces = {};
    TextSet texts = {};
    std::uint64_t number = 0;
    std::vector<std::uint64_t> numbers = {};
    std::vector<Value> values = {};
    std::optional<spoor::match::Regex> regex = {};
    std::unique_ptr<const ManyTexts> many = {};  // large, and few have it
};

bool is_text_check(Check check) { return check >= Check::Text; }

/// What an operation costs, roughly in nanoseconds; only the order matters.
unsigned cost_of(const Test& test) {
    constexpr unsigned kCheck[] = {1, 1, 2, 4, 4, 6, 30, 6, 6, 30, 200, 40, 40, 400};
    unsigned cost = kCheck[static_cast<std::size_t>(test.check)];
    switch (test.field.scope) {
        case Scope::Header: break;
        case Scope::Schema:
        case Scope::Named: cost += 15; break;
        case Scope::Session:
        case Scope::AdoptedSession:
        case Scope::Process:
        case Scope::ParentProcess: cost += 10; break;
        case Scope::Any: cost = cost * 8 + 50; break;
    }
    return cost;
}

struct Node {
    Expr::Type type = Expr::Type::True;
    std::uint32_t count = 0;  // of AtLeast
    std::uint32_t test = 0;   // of Leaf
    std::vector<Node> children = {};
    unsigned cost = 0;
};

constexpr std::uint16_t kNoSlot = UINT16_MAX;
constexpr std::size_t kMany = 16;  // texts from which on one look for all of them costs less than one for each
constexpr std::ptrdiff_t kRegexesTogether = 64;  // more would outgrow the memory that a regular expression may take

/// Where the values of one field stand in the event that is being looked at.
struct Slot {
    std::uint64_t event = 0;  // which event this was noted for
    std::uint32_t first = 0;  // index of the first value
    std::uint32_t count = 0;
    std::uint64_t folded_event = 0;
    std::string folded = {};  // the text of the only value
};

/// What is looked at: the thing itself, and what it leads to.
struct Root {
    const EventView* event = nullptr;
    const Session* session = nullptr;
    const Session* adopted = nullptr;
    const Process* process = nullptr;
    const History* history = nullptr;
};

}  // namespace

class Matcher::Program {
public:
    explicit Program(Catalog& catalog) : catalog_(catalog) {}

    Result<> compile(const Expr& expr) {
        root_ = TRY(node_of(expr));
        return {};
    }

    bool matches(const Root& root) {
        ++event_;
        slots_are_filled_ = false;
        return holds(root_, root);
    }

    bool matches(const FieldValue& value) {
        CHECK(tests_.size() == 1 && root_.type == Expr::Type::Leaf);
        const Test& test = tests_.front();
        if (test.field.scope == Scope::Any) return passes_as_any(test, value);
        CHECK(test.field.scope == Scope::Schema || test.field.scope == Scope::Named);
        return passes(test, value);
    }

private:
    // --- compiling ---

    Result<Node> node_of(const Expr& expr) {
        if (expr.type == Expr::Type::Leaf) return leaf(TRY(test_of(expr.leaf)));
        Node node{.type = expr.type, .count = expr.count};
        std::vector<const Predicate*> alternatives;
        for (const Expr& child : expr.children) {
            if (const Predicate* const alternative = alternative_in(expr, child))
                alternatives.push_back(alternative);
            else
                node.children.push_back(TRY(node_of(child)));
        }
        for (Node& joined : TRY(joined_tests(alternatives)))
            node.children.push_back(expr.type == Expr::Type::Or ? std::move(joined) : negation(std::move(joined)));
        for (const Node& child : node.children) node.cost += child.cost;
        std::ranges::stable_sort(node.children, {}, &Node::cost);
        return node;
    }

    Node leaf(Test test) {
        Node node{.type = Expr::Type::Leaf, .test = static_cast<std::uint32_t>(tests_.size())};
        node.cost = cost_of(test);
        tests_.push_back(std::move(test));
        return node;
    }

    static Node negation(Node of) {
        const unsigned cost = of.cost;
        Node node{.type = Expr::Type::Not, .cost = cost};
        node.children.push_back(std::move(of));
        return node;
    }

    /// A test that may become one with others of its kind: "a or b", and "not a and not b", which is "not (a or b)".
    static const Predicate* alternative_in(const Expr& expr, const Expr& child) {
        const bool is_denied = expr.type == Expr::Type::And && child.type == Expr::Type::Not;
        if (expr.type != Expr::Type::Or && !is_denied) return nullptr;
        const Expr& tested = is_denied ? child.children.front() : child;
        if (tested.type != Expr::Type::Leaf) return nullptr;
        const Predicate& leaf = tested.leaf;
        // What \Q begins may go on to the end of a pattern, whatever that is put into.
        const bool joins =
            (leaf.op == Op::Contains && !leaf.text().empty()) || (leaf.op == Op::Regex && !leaf.text().contains("\\Q"));
        return joins ? &leaf : nullptr;
    }

    /// The alternatives, as few tests where there are many of the same field.
    Result<std::vector<Node>> joined_tests(std::vector<const Predicate*>& alternatives) {
        const auto of_what = [](const Predicate* alternative) {
            return std::tie(alternative->op, alternative->field, alternative->text_case);
        };
        std::ranges::stable_sort(alternatives, {}, of_what);
        std::vector<Node> nodes;
        for (auto begin = alternatives.begin(); begin != alternatives.end();) {
            const Predicate& first = **begin;
            auto end = std::find_if(begin, alternatives.end(),
                                    [&](const Predicate* other) { return of_what(other) != of_what(&first); });
            if (first.op == Op::Regex && end - begin > kRegexesTogether) end = begin + kRegexesTogether;
            const std::span<const Predicate* const> alike(begin, end);
            begin = end;
            if (alike.size() >= kMany && first.op == Op::Contains) {
                nodes.push_back(leaf(test_of_texts(alike)));
                continue;
            }
            std::vector<Test> tests;
            for (const Predicate* const alternative : alike) tests.push_back(TRY(test_of(*alternative)));
            if (alike.size() >= kMany && join_regexes(alike, tests.front())) tests.resize(1);
            for (Test& test : tests) nodes.push_back(leaf(std::move(test)));
        }
        return nodes;
    }

    Test test_of_texts(std::span<const Predicate* const> alternatives) {
        const Predicate& first = *alternatives.front();
        Test test{.field = first.field, .op = first.op, .check = Check::ContainsAny};
        test.folded = first.text_case == Case::Folded;
        find_slot(test);
        std::vector<std::string> texts;
        for (const Predicate* const alternative : alternatives) texts.push_back(as_compared(test, alternative->text()));
        test.many = std::make_unique<const ManyTexts>(std::move(texts));
        return test;
    }

    /// Makes the test of the first that of all, each of which is known to be valid; false where they become too large.
    static bool join_regexes(std::span<const Predicate* const> alternatives, Test& test) {
        std::string all;
        for (const Predicate* const alternative : alternatives) {
            all += all.empty() ? "(?:" : "|(?:";
            all += alternative->text();
            all += ')';
        }
        auto regex = spoor::match::Regex::compile(all, alternatives.front()->text_case);
        if (regex) test.regex = *std::move(regex);
        return regex.has_value();
    }

    void find_slot(Test& test) {
        if (test.field.scope == Scope::Schema) test.slot = slot_for(test.field.field());
        if (test.field.scope == Scope::Named) test.slot = slot_for(catalog_.field(test.field.named));
    }

    Result<Test> test_of(const Predicate& predicate) {
        Test test{.field = predicate.field, .op = predicate.op, .check = Check::Exists};
        test.folded = predicate.text_case == Case::Folded;
        find_slot(test);
        switch (predicate.op) {
            case Op::Exists: break;
            case Op::Equal:
            case Op::In: compile_equality(test, predicate); break;
            case Op::Less:
            case Op::LessOrEqual:
            case Op::Greater:
            case Op::GreaterOrEqual:
                test.check = Check::Typed;
                test.reads_numbers = type_of(predicate.field) == Type::Text;
                test.values = predicate.arguments;
                break;
            case Op::Cidr:
                test.check = Check::Network;
                test.values = predicate.arguments;
                break;
            case Op::Regex: {
                test.check = Check::Regex;
                auto regex = spoor::match::Regex::compile(predicate.text(), predicate.text_case);
                if (!regex) return fail(Errc::BadQuery, "the regular expression " + regex.error());
                test.regex = *std::move(regex);
                break;
            }
            case Op::StartsWith: compile_pattern(test, Check::Starts, predicate); break;
            case Op::EndsWith: compile_pattern(test, Check::Ends, predicate); break;
            case Op::Contains: compile_pattern(test, Check::Contains, predicate); break;
            case Op::Word: compile_pattern(test, Check::Word, predicate); break;
            case Op::Glob:
                test.check = Check::Glob;
                for (std::size_t i = 0; i < predicate.arguments.size(); ++i)
                    test.pieces.push_back(as_compared(test, predicate.text(i)));
                break;
        }
        return test;
    }

    static std::string as_compared(const Test& test, std::string_view text) {
        return test.folded ? fold_case(text) : std::string(text);
    }

    static void compile_pattern(Test& test, Check check, const Predicate& predicate) {
        test.check = check;
        test.pattern = as_compared(test, predicate.text());
    }

    static void compile_equality(Test& test, const Predicate& predicate) {
        const bool is_set = predicate.op == Op::In;
        if (std::holds_alternative<std::string>(predicate.argument())) {
            test.check = is_set ? Check::TextSet : Check::Text;
            if (!is_set) return compile_pattern(test, Check::Text, predicate);
            for (std::size_t i = 0; i < predicate.arguments.size(); ++i)
                test.texts.insert(as_compared(test, predicate.text(i)));
        } else if (std::holds_alternative<std::uint64_t>(predicate.argument())) {
            test.check = is_set ? Check::NumberSet : Check::Number;
            for (const Value& value : predicate.arguments) test.numbers.push_back(std::get<std::uint64_t>(value));
            std::ranges::sort(test.numbers);
            test.number = test.numbers.front();
        } else {
            test.check = Check::Typed;
            test.values = predicate.arguments;
        }
    }

    std::uint16_t slot_for(FieldId field) {
        const auto index = static_cast<std::size_t>(field);
        if (slot_of_field_.size() <= index) slot_of_field_.resize(index + 1, kNoSlot);
        if (slot_of_field_[index] == kNoSlot) {
            slot_of_field_[index] = static_cast<std::uint16_t>(slots_.size());
            slots_.emplace_back();
        }
        return slot_of_field_[index];
    }

    // --- the tree ---

    bool holds(const Node& node, const Root& root) {
        switch (node.type) {
            case Expr::Type::True: return true;
            case Expr::Type::False: return false;
            case Expr::Type::Leaf: return holds(tests_[node.test], root);
            case Expr::Type::Not: return !holds(node.children.front(), root);
            case Expr::Type::And:
                for (const Node& child : node.children)
                    if (!holds(child, root)) return false;
                return true;
            case Expr::Type::Or:
                for (const Node& child : node.children)
                    if (holds(child, root)) return true;
                return false;
            case Expr::Type::AtLeast: return at_least(node, root);
        }
        return false;
    }

    bool at_least(const Node& node, const Root& root) {
        std::size_t missing = node.count, left = node.children.size();
        for (const Node& child : node.children) {
            if (missing > left) return false;
            --left;
            if (holds(child, root) && --missing == 0) return true;
        }
        return false;
    }

    // --- where a test finds its value ---

    bool holds(const Test& test, const Root& root) {
        switch (test.field.scope) {
            case Scope::Schema:
            case Scope::Named: return root.event && holds_of_field(test, *root.event);
            case Scope::Header:
                return root.event && passes(test, read(root.event->event, test.field.header(), catalog_));
            case Scope::Session:
                return root.session && passes(test, read(*root.session, test.field.session(), catalog_, joined_));
            case Scope::AdoptedSession:
                return root.adopted && passes(test, read(*root.adopted, test.field.session(), catalog_, joined_));
            case Scope::Process:
                return root.process && passes(test, read(*root.process, test.field.process(), catalog_));
            case Scope::ParentProcess:
                return root.process && root.history &&
                       passes(test, read_parent(*root.process, *root.history, test.field.process(), catalog_));
            case Scope::Any: return holds_of_any(test, root);
        }
        return false;
    }

    bool holds_of_field(const Test& test, const EventView& event) {
        if (!slots_are_filled_) fill_slots(event);
        Slot& slot = slots_[test.slot];
        if (slot.event != event_) return false;
        const std::span<const FieldValue> values = event.values().subspan(slot.first);
        if (slot.count == 1) return passes(test, values.front(), &slot);
        const FieldId field = values.front().field;
        return std::ranges::any_of(
            values, [&](const FieldValue& value) { return value.field == field && passes(test, value); });
    }

    void fill_slots(const EventView& event) {
        slots_are_filled_ = true;
        const std::span<const FieldValue> values = event.values();
        for (std::uint32_t i = 0; i < values.size(); ++i) {
            const auto field = static_cast<std::size_t>(values[i].field);
            if (field >= slot_of_field_.size() || slot_of_field_[field] == kNoSlot) continue;
            Slot& slot = slots_[slot_of_field_[field]];
            if (slot.event == event_) {
                ++slot.count;
                continue;
            }
            slot.event = event_;
            slot.first = i;
            slot.count = 1;
        }
    }

    /// Text tests look at texts only, others at values of their type: of an event the values, the host and the event
    /// id, of a session or a process its properties.
    bool holds_of_any(const Test& test, const Root& root) {
        const auto passes_here = [&](const FieldValue& value) { return passes_as_any(test, value); };
        if (root.event) {
            return std::ranges::any_of(root.event->values(), passes_here) ||
                   passes_here(read(root.event->event, HeaderProperty::Host, catalog_)) ||
                   passes_here(read(root.event->event, HeaderProperty::EventId, catalog_));
        }
        const std::span<const Property> properties = root.process ? process_properties() : session_properties();
        for (std::size_t i = 0; i < properties.size(); ++i) {
            if (properties[i].type == Type::Choice) continue;
            const FieldValue value = root.process
                                         ? read(*root.process, static_cast<ProcessProperty>(i), catalog_)
                                         : read(*root.session, static_cast<SessionProperty>(i), catalog_, joined_);
            if (passes_here(value)) return true;
        }
        return false;
    }

    bool passes_as_any(const Test& test, const FieldValue& value) {
        return (value.type == ValueType::Text) == is_text_check(test.check) && passes(test, value);
    }

    // --- what a test asks of a value ---

    bool passes(const Test& test, const FieldValue& value, Slot* slot = nullptr) {
        switch (test.check) {
            case Check::Exists: return says_something(value);
            case Check::Number:
                return value.type == ValueType::Unsigned ? value.number == test.number
                                                         : value.as_number() == test.number;
            case Check::NumberSet: {
                const auto number = value.as_number();
                return number && std::ranges::binary_search(test.numbers, *number);
            }
            case Check::Typed: return passes_typed(test, value);
            case Check::Network: return passes_network(test, value);
            default: return value.type != ValueType::Null && passes_text(test, value, slot);
        }
    }

    static bool passes_typed(const Test& test, const FieldValue& value) {
        const bool as_number = test.reads_numbers && value.type == ValueType::Text;
        return std::ranges::any_of(test.values, [&](const Value& argument) {
            return satisfies(as_number ? order_as_number(value.view(), argument) : order(value, argument), test.op);
        });
    }

    static bool passes_network(const Test& test, const FieldValue& value) {
        const auto& network = std::get<Network>(test.values.front());
        if (const auto address = value.as_address()) return network.contains(*address);
        if (value.type != ValueType::Text) return false;
        const auto address = IpAddress::parse(value.view());
        return address && network.contains(*address);
    }

    bool passes_text(const Test& test, const FieldValue& value, Slot* slot) {
        std::string_view text = value.view();
        if (value.type != ValueType::Text) {
            printed_.clear();
            append_text(printed_, value, test.field);
            text = printed_;
            slot = nullptr;
        }
        if (test.check == Check::Regex) return test.regex->found_in(text);
        if (!test.folded) return fits(test, text);
        Glance glance = Glance::MustFold;
        if (test.check == Check::Text)
            glance = equals_folded(text, test.pattern);
        else if (test.check == Check::Starts)
            glance = starts_folded(text, test.pattern);
        else if (test.check == Check::Ends)
            glance = ends_folded(text, test.pattern);
        else if (test.check == Check::Contains)
            glance = contains_folded(text, test.pattern);
        if (glance != Glance::MustFold) return glance == Glance::Yes;
        return fits(test, folded(text, slot));
    }

    /// Both sides folded, or neither.
    static bool fits(const Test& test, std::string_view text) {
        switch (test.check) {
            case Check::Text: return text == test.pattern;
            case Check::TextSet: return test.texts.contains(text);
            case Check::Starts: return text.starts_with(test.pattern);
            case Check::Ends: return text.ends_with(test.pattern);
            case Check::Contains: return contains(text, test.pattern);
            case Check::ContainsAny: return test.many->found_in(text);
            case Check::Glob: return fits_glob(text, test.pieces);
            case Check::Word: return has_word(text, test.pattern);
            default: return false;
        }
    }

    std::string_view folded(std::string_view text, Slot* slot) {
        if (!slot) return fold_case(text, folded_);
        if (slot->folded_event != event_) {
            fold_case(text, slot->folded);
            slot->folded_event = event_;
        }
        return slot->folded;
    }

    Catalog& catalog_;
    Node root_;
    std::vector<Test> tests_;
    std::vector<std::uint16_t> slot_of_field_;
    std::vector<Slot> slots_;
    std::uint64_t event_ = 0;  // counts what was asked about
    bool slots_are_filled_ = false;
    std::string joined_, printed_, folded_;  // memory that is used again
};

Matcher::Matcher(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::compile(const Expr& expr, Catalog& catalog) {
    auto program = std::make_unique<Program>(catalog);
    TRY(program->compile(expr));
    return Matcher(std::move(program));
}

bool Matcher::matches(const EventView& event, const History* history) {
    Root root{.event = &event, .history = history};
    if (history) {
        const Actor& actor = event.event.actor;
        if (actor.session < history->sessions.size()) root.session = &history->sessions[actor.session];
        if (actor.adopted_session < history->sessions.size()) root.adopted = &history->sessions[actor.adopted_session];
        if (actor.process < history->processes.size()) root.process = &history->processes[actor.process];
    }
    return program_->matches(root);
}

bool Matcher::matches(const FieldValue& value) { return program_->matches(value); }

bool Matcher::matches(const Session& session) { return program_->matches({.session = &session}); }

bool Matcher::matches(const Process& process, const History& history) {
    Root root{.process = &process, .history = &history};
    if (process.session < history.sessions.size()) root.session = &history.sessions[process.session];
    return program_->matches(root);
}

}  // namespace spoor::match
