// Literal: a value as it is typed in a filter: words, quoted pieces, stars.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "match/predicate.h"

namespace spoor::match {

struct Literal {
    std::vector<std::string> pieces;  // between the stars; one more than there are stars
    bool quoted = false;              // some of it stood in quotes
    bool regex = false;               // /.../ : the one piece is the pattern
    Span span;

    bool has_stars() const { return pieces.size() > 1; }
    bool is_star() const { return pieces.size() == 2 && pieces[0].empty() && pieces[1].empty(); }
    const std::string& text() const { return pieces.front(); }
};

/// Whether a single backslash stands before an ordinary character: then every backslash of the text is itself.
bool is_typed_raw(std::string_view bare);

/// Adds what stands between quotes, or bare, to a literal; see query.h on backslashes. A bare star begins a new piece.
void append_quoted(Literal& literal, std::string_view source);
void append_bare(Literal& literal, std::string_view source);

}  // namespace spoor::match
