// Gate: who is asking, and how often they may. Every request passes it before anything else looks at it.
//
// There are three ways in, each for one kind of visitor:
//   * a browser, by a link that works once (printed at start, as Jupyter does) and becomes a cookie;
//   * a program on this machine, by the Unix socket, where the kernel says whose it is;
//   * any other program, by a named token with a role ("Authorization: Bearer ...").
// The server keeps digests only. Cookies and links live in memory and end with the server; tokens are in one file.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "server/http/request.h"
#include "server/http/secrets.h"

namespace spoor::server {

/// What someone may do; each role may what those before it may.
enum class Role : std::uint8_t {
    Nobody,
    Viewer,         // look at everything
    Analyst,        // and import logs
    Administrator,  // and give access to others
};
std::string_view name(Role role);
std::optional<Role> find_role(std::string_view name);

struct Identity {
    Role role = Role::Nobody;
    std::string name;  // "browser", "token backup", "uid 1000"
};

struct NamedToken {
    std::string name;
    Role role = Role::Nobody;
    Timestamp made = {};
    Digest digest = {};
};

struct GateOptions {
    std::string token_file = {};     // empty: tokens are kept in memory
    std::uint32_t server_uid = 0;    // this user and root are administrators on the Unix socket
    Role local_role = Role::Nobody;  // of every other user there
    Duration link_lifetime = Duration::seconds(15 * 60);
    Duration idle_lifetime = Duration::seconds(12 * 3600);    // of a cookie that is not used
    Duration cookie_lifetime = Duration::seconds(7 * 86400);  // of any cookie
    unsigned attempts = 10;                                   // wrong keys from one address at once
    Duration attempt_every = Duration::seconds(6);            // and then one more for each such time
    unsigned requests = 2000;                                 // of one visitor at once
    unsigned requests_per_second = 1000;
};

/// Safe to use from several threads.
class Gate {
public:
    static Result<std::unique_ptr<Gate>> open(GateOptions options, const Clock& clock);

    /// The secret of a new link; whoever shows it first gets a cookie of that role.
    std::string make_link(Role role);
    /// The cookie's value for a link's secret. The link is used up; a wrong one counts as an attempt.
    Result<std::string> redeem(std::string_view secret, const Peer& peer);
    void forget_cookie(std::string_view cookie);

    /// Who asks, by `cookie_name`, token or credentials. Nobody when nothing is shown; an error when what is shown is
    /// wrong, or comes too often.
    Result<Identity> identify(const Request& request, std::string_view cookie_name);

    /// The new token's text, which is shown this once.
    Result<std::string> add_token(std::string_view name, Role role);
    Result<> remove_token(std::string_view name);
    std::vector<NamedToken> tokens() const;

private:
    explicit Gate(GateOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

    struct Bucket {
        double left = 0;
        Timestamp filled = {};
    };
    struct Cookie {
        Role role = Role::Nobody;
        Timestamp made = {};
        Timestamp used = {};
    };

    Result<> load();
    Result<> save() const;
    bool take(std::unordered_map<std::string, Bucket>& buckets, std::string_view who, double most, double per_second);
    Result<Identity> recognise(const Request& request, std::string_view cookie_name);

    GateOptions options_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::map<Digest, std::pair<Role, Timestamp>> links_;  // and when they end
    std::map<Digest, Cookie> cookies_;
    std::vector<NamedToken> tokens_;
    std::unordered_map<std::string, Bucket> attempts_;
    std::unordered_map<std::string, Bucket> requests_;
};

}  // namespace spoor::server
