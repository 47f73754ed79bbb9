// Completion: what can come next in a filter, for shells and the browser.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "match/language/query.h"

namespace spoor::match {

enum class CompletionKind : std::uint8_t { FieldName, Operator, Argument, Keyword };
std::string_view name(CompletionKind kind);

struct Completion {
    std::string text;  // to be put in place of what is replaced, quotes and all
    CompletionKind kind;
    std::string meaning = {};
};

struct Completions {
    Span replaced;  // the unfinished word before the cursor
    std::vector<Completion> items;
};

/// What can stand at `cursor`, best first, at most `limit`. What stands behind the cursor is not looked at.
Completions complete(std::string_view text, std::size_t cursor, const QueryContext& context, std::size_t limit = 50);

}  // namespace spoor::match
