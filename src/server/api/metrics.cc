#include "server/api/metrics.h"

#include <fmt/format.h>

namespace spoor::server {

void Metrics::count_request(unsigned status, Duration taken) {
    by_class_[std::min<std::size_t>(status / 100, by_class_.size() - 1)].fetch_add(1, std::memory_order_relaxed);
    const double seconds = static_cast<double>(taken.nanoseconds) / 1e9;
    std::size_t bound = 0;
    while (bound < kBounds.size() && seconds > kBounds[bound]) ++bound;
    by_time_[bound].fetch_add(1, std::memory_order_relaxed);
    microseconds_.fetch_add(static_cast<std::uint64_t>(taken.nanoseconds / 1000), std::memory_order_relaxed);
}

void write_metric(std::string& out, std::string_view name, std::string_view type, std::string_view help,
                  std::uint64_t value) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
}

void Metrics::write(std::string& out) const {
    const auto to = std::back_inserter(out);
    fmt::format_to(to,
                   "# HELP spoor_http_requests_total Requests answered, by class of status.\n# TYPE "
                   "spoor_http_requests_total counter\n");
    for (std::size_t i = 2; i < by_class_.size(); ++i)
        fmt::format_to(to, "spoor_http_requests_total{{class=\"{}xx\"}} {}\n", i, by_class_[i].load());
    fmt::format_to(to,
                   "# HELP spoor_http_request_seconds Time until an answer was ready.\n# TYPE "
                   "spoor_http_request_seconds histogram\n");
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
        total += by_time_[i].load();
        fmt::format_to(to, "spoor_http_request_seconds_bucket{{le=\"{}\"}} {}\n", kBounds[i], total);
    }
    total += by_time_.back().load();
    fmt::format_to(to,
                   "spoor_http_request_seconds_bucket{{le=\"+Inf\"}} {0}\nspoor_http_request_seconds_count "
                   "{0}\nspoor_http_request_seconds_sum {1}\n",
                   total, static_cast<double>(microseconds_.load()) / 1e6);
    write_metric(out, "spoor_http_refused_total", "counter",
                 "Requests refused for want of rights or for coming too often.", refused_.load());
    write_metric(out, "spoor_uploaded_bytes_total", "counter", "Bytes of logs that were uploaded.", uploaded_.load());
}

}  // namespace spoor::server
