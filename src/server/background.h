// Background: work that nobody waits for, on threads that get what others leave of the processors.
#pragma once
#include <optional>
#include <thread>

namespace spoor::server {

/// Lowers the calling thread, and those that it makes, to the least priority there is. It cannot rise again.
void step_back();

/// Does `work` in the background and waits for it: whoever goes on with the result (under a lock, say) is not held up
/// by being in the background.
template <typename Work>
auto in_background(Work&& work) {
    std::optional<decltype(work())> done;
    std::jthread([&] {
        step_back();
        done = work();
    }).join();
    return std::move(*done);
}

}  // namespace spoor::server
