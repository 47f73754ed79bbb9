#include "sources/linux/kernel/record_view.h"

namespace spoor::sensor {
std::string path_of(std::string_view leaf_first, bool cut) {
    std::string path = cut ? "..." : "";
    path.reserve(leaf_first.size() + 4);
    // Names from the last to the first.
    std::size_t end = leaf_first.size();
    while (end > 0) {
        if (leaf_first[end - 1] == '\0') --end;
        const std::size_t before = end == 0 ? std::string_view::npos : leaf_first.rfind('\0', end - 1);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        path += '/';
        path += leaf_first.substr(begin, end - begin);
        end = begin;
    }
    return path.empty() ? "/" : path;
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
