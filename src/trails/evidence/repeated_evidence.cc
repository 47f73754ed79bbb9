// Evidence that is told over and over: of what says the same within a minute or an hour the earliest is kept, so that
// neither the order in which logs are read nor how often a record came leaves a trace.
#include "base/hash.h"
#include "base/unicode.h"
#include "trails/evidence/observing.h"

namespace spoor::trails {
namespace {

// Records of one connection in quick succession say the same thing.
constexpr Duration kMinute = Duration::seconds(60);
static_assert(Evidence::kGrain.nanoseconds % kMinute.nanoseconds == 0);

std::uint64_t stretch_of(Timestamp time, Duration stretch) {
    return static_cast<std::uint64_t>(time.nanoseconds / stretch.nanoseconds);
}
std::uint64_t bytes_hash(const std::array<std::uint8_t, 16>& bytes) {
    return hash64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}
std::uint64_t key_of(const EventRef& event, Duration stretch) {
    return hash_mix(static_cast<std::uint64_t>(event.host), stretch_of(event.time, stretch));
}
std::uint64_t key_of(const ProcessName& process) { return hash_mix(bytes_hash(process.guid.bytes), process.pid); }
std::uint64_t key_of(const Endpoint& endpoint) { return hash_mix(bytes_hash(endpoint.address.bytes), endpoint.port); }

std::uint64_t repeat_key(const Connection& connection) {
    const std::uint64_t ends = hash_mix(key_of(connection.source), key_of(connection.destination));
    return hash_mix(hash_mix(key_of(connection.event, kMinute), ends),
                    connection.process.pid << 16 | connection.event.event_id);
}
/// Rights to a process are asked for again and again; once for each pair and hour.
std::uint64_t repeat_key(const Injection& access) {
    return hash_mix(key_of(access.event, Evidence::kGrain), hash_mix(key_of(access.source), key_of(access.target)));
}
/// A pid means another process some time later: once for each pair, program and hour.
std::uint64_t repeat_key(const ForeignSubject& foreign) {
    return hash_mix(hash_mix(key_of(foreign.event, Evidence::kGrain), foreign.process.pid),
                    hash_mix(foreign.subject.value(), hash64(foreign.process.image)));
}
/// Once for each connection, session and hour.
std::uint64_t repeat_key(const ShareAccess& access) {
    return hash_mix(hash_mix(key_of(access.event, Evidence::kGrain), key_of(access.client)), access.subject.value());
}
/// An operation that fails, fails often.
std::uint64_t repeat_key(const WmiRequest& request) {
    return hash_mix(hash_mix(key_of(request.event, kMinute), request.client_pid),
                    hash_mix(hash64(fold_case(request.client)), hash64(fold_case(request.user))));
}

template <typename Row, typename Places>
void add_first(const Row& row, std::vector<Row>& rows, Places& places) {
    const auto [place, is_new] = places.at(repeat_key(row));
    if (is_new) {
        place = static_cast<std::uint32_t>(rows.size());
        rows.push_back(row);
    } else if (row.event < rows[place].event) {
        rows[place] = row;
    }
}

}  // namespace

void Evidence::add(const Connection& connection) { add_first(connection, connections, connection_by_key_); }
void Evidence::add(const Injection& injection) {
    if (injection.only_rights)
        add_first(injection, injections, access_by_key_);
    else
        injections.push_back(injection);
}
void Evidence::add(const ForeignSubject& foreign) { add_first(foreign, foreign_subjects, foreign_by_key_); }
void Evidence::add(const ShareAccess& access) { add_first(access, share_accesses, share_by_key_); }
void Evidence::add(const WmiRequest& request) { add_first(request, wmi_requests, wmi_request_by_key_); }

}  // namespace spoor::trails
