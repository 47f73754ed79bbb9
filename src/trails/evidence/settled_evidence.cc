// Settling evidence: every list sorted and without repeats, so that the order in which logs were read leaves no trace.
#include <algorithm>
#include <concepts>
#include <tuple>

#include "trails/evidence/evidence.h"

namespace spoor::trails {
namespace {

template <typename Row>
void sort_and_drop_repeats(std::vector<Row>& rows) {
    const auto order = [](const Row& row) {
        return std::tie(row.event.host, row.event.time, row.event.channel, row.event.sequence, row.event.event_id);
    };
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return order(a) < order(b); });
    // Records without a number of their own (some JSON exports) are told apart by nothing but their content: kept.
    rows.erase(std::unique(rows.begin(), rows.end(),
                           [](const Row& a, const Row& b) { return a.event.sequence != 0 && a.event == b.event; }),
               rows.end());
    rows.shrink_to_fit();
}

}  // namespace

/// Joins the days in which a host had an address, where nobody else had it in between.
void Evidence::settle_addresses() {
    std::sort(addresses.begin(), addresses.end(), [](const auto& a, const auto& b) {
        return std::tie(a.address, a.first, a.host) < std::tie(b.address, b.first, b.host);
    });
    std::vector<AddressSighting> joined;
    for (const AddressSighting& sighting : addresses) {
        if (!joined.empty() && joined.back().address == sighting.address && joined.back().host == sighting.host) {
            joined.back().last = std::max(joined.back().last, sighting.last);
            joined.back().count += sighting.count;
        } else {
            joined.push_back(sighting);
        }
    }
    addresses = std::move(joined);
}

void Evidence::settle() {
    const auto settle_list = []<typename Row>(std::vector<Row>& rows) {
        if constexpr (!std::same_as<Row, AddressSighting>) sort_and_drop_repeats(rows);
    };
    each_passing(*this, settle_list);
    each_lasting(*this, settle_list);
    settle_addresses();
    foreign_by_key_ = {};
    address_by_key_ = {};
    connection_by_key_ = {};
    share_by_key_ = {};
    access_by_key_ = {};
    wmi_request_by_key_ = {};
}

}  // namespace spoor::trails
