// Logons of one user from two places that nobody travels between in that time, by a MaxMind database of addresses.
#include <maxminddb.h>

#include <cmath>
#include <map>
#include <numbers>
#include <optional>

#include "base/unicode.h"
#include "findings/rules.h"

namespace spoor::findings {
namespace {

struct Place {
    double latitude;
    double longitude;
};

double kilometres_between(const Place& a, const Place& b) {
    constexpr double kEarthRadius = 6371;
    const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
    const double up = std::sin(radians(b.latitude - a.latitude) / 2);
    const double across = std::sin(radians(b.longitude - a.longitude) / 2);
    const double h = up * up + std::cos(radians(a.latitude)) * std::cos(radians(b.latitude)) * across * across;
    return 2 * kEarthRadius * std::asin(std::sqrt(std::min(1.0, h)));
}

/// A database file of addresses and where they are.
class Places {
public:
    static std::optional<Places> open(const std::string& path) {
        Places places;
        if (MMDB_open(path.c_str(), MMDB_MODE_MMAP, &places.database_.emplace()) != MMDB_SUCCESS) {
            places.database_.reset();
            return std::nullopt;
        }
        return places;
    }

    Places(Places&& other) noexcept : database_(std::exchange(other.database_, std::nullopt)) {}
    ~Places() {
        if (database_) MMDB_close(&*database_);
    }

    std::optional<Place> find(const IpAddress& address) {
        int gai_error = 0;
        int error = MMDB_SUCCESS;
        const MMDB_lookup_result_s result =
            MMDB_lookup_string(&*database_, address.to_string().c_str(), &gai_error, &error);
        if (gai_error != 0 || error != MMDB_SUCCESS || !result.found_entry) return std::nullopt;
        MMDB_entry_s found = result.entry;
        MMDB_entry_data_s latitude{}, longitude{};
        if (MMDB_get_value(&found, &latitude, "location", "latitude", nullptr) != MMDB_SUCCESS || !latitude.has_data)
            return std::nullopt;
        if (MMDB_get_value(&found, &longitude, "location", "longitude", nullptr) != MMDB_SUCCESS || !longitude.has_data)
            return std::nullopt;
        if (latitude.type != MMDB_DATA_TYPE_DOUBLE || longitude.type != MMDB_DATA_TYPE_DOUBLE) return std::nullopt;
        return Place{latitude.double_value, longitude.double_value};
    }

private:
    Places() = default;
    std::optional<MMDB_s> database_;
};

}  // namespace

void find_impossible_travel(Inquiry& inquiry) {
    // Cities are large and addresses drift: nearer places prove nothing.
    constexpr double kNear = 300;
    if (!inquiry.on(Rule::ImpossibleTravel) || inquiry.settings.places.empty()) return;
    auto places = Places::open(inquiry.settings.places);
    if (!places) return;
    struct Visit {
        std::uint32_t session;
        Place place;
    };
    std::map<std::string, std::vector<Visit>> by_user;
    for (std::uint32_t i = 0; i < inquiry.history.sessions.size(); ++i) {
        const Session& session = inquiry.history.sessions[i];
        if (!session.start || !session.source_address || session.user.name.ends_with('$')) continue;
        if (const auto place = places->find(*session.source_address))
            by_user[fold_case(to_string(session.user))].push_back({i, *place});
    }
    for (auto& [user, visits] : by_user) {
        std::stable_sort(visits.begin(), visits.end(), [&](const Visit& a, const Visit& b) {
            return *inquiry.history.sessions[a.session].start < *inquiry.history.sessions[b.session].start;
        });
        for (std::size_t i = 1; i < visits.size(); ++i) {
            const Session& before = inquiry.history.sessions[visits[i - 1].session];
            const Session& after = inquiry.history.sessions[visits[i].session];
            const double distance = kilometres_between(visits[i - 1].place, visits[i].place);
            const double hours = static_cast<double>((*after.start - *before.start).nanoseconds) / 3.6e12;
            if (distance < kNear || distance <= inquiry.settings.travel_speed * hours) continue;
            Finding& finding =
                inquiry.add(Rule::ImpossibleTravel, after.key.host, *before.start, *after.start,
                            fmt::format("{} logged on from {} and, {} later and {:.0f} km away, from {}", user,
                                        before.source_address->to_string(), to_string(*after.start - *before.start),
                                        distance, after.source_address->to_string()));
            finding.sessions = {visits[i - 1].session, visits[i].session};
            add_evidence(finding, trails::evidence_of(before, 4624));
            add_evidence(finding, trails::evidence_of(after, 4624));
        }
    }
}

}  // namespace spoor::findings
