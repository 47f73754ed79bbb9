// Regex: an RE2 pattern within a budget of memory. Finds anywhere in a text, in time linear in it.
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "match/predicate.h"

namespace spoor::match {

class Regex {
public:
    /// Why the pattern cannot be had, in words, where it cannot: not RE2, or compiled larger than 2 MiB.
    static std::expected<Regex, std::string> compile(std::string_view pattern, Case text_case);

    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    bool found_in(std::string_view text) const;

private:
    struct Compiled;
    explicit Regex(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace spoor::match
