#include "base/text_pool.h"

namespace spoor {

std::string_view TextPool::intern(std::string_view text) {
    if (text.empty()) return {};
    const auto found = texts_.find(text);
    if (found != texts_.end()) return *found;
    return *texts_.insert(arena_.copy(text)).first;
}

}  // namespace spoor
