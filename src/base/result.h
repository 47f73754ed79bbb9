// Result<T>: a value, or the reason there is none. The one way our functions say "that did not work".
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace spoor {

enum class Errc : unsigned char {
    Io,
    Corrupt,
    Truncated,
    Unsupported,
    Denied,
    NotFound,
    BadQuery,
    BadUsage,
    Busy,
    Full
};

/// What went wrong, and where. Built at the point of failure; `with()` adds context on the way up.
struct Error {
    Errc code;
    std::string what;

    Error&& with(std::string_view context) && {
        what.insert(0, std::string(context) + ": ");
        return std::move(*this);
    }

    friend bool operator==(const Error&, const Error&) = default;
};

template <typename T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string what) {
    return std::unexpected(Error{code, std::move(what)});
}

/// The error of the last failed system call, in words: "Permission denied" and the code that fits it.
std::unexpected<Error> fail_errno(std::string_view doing);

}  // namespace spoor

// Unwraps a Result or returns its error: `auto header = TRY(read_header(bytes));`. A GNU statement expression, which
// GCC and Clang both take; GCC 12 has no and_then()/transform() on std::expected. The unwrapped value is moved out, so
// it also serves Result<void> and move-only values.
#define TRY(expr)                                                                 \
    (__extension__({                                                              \
        auto&& try_result_ = (expr);                                              \
        if (!try_result_) return std::unexpected(std::move(try_result_).error()); \
        std::move(try_result_).value();                                           \
    }))
