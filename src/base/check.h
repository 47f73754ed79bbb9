// CHECK(condition): aborts with the expression and its place when one of our own assumptions is wrong, in releases too.
#pragma once

namespace spoor {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}  // namespace spoor

#define CHECK(condition) \
    (__builtin_expect(!(condition), 0) ? ::spoor::check_failed(#condition, __FILE__, __LINE__) : (void)0)
