// ClientSigns: what other hosts recorded that can be the client's side of a logon over the network: the connection that
// it came by, credentials typed for it, programs that called the server, the ticket it was made with.
#pragma once
#include <span>
#include <vector>

#include "trails/evidence/grouped.h"
#include "trails/linking/linking.h"

namespace spoor::trails {

/// Who opened a connection on the client: the program that wanted it, or a part of Windows that opens it for all.
enum class Owner : std::uint8_t { Program, Smb, Rpc, Lsa, OtherService };
Owner owner_of(const Connection& connection);

class ClientSigns {
public:
    explicit ClientSigns(const Linking& linking);

    /// A client's record of the connection that a session came by, and the server's record that told its port, if the
    /// logon did not.
    struct Opened {
        const Connection* connection = nullptr;
        EventRef arrival;
    };
    /// One for each host that has such a record: more than one where hosts share an address.
    std::vector<Opened> connections_of(const Session& session) const;

    // Of records that can be the client's the nearest in time comes first.

    /// Credentials for this user and server that were typed in the same seconds: on `client`, or on any host for None.
    std::vector<const ExplicitCredentials*> credentials_for(const Session& session, HostId client) const;

    /// Programs that called the server: within `before` and a little after.
    std::vector<const RemoteCall*> calls_to(const Session& session, Kind kind, Duration before) const;

    /// SMB's or NTLM's record on the client of offering this very account to the server in the same seconds, for a
    /// session that it names; on `client`, or on any host for None.
    std::vector<const RemoteCall*> calls_with_account(const Session& session, HostId client) const;

    /// SMB's and NTLM's records on the client of dealing with the server around `time`, for sessions of its own.
    std::vector<const RemoteCall*> calls_by_session(const Session& session, HostId client, Timestamp time) const;

    /// A program of another host that the server's WMI was asked by as the session began, for its user.
    struct Asker {
        std::uint32_t process = kNobody;  // with a session
        EventRef event;
    };
    std::vector<Asker> wmi_askers(const Session& session) const;

    /// Programs' connections to the server's management ports in the same seconds.
    std::vector<const Connection*> management_connections(const Session& session) const;
    /// All that was opened on other hosts to the session's own, around its beginning.
    std::vector<const Connection*> connections_to(const Session& session, Duration around) const;

    /// The first share that the session used; null for none.
    const ShareAccess* share_access(const Session& session) const;

    /// What WinRM on the server says of who asked for a shell in the same seconds.
    const ShellRequest* shell_request(const Session& session) const;

    /// The service ticket for the server that its user was given in the same seconds: from `client`, or from anywhere.
    const Ticket* ticket_for(const Session& session, const std::optional<IpAddress>& client) const;

    /// When the session began, by another host's clock.
    Timestamp on_clock_of(HostId client, const Session& session) const;

private:
    std::vector<std::pair<Endpoint, EventRef>> client_ends(const Session& session) const;
    const Connection* opened_by(const Endpoint& client, const Session& session, HostId host) const;
    bool calls_this(std::string_view called, HostId heard_at, const Session& session) const;
    template <typename Row, typename Fits>
    std::vector<const Row*> near_beginning(const Grouped<const Row*>& rows, const Session& session, Duration before,
                                           const Fits& fits) const;
    bool offers_account(const RemoteCall& call, const Session& logon) const;

    const Linking& linking_;
    Grouped<const Connection*> opened_;          // by the client's end
    Grouped<const ShareAccess*> share_clients_;  // by host and session
    Grouped<const ExplicitCredentials*> typed_;  // by the server's first label
    Grouped<const RemoteCall*> calls_;           // by the server's first label or address
    Grouped<const Ticket*> service_tickets_;     // by account of the service
    std::vector<const Connection*> management_;  // by time
    std::vector<HostId> clients_;                // that opened any
};

}  // namespace spoor::trails
