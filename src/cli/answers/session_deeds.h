// What a session did, summed up from its events: where it connected, what it touched, what it changed.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/event.h"

namespace spoor::cli {

class SessionDeeds {
public:
    /// Takes one event that the session caused; events come in order of time.
    void add(EventView view);

    /// One kind of deed: "Network connections", and what was done how often, in order of first times.
    struct Deed {
        std::string what;
        std::uint64_t count = 0;
        Timestamp first;
    };
    struct Section {
        std::string_view title;
        std::vector<Deed> deeds;     // the first of them
        std::uint64_t left_out = 0;  // events of others
    };
    /// Sections that have anything, in a fixed order.
    std::vector<Section> sections() const;

private:
    enum class Topic : unsigned char {
        Connections,
        Shares,
        Pipes,
        Privileges,
        Credentials,
        Accounts,
        Services,
        Tampering
    };
    void note(Topic topic, std::string what, Timestamp time);

    struct OfTopic {
        std::map<std::string, Deed> deeds;
        std::uint64_t left_out = 0;
    };
    std::map<Topic, OfTopic> topics_;
};

}  // namespace spoor::cli
