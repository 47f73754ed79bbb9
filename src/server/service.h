// Service: the application behind the HTTP server: lets visitors in or not, finds the route, answers, and writes down
// who looked at what. The browser's files are served here too.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/routes.h"
#include "server/http/assets.h"

namespace spoor::server {

/// Who looked at what, and who changed what: written here by the server itself, on its own host.
inline constexpr std::string_view kAccessChannel = "Spoor/Access";

struct ServiceOptions {
    std::vector<std::string> names;  // DNS names that this server goes by, besides localhost and addresses
    std::string web_folder;          // serve the browser's files from there and not from the program, for development
};

/// What the service works with; it owns none of it.
struct ServiceParts {
    Library& library;
    LiveFeed& live;
    Gate& gate;
    Importer* importer = nullptr;        // null: no uploads are taken
    Keeper* keeper = nullptr;            // null: there is no store
    const SensorFeed* sensor = nullptr;  // null: no sensor is followed
    const Clock& clock;
};

class Service final : public Application {
public:
    Service(ServiceOptions options, const ServiceParts& parts);

    /// "http://127.0.0.1:7067": where browsers find this server, for the links that are handed out.
    void set_address(std::string address) { address_ = std::move(address); }
    /// Cookies are shared by all ports of a host: the port in the name keeps servers apart.
    void set_port(std::uint16_t port) { cookie_name_ = "spoor_" + std::to_string(port); }

    Admission admit(Request& request) override;
    Response handle(Request& request) override;

private:
    class RecordedUpload;

    void go_on_counting();
    Response refuse(Response response);
    Response answer(Request& request, const Identity& identity, const Route& route);
    Admission admit_upload(const Request& request, const Identity& identity);
    void record(const Request& request, const Identity& identity, const Route& route, unsigned status);

    ServiceOptions options_;
    ServiceParts parts_;
    Metrics metrics_;
    Assets assets_;
    std::string address_;
    std::string cookie_name_ = "spoor";
    HostId host_;
    ChannelId channel_;
    std::atomic<std::uint64_t> accesses_ = 0;
};

}  // namespace spoor::server
