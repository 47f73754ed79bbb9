#include "model/suggest.h"

#include <algorithm>
#include <numeric>

#include "base/unicode.h"

namespace spoor {
namespace {

/// Edit distance in which exchanging two neighbours counts once; stops counting past `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> names,
                                      std::size_t limit) {
    constexpr std::size_t kLongestWord = 64;  // no name is longer; the distance of a hostile one would cost time
    if (word.empty() || word.size() > kLongestWord) return {};
    const std::string wanted = fold_case(word);
    const std::size_t reach = std::max<std::size_t>(1, word.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> found;
    for (const std::string_view name : names) {
        const std::string folded = fold_case(name);
        const bool contains = wanted.size() >= 3 && folded.find(wanted) != std::string::npos;
        const std::size_t apart = distance(wanted, folded, reach);
        if (apart <= reach || contains) found.emplace_back(contains ? std::min<std::size_t>(apart, 1) : apart, name);
    }
    std::ranges::stable_sort(found, {}, &std::pair<std::size_t, std::string_view>::first);
    std::vector<std::string_view> result;
    for (const auto& [apart, name] : found)
        if (result.size() < limit) result.push_back(name);
    return result;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names) {
    const std::vector<std::string_view> near = nearest(word, names);
    if (near.empty()) return {};
    std::string text = "; did you mean ";
    for (std::size_t i = 0; i < near.size(); ++i) {
        if (i > 0) text += i + 1 == near.size() ? " or " : ", ";
        text += '\'';
        text += near[i];
        text += '\'';
    }
    return text + '?';
}

}  // namespace spoor
