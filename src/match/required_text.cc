#include "match/required_text.h"

#include <algorithm>

#include "base/unicode.h"

namespace spoor::match {
namespace {

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// A piece of the pattern as it stands in the folded text. What is compared letter by letter without folding stands
/// there, too, when its letters are ASCII; of others nothing is promised.
std::string as_folded(const Predicate& predicate, std::string_view piece) {
    if (predicate.text_case == Case::Exact && !is_ascii(piece)) return {};
    return fold_case(piece);
}

}  // namespace

std::vector<Pieces> required_text(const Predicate& predicate) {
    std::vector<Pieces> alternatives;
    switch (predicate.op) {
        case Op::Equal:
        case Op::In:
            for (const Value& value : predicate.arguments) {
                if (!std::holds_alternative<std::string>(value)) return {};
                alternatives.push_back({as_folded(predicate, std::get<std::string>(value))});
            }
            break;
        case Op::StartsWith:
        case Op::EndsWith:
        case Op::Contains:
        case Op::Word: alternatives.push_back({as_folded(predicate, predicate.text())}); break;
        case Op::Glob: {
            Pieces& pieces = alternatives.emplace_back();
            for (std::size_t i = 0; i < predicate.arguments.size(); ++i)
                pieces.push_back(as_folded(predicate, predicate.text(i)));
            break;
        }
        default: break;
    }
    return alternatives;
}

}  // namespace spoor::match
