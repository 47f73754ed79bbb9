#include <algorithm>

#include "evtx/render/element_tree.h"
#include "evtx/render/program.h"
#include "evtx/render/renderer.h"

namespace spoor::evtx {
namespace {

using Kind = Blueprint::Kind;

enum class Code : std::uint8_t {
    Constant,        // before
    Leaf,            // <name ...>value</name>; an empty value closes the tag
    Content,         // the same behind attributes that were written already: >value</name>
    Value,           // the value alone
    Attribute,       // before, value, after; nothing when the value is empty
    AttributeBegin,  // the same of several pieces
    AttributePiece,
    AttributeEnd,
    RecordEnd,  // a line feed; before: what stands for an event that its values dropped
    SkipIfNull,
    Repeat,  // everything up to the target once for each item, when the part is an array
};

using XmlProgram = Program<Code>;

bool can_begin_name(unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80;
}
bool can_be_in_name(unsigned char c) {
    return can_begin_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

/// A name that XML readers accept. Those of real templates are unchanged.
std::string mended_name(std::string_view name) {
    std::string mended;
    for (const char c : name) mended += can_be_in_name(static_cast<unsigned char>(c)) ? c : '_';
    if (mended.empty() || !can_begin_name(static_cast<unsigned char>(mended.front()))) mended.insert(0, "_");
    return mended;
}

class Compiler {
public:
    XmlProgram compile(const Blueprint& blueprint) {
        program_.expect(blueprint.nodes().size());
        for (const Element& element : elements_of(blueprint)) compile_element(element);
        program_.add(Code::RecordEnd, 0, "<Event/>");
        program_.finish();
        return std::move(program_);
    }

private:
    void compile_element(const Element& element) {
        const std::string name = mended_name(element.name);
        const bool is_single = element.children.empty() && element.content.size() == 1;
        const bool is_value = is_single && element.content[0].piece->kind == Kind::Part;
        const std::uint32_t repeated_by = element.repeated_by();
        const bool is_leaf = is_value && std::ranges::all_of(element.attributes, is_constant);
        const bool guards_itself = is_leaf && element.guard == repeated_by;

        std::uint32_t skip = Blueprint::kNone;
        std::uint32_t repeat = Blueprint::kNone;
        if (element.guard != Blueprint::kNone && !guards_itself) {
            skip = program_.here();
            program_.add(Code::SkipIfNull, element.guard);
        }
        if (is_leaf) {
            const std::string open = '<' + name + constant_attributes(element) + '>';
            program_.add(Code::Leaf, repeated_by, open, "</" + name + '>').drops_when_null = guards_itself;
        } else {
            if (repeated_by != Blueprint::kNone) {
                repeat = program_.here();
                program_.add(Code::Repeat, repeated_by);
            }
            constant('<' + name);
            compile_attributes(element);
            compile_content(element, name, is_value);
        }
        if (repeat != Blueprint::kNone) program_.land(repeat);
        if (skip != Blueprint::kNone) program_.land(skip);
    }

    void compile_content(const Element& element, const std::string& name, bool is_value) {
        if (element.content.empty()) return constant("/>");
        if (is_value) {
            program_.add(Code::Content, element.content[0].piece->part, ">", "</" + name + '>');
            return;
        }
        constant(">");
        for (const Element::Content& item : element.content) {
            if (item.piece == nullptr)
                compile_element(element.children[item.child]);
            else if (item.piece->kind == Kind::Text)
                constant(escaped(item.piece->text, Escaping::XmlText));
            else
                program_.add(Code::Value, item.piece->part);
        }
        constant("</" + name + '>');
    }

    void compile_attributes(const Element& element) {
        for (const Attribute& attribute : element.attributes) {
            if (is_repeated(element, attribute)) continue;
            const std::string before = ' ' + mended_name(attribute.name) + "=\"";
            if (is_constant(attribute)) {
                constant(constant_attribute(attribute));
            } else if (attribute.pieces.size() == 1) {
                program_.add(Code::Attribute, attribute.pieces[0].part, before, "\"");
            } else {
                program_.add(Code::AttributeBegin, 0, before);
                for (const Blueprint::Node& piece : attribute.pieces) {
                    if (piece.kind == Kind::Text)
                        constant(escaped(piece.text, Escaping::XmlAttribute));
                    else
                        program_.add(Code::AttributePiece, piece.part);
                }
                program_.add(Code::AttributeEnd, 0, "\"");
            }
        }
    }

    static bool is_constant(const Attribute& attribute) {
        return std::ranges::all_of(attribute.pieces,
                                   [](const Blueprint::Node& piece) { return piece.kind == Kind::Text; });
    }

    /// Whether an attribute of the same name came before: XML readers would refuse the element.
    static bool is_repeated(const Element& element, const Attribute& attribute) {
        for (const Attribute& other : element.attributes) {
            if (&other == &attribute) return false;
            if (mended_name(other.name) == mended_name(attribute.name)) return true;
        }
        return false;
    }

    static std::string constant_attribute(const Attribute& attribute) {
        std::string value;
        for (const Blueprint::Node& piece : attribute.pieces) value += escaped(piece.text, Escaping::XmlAttribute);
        return value.empty() ? value : ' ' + mended_name(attribute.name) + "=\"" + value + '"';
    }

    static std::string constant_attributes(const Element& element) {
        std::string text;
        for (const Attribute& attribute : element.attributes)
            if (!is_repeated(element, attribute)) text += constant_attribute(attribute);
        return text;
    }

    void constant(std::string_view text) { program_.constant(text, Code::Constant); }

    XmlProgram program_;
};

class Machine {
public:
    Machine(const XmlProgram& program, ValueWriter& values, Output& out)
        : operations_(program.operations.data()), texts_(program.texts.data()), values_(values), out_(out) {}

    bool run(std::uint32_t from, std::uint32_t end) {
        for (std::uint32_t next = from; next < end; ++next) {
            const Operation<Code>& operation = operations_[next];
            switch (operation.code) {
                case Code::Constant:
                    if (!out_.need(operation.room)) return false;
                    out_.at = copy_constant(texts_ + operation.before, operation.before_size, out_.at);
                    break;
                case Code::Leaf: {
                    const Value& value = out_.part(operation.part);
                    if (value.type == Type::Null && operation.drops_when_null) break;
                    if (!is_array(value.type)) {
                        if (!write_element(operation)) return false;
                    } else if (!out_.for_each_item(operation.part, [&] { return write_element(operation); })) {
                        return false;
                    }
                    break;
                }
                case Code::Content:
                    if (!write_element(operation)) return false;
                    break;
                case Code::Value:
                    if (!write<Escaping::XmlText>(operation)) return false;
                    break;
                case Code::Attribute: {
                    const std::size_t before = out_.length();
                    if (!write<Escaping::XmlAttribute>(operation)) return false;
                    if (out_.length() == before + operation.before_size) {
                        out_.at = out_.from(before);
                    } else {
                        *out_.at++ = '"';
                    }
                    break;
                }
                case Code::AttributePiece:
                    if (!write<Escaping::XmlAttribute>(operation)) return false;
                    break;
                case Code::AttributeBegin:
                    if (!out_.need(operation.room)) return false;
                    attribute_begin_ = out_.length();
                    out_.at = copy_constant(texts_ + operation.before, operation.before_size, out_.at);
                    attribute_value_ = out_.length();
                    break;
                case Code::AttributeEnd:
                    if (!out_.need(1)) return false;
                    if (out_.length() == attribute_value_)
                        out_.at = out_.from(attribute_begin_);
                    else
                        *out_.at++ = '"';
                    break;
                case Code::RecordEnd:
                    if (!out_.need(operation.room)) return false;
                    if (out_.length() == 0)
                        out_.at = copy_constant(texts_ + operation.before, operation.before_size, out_.at);
                    *out_.at++ = '\n';
                    break;
                case Code::SkipIfNull:
                    if (out_.part(operation.part).type == Type::Null) next = operation.target - 1;
                    break;
                case Code::Repeat:
                    if (!is_array(out_.part(operation.part).type)) break;
                    if (!out_.for_each_item(operation.part,
                                            [&, first = next + 1] { return run(first, operation.target); }))
                        return false;
                    next = operation.target - 1;
                    break;
            }
        }
        return true;
    }

private:
    /// The text before the value and the value, with room for the text behind it.
    template <Escaping escaping>
    bool write(const Operation<Code>& operation) {
        const Value& value = out_.part(operation.part);
        if (!out_.need(operation.room + ValueWriter::growth(value))) return false;
        out_.at = copy_constant(texts_ + operation.before, operation.before_size, out_.at);
        out_.at = values_.write<escaping>(value, out_.at);
        return true;
    }

    bool write_element(const Operation<Code>& operation) {
        const Value& value = out_.part(operation.part);
        if (!out_.need(operation.room + ValueWriter::growth(value))) return false;
        char* const content = copy_constant(texts_ + operation.before, operation.before_size, out_.at);
        char* const end = values_.write<Escaping::XmlText>(value, content);
        if (end == content) {
            content[-1] = '/';
            content[0] = '>';
            out_.at = content + 1;
        } else {
            out_.at = copy_constant(texts_ + operation.after, operation.after_size, end);
        }
        return true;
    }

    const Operation<Code>* operations_;
    const char* texts_;
    ValueWriter& values_;
    Output& out_;
    std::size_t attribute_begin_ = 0;
    std::size_t attribute_value_ = 0;
};

class XmlRenderer final : public Renderer {
public:
    bool append(const Record& record, TextBuffer& text) override {
        const XmlProgram& program =
            programs_.of(*record.blueprint, [](const Blueprint& blueprint) { return Compiler().compile(blueprint); });
        Output out(text, record.parts);
        return out.finish(Machine(program, values_, out).run(0, program.here()));
    }

private:
    ProgramCache<Code> programs_;
    ValueWriter values_;
};

}  // namespace

std::unique_ptr<Renderer> make_xml_renderer() { return std::make_unique<XmlRenderer>(); }

}  // namespace spoor::evtx
