#include "sources/linux/kernel/record_view.h"

#include <algorithm>

namespace spoor::sensor {

std::string path_of(std::string_view leaf_first, bool cut) {
    constexpr std::string_view kCut = "...";
    std::string path;
    path.resize_and_overwrite(kCut.size() + 1 + leaf_first.size(), [&](char* const bytes, std::size_t) {
        char* to = cut ? std::copy(kCut.begin(), kCut.end(), bytes) : bytes;
        // Names from the last to the first.
        for (std::size_t end = leaf_first.size(); end > 0;) {
            if (leaf_first[end - 1] == '\0') --end;
            std::size_t begin = end;
            while (begin > 0 && leaf_first[begin - 1] != '\0') --begin;
            *to++ = '/';
            to = std::copy(leaf_first.begin() + begin, leaf_first.begin() + end, to);
            end = begin;
        }
        if (to == bytes) *to++ = '/';
        return static_cast<std::size_t>(to - bytes);
    });
    return path;
}

std::string passed_path(std::string_view path, std::string_view base_leaf_first, bool cut) {
    if (path.starts_with('/')) return std::string(path);
    std::string result = path_of(base_leaf_first, cut);
    if (!result.ends_with('/')) result += '/';
    while (path.starts_with("./")) path.remove_prefix(2);
    result += path;
    return result;
}

}  // namespace spoor::sensor
