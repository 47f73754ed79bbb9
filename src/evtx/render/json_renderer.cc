// JSON in evtx_dump's layout.
//
// An element is null, a scalar, or an object of "#attributes", "#text" and its children; below EventData and UserData a
// <Data Name="x"> is "x": value, and <Data> elements without names are one list. Which of these it is may depend on the
// record (an attribute without a value is left out), so the machine writes every member with a comma behind it and
// amends the last character when an object ends: ',' becomes '}', and '{' shows that there was no member at all.
#include <algorithm>
#include <numeric>

#include "evtx/render/element_tree.h"
#include "evtx/render/program.h"
#include "evtx/render/renderer.h"

namespace spoor::evtx {
namespace {

using Kind = Blueprint::Kind;

enum class Code : std::uint8_t {
    Constant,   // before
    Member,     // "key":value, once for each item of an array
    Key,        // "key" or "key_2", by a counter that elements of the same name share
    Scalar,     // value,
    TextBegin,  // a string of several pieces; null, or "" when it may not be null
    TextPiece,
    TextEnd,
    AttributesBegin,  // {"#attributes":{
    Attribute,        // "key":value, unless it is empty
    AttributeBegin,   // the same of several pieces
    AttributeEnd,
    AttributesEnd,
    TextAfter,  // behind the attributes, when there were any: "#text":
    TextAfterEnd,
    ScalarAfter,    // the same of a single value
    NothingAfter,   // ends an element that is empty but for its attributes
    ChildrenAfter,  // begins an object, unless the attributes did
    ObjectEnd,
    RecordEnd,  // the same of the outermost; before: what stands for an event that its values dropped
    ListBegin,  // {"#text":[
    ListItem,
    ListItemEnd,
    ListEnd,
    ResetCounters,
    SkipIfNull,
    Repeat,
};

using JsonProgram = Program<Code>;
constexpr std::uint32_t kNoCounter = 0xffffffff;

bool is_constant(std::span<const Blueprint::Node> pieces) {
    return std::ranges::all_of(pieces, [](const Blueprint::Node& piece) { return piece.kind == Kind::Text; });
}

const Attribute* name_of_data(const Element& element) {
    if (element.name != "Data") return nullptr;
    for (const Attribute& attribute : element.attributes)
        if (attribute.name == "Name") return &attribute;
    return nullptr;
}

std::string text_of(std::span<const Blueprint::Node> pieces) {
    std::string text;
    for (const Blueprint::Node& piece : pieces) text += piece.text;
    return text;
}

std::string quoted(std::string_view text) { return '"' + escaped(text, Escaping::Json) + '"'; }

class Compiler {
public:
    JsonProgram compile(const Blueprint& blueprint) {
        program_.expect(blueprint.nodes().size());
        constant("{");
        const std::vector<Element> elements = elements_of(blueprint);
        compile_members(elements, false);
        program_.add(Code::RecordEnd, 0, "\"Event\":{}}\n");
        program_.finish();
        return std::move(program_);
    }

private:
    void constant(std::string_view text) { program_.constant(text, Code::Constant); }

    static std::string key_of(const Element& element, bool in_container) {
        const Attribute* const name = in_container ? name_of_data(element) : nullptr;
        return std::string(name != nullptr && is_constant(name->pieces) ? text_of(name->pieces) : element.name);
    }

    void compile_members(const std::vector<Element>& elements, bool is_container) {
        const bool is_named = is_container && std::ranges::any_of(elements, [](const Element& child) {
                                  return name_of_data(child) != nullptr;
                              });
        std::vector<std::string> keys;
        for (const Element& element : elements) keys.push_back(key_of(element, is_named));
        const std::vector<std::uint32_t> counters = counters_of(keys);

        bool listed = false;
        for (std::size_t i = 0; i < elements.size(); ++i) {
            const Element& element = elements[i];
            if (is_container && element.name == "Data" && !(is_named && name_of_data(element) != nullptr)) {
                // Where some have names, those without are no fields: evtx_dump leaves them out.
                if (!is_named && !listed) compile_list(elements);
                listed = true;
                continue;
            }
            compile_member(element, keys[i], counters[i], is_named && element.name == "Data");
        }
    }

    /// For each key the counter that it shares with its equals; none for one that is alone.
    std::vector<std::uint32_t> counters_of(const std::vector<std::string>& keys) {
        std::vector<std::uint32_t> counters(keys.size(), kNoCounter);
        std::vector<std::size_t> order(keys.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::sort(order, {}, [&](std::size_t i) { return std::string_view(keys[i]); });
        for (std::size_t i = 1; i < order.size(); ++i) {
            if (keys[order[i]] != keys[order[i - 1]]) continue;
            std::uint32_t& first = counters[order[i - 1]];
            if (first == kNoCounter) {
                first = counter_count_++;
                program_.add(Code::ResetCounters).target = first;
            }
            counters[order[i]] = first;
        }
        return counters;
    }

    void compile_member(const Element& element, const std::string& key, std::uint32_t counter, bool is_named_data) {
        // The attributes of a named <Data> are its name, and what else it has is not shown.
        const bool has_attributes = !element.attributes.empty() && !is_named_data;
        const std::vector<const Blueprint::Node*> pieces = element.pieces();
        const bool is_value = pieces.size() == 1 && pieces[0]->kind == Kind::Part && element.children.empty();
        const std::uint32_t repeated_by = element.repeated_by();
        const bool is_simple = is_value && !has_attributes && counter == kNoCounter;
        const bool guards_itself = is_simple && element.guard == repeated_by;

        std::uint32_t skip = Blueprint::kNone;
        std::uint32_t repeat = Blueprint::kNone;
        if (element.guard != Blueprint::kNone && !guards_itself) {
            skip = program_.here();
            program_.add(Code::SkipIfNull, element.guard);
        }
        if (is_simple) {
            program_.add(Code::Member, repeated_by, quoted(key) + ':', quoted(key)).drops_when_null = guards_itself;
        } else {
            if (repeated_by != Blueprint::kNone) {
                if (counter == kNoCounter) {
                    counter = counter_count_++;
                    program_.add(Code::ResetCounters).target = counter;
                }
                repeat = program_.here();
                program_.add(Code::Repeat, repeated_by);
            }
            if (counter == kNoCounter)
                constant(quoted(key) + ':');
            else
                program_.add(Code::Key, 0, quoted(key)).target = counter;
            compile_value(element, pieces, has_attributes);
        }
        if (repeat != Blueprint::kNone) program_.land(repeat);
        if (skip != Blueprint::kNone) program_.land(skip);
    }

    void compile_value(const Element& element, const std::vector<const Blueprint::Node*>& pieces, bool has_attributes) {
        if (has_attributes) compile_attributes(element);
        if (!element.children.empty()) {
            if (has_attributes)
                program_.add(Code::ChildrenAfter);
            else
                constant("{");
            compile_members(element.children, element.name == "EventData" || element.name == "UserData");
            program_.add(Code::ObjectEnd);
        } else if (pieces.empty()) {
            if (has_attributes)
                program_.add(Code::NothingAfter);
            else
                constant("null,");
        } else {
            if (has_attributes && pieces.size() == 1 && pieces[0]->kind == Kind::Part) {
                program_.add(Code::ScalarAfter, pieces[0]->part);
                return;
            }
            if (has_attributes) program_.add(Code::TextAfter);
            compile_text(pieces, Empty::IsNull);
            if (has_attributes) program_.add(Code::TextAfterEnd);
        }
    }

    enum class Empty : bool { IsNull, IsText };

    void compile_text(const std::vector<const Blueprint::Node*>& pieces, Empty empty) {
        if (pieces.size() == 1 && pieces[0]->kind == Kind::Part) {
            program_.add(Code::Scalar, pieces[0]->part).drops_when_null = empty == Empty::IsText;
            return;
        }
        program_.add(Code::TextBegin);
        for (const Blueprint::Node* const piece : pieces) {
            if (piece->kind == Kind::Text)
                constant(escaped(piece->text, Escaping::Json));
            else
                program_.add(Code::TextPiece, piece->part);
        }
        program_.add(Code::TextEnd).drops_when_null = empty == Empty::IsText;
    }

    void compile_attributes(const Element& element) {
        program_.add(Code::AttributesBegin, 0, "{\"#attributes\":{");
        for (const Attribute& attribute : element.attributes) {
            const std::string key = quoted(attribute.name) + ':';
            if (is_constant(attribute.pieces)) {
                const std::string text = text_of(attribute.pieces);
                if (!text.empty()) constant(key + quoted(text) + ',');
            } else if (attribute.pieces.size() == 1) {
                program_.add(Code::Attribute, attribute.pieces[0].part, key);
            } else {
                program_.add(Code::AttributeBegin, 0, key + '"');
                for (const Blueprint::Node& piece : attribute.pieces) {
                    if (piece.kind == Kind::Text)
                        constant(escaped(piece.text, Escaping::Json));
                    else
                        program_.add(Code::TextPiece, piece.part);
                }
                program_.add(Code::AttributeEnd);
            }
        }
        program_.add(Code::AttributesEnd);
    }

    /// All the <Data> elements without names, as one list.
    void compile_list(const std::vector<Element>& elements) {
        program_.add(Code::ListBegin, 0, "\"Data\":{\"#text\":[");
        for (const Element& element : elements) {
            if (element.name != "Data") continue;
            const std::vector<const Blueprint::Node*> pieces = element.pieces();
            std::uint32_t skip = Blueprint::kNone;
            if (element.guard != Blueprint::kNone) {
                skip = program_.here();
                program_.add(Code::SkipIfNull, element.guard);
            }
            if (pieces.size() == 1 && pieces[0]->kind == Kind::Part) {
                program_.add(Code::ListItem, pieces[0]->part);
            } else {
                compile_text(pieces, Empty::IsText);
                program_.add(Code::ListItemEnd);
            }
            if (skip != Blueprint::kNone) program_.land(skip);
        }
        program_.add(Code::ListEnd);
    }

    JsonProgram program_;
    std::uint32_t counter_count_ = 0;
};

class Machine {
public:
    Machine(const JsonProgram& program, ValueWriter& values, std::vector<std::uint32_t>& counters, Output& out)
        : operations_(program.operations.data()),
          texts_(program.texts.data()),
          values_(values),
          counters_(counters),
          out_(out) {}

    bool run(std::uint32_t from, std::uint32_t end) {
        for (std::uint32_t next = from; next < end; ++next) {
            const Operation<Code>& operation = operations_[next];
            // Values that may be long ask for more.
            if (!out_.need(operation.room)) return false;
            bool fits = true;
            switch (operation.code) {
                case Code::Constant: put(operation); break;
                case Code::Member: fits = member(operation); break;
                case Code::Key:
                    numbered_key(operation.before, operation.before_size, counter(operation.target)++);
                    break;
                case Code::Scalar:
                    fits = scalar(out_.part(operation.part), operation.drops_when_null ? "\"\"" : "null");
                    break;
                case Code::TextBegin: begin_text(); break;
                case Code::TextPiece: fits = text_piece(operation); break;
                case Code::TextEnd: end_text(operation); break;
                case Code::AttributesBegin: begin_attributes(operation); break;
                case Code::Attribute: fits = attribute(operation); break;
                case Code::AttributeBegin: begin_attribute(operation); break;
                case Code::AttributeEnd: end_attribute(); break;
                case Code::AttributesEnd: end_attributes(); break;
                case Code::TextAfter:
                    if (has_attributes_) out_.at = copy(kTextKey, out_.at);
                    break;
                case Code::TextAfterEnd: end_text_after(); break;
                case Code::ScalarAfter: fits = scalar_after(operation); break;
                case Code::NothingAfter:
                    out_.at = has_attributes_ ? copy("},", out_.at - 1) : copy("null,", out_.at);
                    break;
                case Code::ChildrenAfter:
                    if (!has_attributes_) *out_.at++ = '{';
                    break;
                case Code::ObjectEnd: out_.at = copy(out_.at[-1] == ',' ? "}," : "null,", out_.at - 1); break;
                case Code::RecordEnd: end_record(operation); break;
                case Code::ListBegin: begin_list(operation); break;
                case Code::ListItem: fits = list_item(operation); break;
                case Code::ListItemEnd: ++list_count_; break;
                case Code::ListEnd: end_list(); break;
                case Code::ResetCounters: counter(operation.target) = 0; break;
                case Code::SkipIfNull:
                    if (out_.part(operation.part).type == Type::Null) next = operation.target - 1;
                    break;
                case Code::Repeat:
                    if (!is_array(out_.part(operation.part).type)) break;
                    fits = out_.for_each_item(operation.part,
                                              [&, first = next + 1] { return run(first, operation.target); });
                    next = operation.target - 1;
                    break;
            }
            if (!fits) return false;
        }
        return true;
    }

private:
    static constexpr std::string_view kTextKey = "\"#text\":";
    static constexpr std::string_view kNoText = "\"#text\":null,";

    bool member(const Operation<Code>& operation) {
        const Value& value = out_.part(operation.part);
        if (value.type == Type::Null && operation.drops_when_null) return true;
        if (is_array(value.type)) return write_repeated_member(operation);
        put(operation);
        return scalar(value, "null");
    }

    void begin_text() {
        *out_.at++ = '"';
        text_begin_ = out_.length();
    }

    bool text_piece(const Operation<Code>& operation) {
        const Value& value = out_.part(operation.part);
        if (!out_.need(operation.room + ValueWriter::growth(value))) return false;
        out_.at = values_.write<Escaping::Json>(value, out_.at);
        return true;
    }

    void end_text(const Operation<Code>& operation) {
        if (out_.length() == text_begin_ && !operation.drops_when_null)
            out_.at = copy("null,", out_.at - 1);
        else
            out_.at = copy("\",", out_.at);
    }

    void begin_attributes(const Operation<Code>& operation) {
        attributes_begin_ = out_.length();
        put(operation);
    }

    /// An attribute without a value is left out.
    bool attribute(const Operation<Code>& operation) {
        const std::size_t before = out_.length();
        put(operation);
        const std::size_t begin = out_.length();
        if (!scalar(out_.part(operation.part), "")) return false;
        if (out_.length() == begin + 1) out_.at = out_.from(before);
        return true;
    }

    void begin_attribute(const Operation<Code>& operation) {
        attribute_begin_ = out_.length();
        put(operation);
        text_begin_ = out_.length();
    }

    void end_attribute() {
        if (out_.length() == text_begin_)
            out_.at = out_.from(attribute_begin_);
        else
            out_.at = copy("\",", out_.at);
    }

    void end_attributes() {
        has_attributes_ = out_.at[-1] == ',';
        if (has_attributes_)
            out_.at = copy("},", out_.at - 1);
        else
            out_.at = out_.from(attributes_begin_);
    }

    /// A text of nothing is left out.
    void end_text_after() {
        if (!has_attributes_) return;
        if (std::memcmp(out_.at - kNoText.size(), kNoText.data(), kNoText.size()) == 0) out_.at -= kNoText.size();
        out_.at = copy("},", out_.at - 1);
    }

    bool scalar_after(const Operation<Code>& operation) {
        const Value& value = out_.part(operation.part);
        if (!has_attributes_) return scalar(value, "null");
        const std::size_t before = out_.length();
        out_.at = copy(kTextKey, out_.at);
        const std::size_t begin = out_.length();
        if (!scalar(value, "")) return false;
        if (out_.length() == begin + 1) out_.at = out_.from(before);  // nothing but the comma: no text
        out_.at = copy("},", out_.at - 1);
        return true;
    }

    void end_record(const Operation<Code>& operation) {
        if (out_.at[-1] == ',')
            out_.at = copy("}\n", out_.at - 1);
        else
            put(operation);
    }

    void begin_list(const Operation<Code>& operation) {
        list_begin_ = out_.length();
        list_count_ = 0;
        put(operation);
        list_items_ = out_.length();
    }

    bool list_item(const Operation<Code>& operation) {
        const auto write_item = [&] {
            ++list_count_;
            return scalar(out_.part(operation.part), "\"\"");
        };
        if (is_array(out_.part(operation.part).type)) return out_.for_each_item(operation.part, write_item);
        return write_item();
    }

    static char* copy(std::string_view text, char* to) {
        std::memcpy(to, text.data(), text.size());
        return to + text.size();
    }

    void put(std::uint32_t text, std::uint32_t size) { out_.at = copy_constant(texts_ + text, size, out_.at); }
    void put(const Operation<Code>& operation) { put(operation.before, operation.before_size); }

    std::uint32_t& counter(std::uint32_t index) {
        if (index >= counters_.size()) counters_.resize(index + 16);
        return counters_[index];
    }

    /// The quoted key, with "_1" before its last quote when it was there before.
    void numbered_key(std::uint32_t key, std::uint32_t size, std::uint32_t number) {
        put(key, size);
        if (number != 0) {
            out_.at[-1] = '_';
            out_.at = write_unsigned(number, out_.at);
            *out_.at++ = '"';
        }
        *out_.at++ = ':';
    }

    bool write_repeated_member(const Operation<Code>& operation) {
        std::uint32_t number = 0;
        return out_.for_each_item(operation.part, [&] {
            if (!out_.need(operation.room)) return false;
            numbered_key(operation.after, operation.after_size, number++);
            return scalar(out_.part(operation.part), "null");
        });
    }

    /// The value as JSON and a comma; `nothing` stands for an empty one.
    bool scalar(const Value& value, std::string_view nothing) {
        if (!out_.need(kOperationRoom + ValueWriter::growth(value))) return false;
        char* const begin = out_.at;
        char* end = nullptr;
        switch (value.type) {
            case Type::Utf16: {
                *begin = '"';
                end = write_escaped<Escaping::Json>(value.data, value.size / 2, begin + 1);
                break;
            }
            case Type::I8:
            case Type::U8:
            case Type::I16:
            case Type::U16:
            case Type::I32:
            case Type::U32:
            case Type::I64:
            case Type::U64:
            case Type::Bool:
                end = values_.write<Escaping::Json>(value, begin);
                *end = ',';
                out_.at = end + 1;
                return true;
            default: *begin = '"'; end = values_.write<Escaping::Json>(value, begin + 1);
        }
        if (end == begin + 1) {
            out_.at = copy(nothing, begin);
            *out_.at++ = ',';
            return true;
        }
        std::memcpy(end, "\",", 2);
        out_.at = end + 2;
        return true;
    }

    /// A list of one is the item itself; of none, no member.
    void end_list() {
        if (list_count_ == 0) {
            out_.at = out_.from(list_begin_);
        } else if (list_count_ == 1) {
            char* const items = out_.from(list_items_);
            std::memmove(items - 1, items, static_cast<std::size_t>(out_.at - items));
            out_.at = copy("},", out_.at - 2);
        } else {
            out_.at = copy("]},", out_.at - 1);
        }
    }

    const Operation<Code>* operations_;
    const char* texts_;
    ValueWriter& values_;
    std::vector<std::uint32_t>& counters_;
    Output& out_;
    std::size_t text_begin_ = 0;
    std::size_t attribute_begin_ = 0;
    std::size_t attributes_begin_ = 0;
    bool has_attributes_ = false;
    std::size_t list_begin_ = 0;
    std::size_t list_items_ = 0;
    std::size_t list_count_ = 0;
};

class JsonRenderer final : public Renderer {
public:
    bool append(const Record& record, TextBuffer& text) override {
        const JsonProgram& program =
            programs_.of(*record.blueprint, [](const Blueprint& blueprint) { return Compiler().compile(blueprint); });
        Output out(text, record.parts);
        return out.finish(Machine(program, values_, counters_, out).run(0, program.here()));
    }

private:
    ProgramCache<Code> programs_;
    ValueWriter values_;
    std::vector<std::uint32_t> counters_;
};

}  // namespace

std::unique_ptr<Renderer> make_json_renderer() { return std::make_unique<JsonRenderer>(); }

}  // namespace spoor::evtx
