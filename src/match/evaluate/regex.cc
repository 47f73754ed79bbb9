#include "match/evaluate/regex.h"

#include <fmt/format.h>

// The header of RE2 20220601 is not clean under our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <re2/re2.h>
#pragma GCC diagnostic pop

namespace spoor::match {
namespace {

constexpr std::int64_t kBudget = 2 << 20;
constexpr std::size_t kLongest = 32 << 10;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Regex::Compiled {
    RE2 pattern;
    Compiled(std::string_view text, const RE2::Options& options) : pattern(piece(text), options) {}
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

std::expected<Regex, std::string> Regex::compile(std::string_view pattern, Case text_case) {
    if (pattern.size() > kLongest) return std::unexpected(fmt::format("is longer than {} KiB", kLongest >> 10));
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(text_case == Case::Exact);
    options.set_never_capture(true);
    options.set_max_mem(kBudget);
    auto compiled = std::make_unique<Compiled>(pattern, options);
    const RE2& re = compiled->pattern;
    if (re.ok()) return Regex(std::move(compiled));
    if (re.error_code() == RE2::ErrorPatternTooLarge || re.error_code() == RE2::ErrorRepeatSize)
        return std::unexpected(fmt::format("would grow too large ({})", re.error()));
    return std::unexpected(fmt::format("is not valid ({})", re.error()));
}

bool Regex::found_in(std::string_view text) const { return RE2::PartialMatch(piece(text), compiled_->pattern); }

}  // namespace spoor::match
