// Metrics: what the server counts of itself, in the text format that Prometheus reads.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "base/time.h"

namespace spoor::server {

/// Counting takes no lock.
class Metrics {
public:
    void count_request(unsigned status, Duration taken);
    void count_refusal() { refused_.fetch_add(1, std::memory_order_relaxed); }
    void count_uploaded(std::uint64_t bytes) { uploaded_.fetch_add(bytes, std::memory_order_relaxed); }

    /// Appends the counters of requests.
    void write(std::string& out) const;

private:
    static constexpr std::array<double, 8> kBounds = {0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1, 5};  // seconds
    std::array<std::atomic<std::uint64_t>, 6> by_class_{};                                        // of status: 2xx ...
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> by_time_{};
    std::atomic<std::uint64_t> microseconds_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::atomic<std::uint64_t> uploaded_ = 0;
};

/// "# HELP ... # TYPE ... NAME VALUE", for a single number.
void write_metric(std::string& out, std::string_view name, std::string_view type, std::string_view help,
                  std::uint64_t value);

}  // namespace spoor::server
