// spoor serve: the HTTP API and the browser pages over a store that it keeps, or over some logs.
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

#include "cli/store_option.h"
#include "findings/finding.h"
#include "ingest/evidence.h"
#include "ingest/log_archive.h"
#include "server/sensor_feed.h"
#include "server/service.h"
#include "terminal/progress.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

/// Ends the server when the terminal or the service manager asks for it. Signals are blocked in every thread and waited
/// for in one, so that nothing runs inside a signal handler.
class StopOnSignal {
public:
    StopOnSignal() {
        sigemptyset(&signals_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }

    void watch(server::HttpServer& server) {
        thread_ = std::jthread([this, &server](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                const timespec moment = {.tv_sec = 0, .tv_nsec = 200'000'000};
                if (sigtimedwait(&signals_, nullptr, &moment) > 0) {
                    server.stop();
                    return;
                }
            }
        });
    }

private:
    sigset_t signals_ = {};
    std::jthread thread_;
};

/// Gives up root, its capabilities, and the way back to them.
Result<void> become(const std::string& name) {
    const passwd* const user = ::getpwnam(name.c_str());
    if (user == nullptr) return fail(Errc::NotFound, fmt::format("there is no user {}", name));
    if (::initgroups(name.c_str(), user->pw_gid) != 0 || ::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        ::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return fail_errno("becoming the user " + name);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("giving up new privileges");
    return {};
}

/// What the server answers from: some logs in memory, or a store that it keeps.
struct Holdings {
    std::unique_ptr<ingest::LogArchive> logs;
    std::unique_ptr<store::Store> store;

    store::Archive& archive() const { return logs ? static_cast<store::Archive&>(*logs) : *store; }
};

class Serve final : public Command {
    void declare(Options& options) override {
        options.arguments(paths_, "LOG", Needed::No, "log files, folders or patterns to look at, instead of a store")
            .completes = Completes::Paths;
        store_.declare(options);
        options.text("--listen", listen_, "ADDRESS:PORT", "where to listen; anything but loopback needs --certificate");
        options.text("--socket", socket_, "PATH", "also answer local programs on this Unix socket (STORE/server.sock)");
        options
            .text("--sensor", sensor_, "PATH",
                  "follow the sensor that offers its events on this Unix socket (docs/sensor.md)")
            .completes = Completes::Paths;
        options.text("--certificate", certificate_, "FILE", "TLS certificate chain (PEM)");
        options.text("--key", key_, "FILE", "its private key (PEM)");
        options.list("--name", names_, "NAME", "a DNS name that this server goes by");
        options.text("--tokens", tokens_, "FILE", "where named tokens are kept (STORE/tokens)");
        options.number("--largest-upload", largest_upload_, "GB", "the most that one uploaded file may have (8)");
        options.text("--user", user_, "NAME", "give up root and go on as this user");
        options.text("--config", config_, "FILE", "a configuration with a [findings] table").completes =
            Completes::Paths;
        options.text("--web-dir", web_folder_, "DIR", "serve the pages from a folder, for work on them").completes =
            Completes::Paths;
    }

    Result<Exit> run(Console& console) override {
        StopOnSignal signals;
        if (!user_.empty()) TRY(become(user_));
        const Holdings holdings = TRY(open(console));
        server::HttpOptions http = TRY(http_options());
        const findings::Settings settings = TRY(read_settings());

        const SystemClock clock;
        server::Library library(holdings.archive(), clock, holdings.store ? store_.directory() + "/answers" : "");
        server::LiveFeed live({}, clock, holdings.store ? store_.directory() + "/stream.series" : "");
        const auto gate = TRY(server::Gate::open({.token_file = tokens_, .server_uid = ::geteuid()}, clock));
        std::optional<server::Keeper> keeper;
        std::unique_ptr<server::Importer> importer;
        if (holdings.store) {
            keeper.emplace(*holdings.store, library, live, clock, server::KeeperOptions{.findings = settings});
            importer = TRY(server::Importer::open(
                {.spool_folder = store_.directory() + "/uploads",
                 .most_bytes = largest_upload_.value_or(8) * 1'000'000'000},
                [&keeper](const std::string& path, const std::string&, server::ImportCounts& counts) {
                    return keeper->import(path, counts);
                },
                clock));
        } else {
            TRY(look(holdings.archive(), library, settings));
        }
        std::optional<server::SensorFeed> sensor;
        if (!sensor_.empty())
            sensor.emplace(
                server::SensorOptions{.socket = sensor_, .series_file = store_.directory() + "/sensor.series"}, *keeper,
                library, clock);
        server::Service service({.names = names_, .web_folder = web_folder_}, {.library = library,
                                                                               .live = live,
                                                                               .gate = *gate,
                                                                               .importer = importer.get(),
                                                                               .keeper = keeper ? &*keeper : nullptr,
                                                                               .sensor = sensor ? &*sensor : nullptr,
                                                                               .clock = clock});
        const auto server = TRY(server::HttpServer::open(std::move(http), service));
        service.set_address(address(server->port()));
        service.set_port(server->port());
        signals.watch(*server);
        greet(console, *server, *gate);
        server->run();
        return complete_ ? Exit::Done : Exit::PartlyUnreadable;
    }

    Result<Holdings> open(Console& console) {
        Holdings holdings;
        if (paths_.empty()) {
            holdings.store = TRY(store_.open(store::Opening::Write));
            // A store's own files are for its owner; the socket lets the kernel say who comes.
            if (socket_.empty()) socket_ = store_.directory() + "/server.sock";
            if (tokens_.empty()) tokens_ = store_.directory() + "/tokens";
        } else {
            if (store_.is_given())
                return fail(
                    Errc::BadUsage,
                    "logs are looked at as they are, or a store is served: `spoor import` puts logs into a store");
            if (!sensor_.empty()) return fail(Errc::BadUsage, "what a sensor tells goes into a store: name no logs");
            holdings.logs = TRY(read_logs(console));
        }
        return holdings;
    }

    Result<findings::Settings> read_settings() const {
        if (config_.empty()) return findings::Settings{};
        std::ifstream file(config_);
        if (!file) return fail(Errc::NotFound, fmt::format("{}: cannot be read", config_));
        std::ostringstream text;
        text << file.rdbuf();
        return findings::read_settings(text.view(), config_);
    }

    Result<server::HttpOptions> http_options() const {
        server::HttpOptions options;
        const std::size_t colon = listen_.rfind(':');
        std::string_view port = std::string_view(listen_).substr(colon == listen_.npos ? 0 : colon + 1);
        if (colon != listen_.npos) options.address = listen_.substr(0, colon);
        if (options.address.starts_with('[') && options.address.ends_with(']'))
            options.address = options.address.substr(1, options.address.size() - 2);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
        if (error != std::errc{} || end != port.data() + port.size())
            return fail(Errc::BadUsage, fmt::format("--listen: '{}' is not ADDRESS:PORT", listen_));
        options.socket_path = socket_;
        options.certificate_file = certificate_;
        options.private_key_file = key_;
        return options;
    }

    Result<std::unique_ptr<ingest::LogArchive>> read_logs(Console& console) {
        // Logs that do not fit into memory are read again when they are asked for: what is wrong with them is told
        // once.
        const auto progress = std::make_shared<std::optional<terminal::Progress>>(std::in_place, console);
        ingest::Listener listener;
        listener.issue = [this, progress, &console](const sources::Issue& issue) {
            if (!*progress) return;
            (*progress)->clear();
            console.warn(terminal::printable(issue.to_string()));
            complete_ = complete_ && issue.severity == sources::Severity::Note;
        };
        listener.progress = [progress](const sources::Progress& now) {
            if (*progress)
                (*progress)->update({.bytes_done = now.bytes_done,
                                     .bytes_total = now.bytes_total,
                                     .events = now.events,
                                     .current = now.path});
        };
        auto archive = TRY(ingest::LogArchive::open(paths_, std::move(listener), {.events_in_memory = 2ull << 30}));
        (*progress)->clear();
        progress->reset();
        return archive;
    }

    /// What is found in logs is found once, before anybody asks.
    static Result<void> look(store::Archive& archive, server::Library& library, const findings::Settings& settings) {
        const auto evidence = TRY(ingest::collect_evidence(archive));
        // It is the archive's own.
        const std::shared_ptr<const History> history(std::shared_ptr<void>(), TRY(archive.history()));
        const auto knowledge = std::make_shared<const server::Knowledge>(history, archive.catalog());
        library.lease().learn({knowledge, std::make_shared<const std::vector<findings::Finding>>(findings::find(
                                              *history, knowledge->links(), *evidence, archive.catalog(), settings))});
        return {};
    }

    /// Where a browser on this machine finds us.
    std::string address(std::uint16_t port) const {
        const std::string host =
            names_.empty() ? (listen_.find(':') == listen_.npos ? "127.0.0.1" : listen_.substr(0, listen_.rfind(':')))
                           : names_.front();
        return fmt::format("{}://{}:{}", certificate_.empty() ? "http" : "https", host, port);
    }

    /// Whoever reads the journal need not be an administrator here: no link is told to it.
    void greet(Console& console, const server::HttpServer& server, server::Gate& gate) const {
        const std::string here = address(server.port());
        const bool to_journal = console.out.is_journal();
        console.out.line(to_journal
                             ? fmt::format("{} is where the pages are; `spoor access link` gives a way in.", here)
                             : fmt::format("{}/login?key={}", here, gate.make_link(server::Role::Administrator)));
        console.out.flush();
        if (console.quiet) return;
        if (!to_journal) console.note("Open that link in a browser; it works once. Ctrl-C ends the server.");
        if (!server::has_browser_ui() && web_folder_.empty())
            console.note("This spoor was built without its pages (npm was not there); the API answers all the same.");
    }

    std::vector<std::string> paths_;
    StoreOption store_;
    std::string user_;
    std::string config_;
    std::string sensor_;
    bool complete_ = true;
    std::string listen_ = "127.0.0.1:7067";
    std::string socket_;
    std::string certificate_;
    std::string key_;
    std::vector<std::string> names_;
    std::string tokens_;
    std::optional<std::uint64_t> largest_upload_;
    std::string web_folder_;
};

}  // namespace

CommandEntry serve_command() {
    return {
        .name = "serve",
        .summary = "sessions, trails and events in the browser, and as an HTTP API",
        .group = Group::Look,
        .description =
            "Keeps a store: takes what the sensor tells and what is uploaded, and answers in the browser and over "
            "HTTP. It prints a link "
            "that logs one browser in, once. With logs named it shows those, and keeps nothing. It listens on "
            "loopback; on any other "
            "address it wants a certificate. Programs use the Unix socket, where the kernel says who they are, or "
            "named tokens. "
            "/api/v1/openapi.json describes the API; docs/server.md says who may do what.",
        .examples = {{"serve --sensor /run/spoor-sensor/events.sock",
                      "The store, with this machine live, at http://127.0.0.1:7067."},
                     {"serve corp", "The logs below ./corp."},
                     {"serve --listen 0.0.0.0:7067 --certificate cert.pem --key key.pem --name monitor.corp.example",
                      "For others too, with TLS."}},
        .make = make<Serve>};
}

}  // namespace spoor::cli
