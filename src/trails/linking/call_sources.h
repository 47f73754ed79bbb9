// CallSources: the sessions that records at a client stand for, in which somebody called the server or gave credentials
// for it.
#pragma once
#include <vector>

#include "trails/linking/client_signs.h"

namespace spoor::trails {

/// A session that a record at a client stands for, and the process that made the call, where that is known.
struct CallSource {
    std::uint32_t session = kNobody;
    std::uint32_t process = kNobody;
    EventRef event;
};
using CallSources = std::vector<CallSource>;  // each session once, the likeliest first

class CallSourceFinder {
public:
    CallSourceFinder(const Linking& linking, const ClientSigns& signs) : linking_(linking), signs_(signs) {}

    /// Where credentials for the logon's user and server were given, on `client` or on any host for None: people's
    /// sessions, the system's where there are none.
    CallSources typists(const Session& logon, HostId client) const;
    /// The same, people only.
    CallSources people_typing(const Session& logon, HostId client) const;
    /// For which the client's SMB and NTLM offered the logon's account to the server.
    CallSources offering(const Session& logon, HostId client) const;
    /// Where a program called the server: RDPClient 1024 and 1102, WinRM 6.
    CallSources callers(const Session& logon, Kind kind, Duration before) const;

    /// How sure a source is by itself.
    Strength strength_of(const CallSource& source) const;

private:
    std::uint32_t caller(const RemoteCall& call, std::uint32_t process) const;

    const Linking& linking_;
    const ClientSigns& signs_;
};

/// One session is as sure as a join by time can be; of several any may be the one.
inline Strength strength_of(const CallSources& sources) {
    return sources.size() == 1 ? Strength::Strong : Strength::Probable;
}

void add_once(CallSources& sources, const CallSource& source);

}  // namespace spoor::trails
