// spoor serve: the HTTP API and the browser pages over some logs.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <thread>

#include "cli/investigation.h"
#include "findings/finding.h"
#include "ingest/log_archive.h"
#include "model/session_name.h"
#include "server/service.h"
#include "terminal/progress.h"

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

/// What an investigation found, in the numbers of another reading of the same logs: the two may have counted hosts and
/// sessions in another order, their names are the same.
class Translation {
public:
    Translation(const Investigation& from, const History& history, Catalog& catalog)
        : from_(from), from_names_(from.history, from.catalog), to_names_(history, catalog), catalog_(catalog) {}

    findings::Finding translate(findings::Finding finding) const {
        finding.host = host(finding.host);
        std::vector<std::uint32_t> sessions;
        for (const std::uint32_t session : finding.sessions)
            if (const auto found = to_names_.find(from_names_.of(session))) sessions.push_back(*found);
        finding.sessions = std::move(sessions);
        for (EventRef& event : finding.evidence) {
            event.host = host(event.host);
            event.channel = catalog_.channel(from_.catalog.channel_name(event.channel));
        }
        return finding;
    }

private:
    HostId host(HostId id) const { return id == HostId::None ? id : catalog_.host(from_.catalog.host_full_name(id)); }

    const Investigation& from_;
    SessionNames from_names_;
    SessionNames to_names_;
    Catalog& catalog_;
};

class Serve final : public Command {
    void declare(Options& options) override {
        options.arguments(paths_, "LOG", Needed::AtLeastOne, "log files, folders or patterns").completes = Completes::Paths;
        options.text("--listen", listen_, "ADDRESS:PORT", "where to listen; anything but loopback needs --certificate");
        options.text("--socket", socket_, "PATH", "also answer local programs on this Unix socket");
        options.text("--certificate", certificate_, "FILE", "TLS certificate chain (PEM)");
        options.text("--key", key_, "FILE", "its private key (PEM)");
        options.list("--name", names_, "NAME", "a DNS name that this server goes by");
        options.text("--tokens", tokens_, "FILE", "where named tokens are kept");
        options.text("--web-dir", web_folder_, "DIR", "serve the pages from a folder, for work on them").completes = Completes::Paths;
    }

    Result<Exit> run(Console& console) override {
        StopOnSignal signals;
        server::HttpOptions http = TRY(http_options());
        const auto investigation = TRY(investigate(paths_, console));
        const auto archive = TRY(read_logs(console));
        server::Library library(*archive);
        library.conclude({}, TRY(look(*investigation, *archive)));

        const SystemClock clock;
        server::LiveFeed live({}, clock);
        const auto gate = TRY(server::Gate::open({.token_file = tokens_, .server_uid = ::geteuid()}, clock));
        server::Service service({.names = names_, .web_folder = web_folder_}, library, live, *gate, nullptr, clock);
        const auto server = TRY(server::HttpServer::open(std::move(http), service));
        service.set_port(server->port());
        signals.watch(*server);
        greet(console, *server, *gate);
        server->run();
        return investigation->exit();
    }

    Result<server::HttpOptions> http_options() const {
        server::HttpOptions options;
        const std::size_t colon = listen_.rfind(':');
        std::string_view port = std::string_view(listen_).substr(colon == listen_.npos ? 0 : colon + 1);
        if (colon != listen_.npos) options.address = listen_.substr(0, colon);
        if (options.address.starts_with('[') && options.address.ends_with(']')) options.address = options.address.substr(1, options.address.size() - 2);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
        if (error != std::errc{} || end != port.data() + port.size()) return fail(Errc::BadUsage, fmt::format("--listen: '{}' is not ADDRESS:PORT", listen_));
        options.socket_path = socket_;
        options.certificate_file = certificate_;
        options.private_key_file = key_;
        return options;
    }

    Result<std::unique_ptr<ingest::LogArchive>> read_logs(Console& console) const {
        terminal::Progress progress(console);
        // What is wrong with the input was told when the logs were investigated.
        ingest::Listener listener;
        listener.progress = [&progress](const sources::Progress& now) {
            progress.update({.bytes_done = now.bytes_done, .bytes_total = now.bytes_total, .events = now.events, .current = now.path});
        };
        auto archive = TRY(ingest::LogArchive::open(paths_, std::move(listener), {.events_in_memory = 2ull << 30}));
        progress.clear();
        return archive;
    }

    static Result<std::vector<findings::Finding>> look(const Investigation& investigation, store::Archive& archive) {
        const Translation translation(investigation, *TRY(archive.history()), archive.catalog());
        std::vector<findings::Finding> all;
        for (findings::Finding& finding : findings::find(investigation.history, investigation.links, investigation.evidence, investigation.catalog, {}))
            all.push_back(translation.translate(std::move(finding)));
        return all;
    }

    void greet(Console& console, const server::HttpServer& server, server::Gate& gate) const {
        const std::string address = listen_.find(':') == listen_.npos ? "127.0.0.1" : listen_.substr(0, listen_.rfind(':'));
        console.out.line(fmt::format("{}://{}:{}/login?key={}", certificate_.empty() ? "http" : "https", address, server.port(), gate.make_link(server::Role::Administrator)));
        console.out.flush();
        if (console.quiet) return;
        console.note("Open that link in a browser; it works once. Ctrl-C ends the server.");
        if (!server::has_browser_ui() && web_folder_.empty()) console.note("This spoor was built without its pages (npm was not there); the API answers all the same.");
    }

    std::vector<std::string> paths_;
    std::string listen_ = "127.0.0.1:7067";
    std::string socket_;
    std::string certificate_;
    std::string key_;
    std::vector<std::string> names_;
    std::string tokens_;
    std::string web_folder_;
};

}  // namespace

CommandEntry serve_command() {
    return {.name = "serve",
            .summary = "sessions, trails and events in the browser, and as an HTTP API",
            .group = Group::Look,
            .description = "Reads the logs and answers in the browser and over HTTP. It prints a link that logs one browser in, once. It listens on "
                           "loopback; on any other address it wants a certificate. Programs use the Unix socket, where the kernel says who they "
                           "are, or named tokens. /api/v1/openapi.json describes the API; docs/server.md says who may do what.",
            .examples = {{"serve corp", "The logs below ./corp, at http://127.0.0.1:7067."},
                         {"serve --listen 0.0.0.0:7067 --certificate cert.pem --key key.pem --name monitor.corp.example logs", "For others too, with TLS."}},
            .make = make<Serve>};
}

}  // namespace spoor::cli
