// Diagnostic: what is wrong with a filter or a rule, where, and what to do about it.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "match/predicate.h"

namespace spoor::match {

struct Diagnostic {
    std::string_view code;  // "F201": stays the same whatever the wording; docs/query.md lists them
    Span span;              // of the text that was parsed; empty at its end
    std::string text;       // one sentence without a full stop
    std::string hint = {};  // what to do, where that is known

    friend bool operator==(const Diagnostic& a, const Diagnostic& b) {
        return a.code == b.code && a.text == b.text && a.hint == b.hint;
    }
};

/// A text of the user's as a message shows it: cut to its first 60 bytes or so, control characters as "?".
std::string excerpt(std::string_view text);

/// The message with the line it is about and a mark below the place:
///
///     filter:1:1: error[F201]: there is no field "Imgae"
///       Imgae: *\\powershell.exe
///       ^~~~~
///       did you mean Image?
///
/// Long lines are cut around the place; control characters are shown as "?".
std::string render(const Diagnostic& diagnostic, std::string_view source, std::string_view source_name = "filter");

/// The same as an Error (BadQuery).
Error to_error(const Diagnostic& diagnostic, std::string_view source, std::string_view source_name = "filter");

}  // namespace spoor::match
