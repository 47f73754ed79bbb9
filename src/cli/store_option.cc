#include "cli/store_option.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "remote/remote_archive.h"
#include "store/duckdb/open.h"
#include "terminal/progress.h"
#include "terminal/text.h"

namespace spoor::cli {

using terminal::counted;

namespace {

constexpr const char* kServiceSocket = "/run/spoor-server/server.sock";

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

void StoreOption::declare(Options& options) {
    options.text("--store", directory_, "DIR", "the store; else $SPOOR_STORE, else ~/.local/share/spoor").completes =
        Completes::Paths;
    options
        .text("--server", server_, "SOCKET",
              "ask the server at this socket; else the one that has the store, if it runs")
        .completes = Completes::Paths;
}

std::string StoreOption::directory() const {
    if (!directory_.empty()) return directory_;
    if (const std::string named = environment("SPOOR_STORE"); !named.empty()) return named;
    if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) return data + "/spoor";
    return environment("HOME") + "/.local/share/spoor";
}

Result<std::unique_ptr<store::Store>> StoreOption::open(store::Opening opening,
                                                        std::optional<std::uint64_t> memory) const {
    // A writer needs memory itself: for what it has not committed, and for what it concludes.
    const std::uint64_t usual = opening == store::Opening::Write ? 256ull << 20 : 512ull << 20;
    auto store = store::open_store(directory(), {.opening = opening, .memory = memory.value_or(usual)});
    if (!store && store.error().code == Errc::Busy && !server_socket().empty())
        return std::unexpected(Error{
            Errc::Busy,
            store.error().what + "; that is a server of ours: what it does not do for you waits until it is stopped"});
    return store;
}

std::string StoreOption::server_socket() const {
    if (!server_.empty()) return server_;
    if (const std::string own = directory() + "/server.sock"; remote::Client(own).answers()) return own;
    // The service's store is nobody's own; who has none asks it.
    std::error_code error;
    if (!is_given() && environment("SPOOR_STORE").empty() &&
        !std::filesystem::exists(directory() + "/store.duckdb", error) && remote::Client(kServiceSocket).answers())
        return kServiceSocket;
    return {};
}

Result<std::unique_ptr<store::Archive>> StoreOption::open_to_read() const {
    if (std::string socket = server_socket(); !socket.empty()) return remote::open_remote(std::move(socket));
    return TRY(open(store::Opening::Read));
}

Result<void> print_contents(Console& console, store::Store& store, const store::Inventory& inventory) {
    console.out.line(fmt::format("store       {}: {}", store.location(), counted(inventory.events, "event")));
    if (inventory.events == 0) return {};
    console.out.line(
        fmt::format("time        {} to {}", inventory.first.to_string_seconds(), inventory.last.to_string_seconds()));
    struct OfHost {
        std::uint64_t events = 0;
        std::uint64_t gaps = 0;
        std::uint64_t missing = 0;
    };
    std::map<std::string_view, OfHost> hosts;
    for (const store::Holding& holding : TRY(store.holdings())) {
        OfHost& host = hosts[store.catalog().host_full_name(holding.host)];
        host.events += holding.events;
        for (std::size_t i = 1; i < holding.ranges.size() && holding.ranges[i].first < kCounted; ++i) {
            ++host.gaps;
            host.missing += holding.ranges[i].first - holding.ranges[i - 1].last - 1;
        }
    }
    for (const auto& [name, host] : hosts)
        console.out.line(fmt::format(
            "host        {}: {}{}", terminal::printable(name), counted(host.events, "event"),
            host.gaps ? fmt::format(", {} missing in {}", counted(host.missing, "record"), counted(host.gaps, "gap"))
                      : ""));
    return {};
}

}  // namespace spoor::cli
