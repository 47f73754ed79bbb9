// Tally: how often each combination of values occurs; what count() of every archive is made of.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "store/archive.h"

namespace spoor::store {

/// The value that a field, property of the header, session or process has for an event, as people spell it; empty where
/// there is none.
std::string value_text(const match::FieldRef& field, const EventView& event, const History* history,
                       const Catalog& catalog);
std::string value_text(const match::FieldRef& field, const Session& session, const Catalog& catalog);

/// Where the stretch of length `per` begins that `time` lies in; `time` itself belongs to the one stretch there is when
/// `per` is 0.
Timestamp stretch_of(Timestamp time, Duration per);

class Tally {
public:
    struct Seen {
        std::uint64_t events = 0;
        Timestamp first = Timestamp::latest();
        Timestamp last = Timestamp::earliest();
    };

    void add(std::vector<std::string> values, Timestamp start, const Seen& seen);
    std::vector<Count> take();

private:
    std::map<std::pair<std::vector<std::string>, Timestamp>, Seen> seen_;
};

/// Counts by reading every event.
Result<void> count_stream(EventStream& events, const CountQuery& query, const History* history, const Catalog& catalog,
                          Tally& tally);

}  // namespace spoor::store
