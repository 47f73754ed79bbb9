#include "evtx/render/element_tree.h"

namespace spoor::evtx {
namespace {

using Node = Blueprint::Node;
using Kind = Blueprint::Kind;

/// The element that begins at `at`, which is then behind it. The blueprint bounds how deep this goes.
Element read_element(const std::vector<Node>& nodes, std::size_t& at) {
    Element element;
    element.name = nodes[at].text;
    element.guard = nodes[at].part;
    const std::size_t close = nodes[at].close;
    for (++at; at < close;) {
        switch (nodes[at].kind) {
            case Kind::OpenAttribute: {
                const std::size_t open = at++;
                while (nodes[at].kind != Kind::CloseAttribute) ++at;
                element.attributes.push_back({nodes[open].text, {nodes.data() + open + 1, at - open - 1}});
                ++at;
                break;
            }
            case Kind::OpenElement:
                element.content.push_back({nullptr, element.children.size()});
                element.children.push_back(read_element(nodes, at));
                break;
            default: element.content.push_back({&nodes[at++], 0});
        }
    }
    ++at;
    return element;
}

}  // namespace

std::uint32_t Element::repeated_by() const {
    for (const Content& item : content)
        if (item.piece != nullptr && item.piece->kind == Kind::Part) return item.piece->part;
    return Blueprint::kNone;
}

std::vector<const Node*> Element::pieces() const {
    std::vector<const Node*> found;
    for (const Content& item : content) {
        if (item.piece == nullptr) continue;
        const bool is_blank =
            item.piece->kind == Kind::Text && item.piece->text.find_first_not_of(" \t\r\n") == std::string::npos;
        if (children.empty() || !is_blank) found.push_back(item.piece);
    }
    return found;
}

std::vector<Element> elements_of(const Blueprint& blueprint) {
    std::vector<Element> elements;
    const std::vector<Node>& nodes = blueprint.nodes();
    for (std::size_t at = 0; at < nodes.size();) {
        if (nodes[at].kind == Kind::OpenElement)
            elements.push_back(read_element(nodes, at));
        else
            ++at;
    }
    return elements;
}

}  // namespace spoor::evtx
