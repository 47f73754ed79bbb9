// rearrange: puts records in another order where they are, because a second copy of a million would not be cheap.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace spoor::sessions {

/// Moves `items[order[i]]` to place i, for all of them. Each item is moved once, along the cycles of the permutation.
template <typename Item>
void rearrange(std::span<Item> items, std::vector<std::uint32_t> order) {
    for (std::uint32_t first = 0; first < order.size(); ++first) {
        if (order[first] == first) continue;
        Item displaced = std::move(items[first]);
        std::uint32_t to = first;
        while (order[to] != first) {
            const std::uint32_t from = order[to];
            items[to] = std::move(items[from]);
            order[to] = to;  // done
            to = from;
        }
        items[to] = std::move(displaced);
        order[to] = to;
    }
}

/// Where each item has gone: the inverse of `order`.
inline std::vector<std::uint32_t> places_in(std::span<const std::uint32_t> order) {
    std::vector<std::uint32_t> places(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) places[order[i]] = i;
    return places;
}

}  // namespace spoor::sessions
