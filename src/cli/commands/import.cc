// spoor import: logs into a store.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <mutex>

#include "cli/command.h"
#include "cli/store_option.h"
#include "ingest/import.h"
#include "remote/client.h"
#include "sources/paths.h"
#include "terminal/progress.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using terminal::counted;

/// Enough for pages that are written once and read once; logs and what is concluded of them have the rest of a
/// gigabyte.
constexpr std::uint64_t kEngineMemory = 160ull << 20;

class Import final : public Command {
    void declare(Options& options) override {
        options.arguments(paths_, "LOG", Needed::AtLeastOne, "log files, folders or patterns");
        store_.declare(options);
        options.flag("--acknowledge", acknowledge_, "print the number of events that are safe, after each commit");
    }

    Result<Exit> run(Console& console) override {
        if (const std::string socket = store_.server_socket(); !socket.empty()) return send(socket, console);
        const std::unique_ptr<store::Store> store = TRY(store_.open(store::Opening::Write, kEngineMemory));
        const store::Inventory before = TRY(store->inventory());
        terminal::Progress bar(console);
        std::mutex printing;
        std::uint64_t read = 0;
        ingest::ImportListener listener;
        listener.issue = [&](const sources::Issue& issue) {
            bar.clear();
            if (issue.severity == sources::Severity::Problem)
                console.warn(terminal::printable(issue.to_string()));
            else
                console.note(terminal::printable(issue.to_string()));
        };
        listener.progress = [&](const sources::Progress& progress) {
            bar.update({.bytes_done = progress.bytes_done,
                        .bytes_total = progress.bytes_total,
                        .events = progress.events,
                        .files_done = progress.files_done,
                        .files_total = progress.files_total,
                        .current = progress.path});
            read = progress.events;
        };
        listener.concluding = [&] {
            bar.clear();
            bar.update({.events = read, .current = "working out sessions and links"});
        };
        if (acknowledge_)
            listener.committed = [&](std::uint64_t events) {
                const std::scoped_lock lock(printing);
                console.out.line(fmt::format("{}", before.events + events));
                console.out.flush();
            };
        Result<ingest::ImportTotals> imported = ingest::import(*store, paths_, {}, listener);
        bar.clear();
        if (!imported && imported.error().code == Errc::Full)
            imported.error().what += "; what was committed stays: make room, and import again";
        const ingest::ImportTotals totals = TRY(std::move(imported));
        return summarise(console, *store, before, totals);
    }

    /// A server has the store: it is given the files, one after the other, and reads them in.
    Result<Exit> send(const std::string& socket, Console& console) const {
        const remote::Client client(socket);
        bool all = true;
        const auto complain = [&](const std::string& path, const std::string& what) {
            console.warn(terminal::printable(path + ": " + what));
            all = false;
        };
        const std::vector<sources::NamedFile> files = sources::files_of(paths_, complain);
        if (files.empty()) return fail(Errc::NotFound, "there is no log to read");
        terminal::Progress bar(console);
        std::uint64_t total = 0;
        std::uint64_t done = 0;
        std::size_t taken = 0;
        for (const sources::NamedFile& file : files) total += file.size;
        for (const sources::NamedFile& file : files) {
            std::ifstream input(file.path, std::ios::binary);
            const auto next = [&](std::string& piece) -> Result<void> {
                piece.resize(256 << 10);
                input.read(piece.data(), static_cast<std::streamsize>(piece.size()));
                piece.resize(static_cast<std::size_t>(input.gcount()));
                bar.update({.bytes_done = done, .bytes_total = total, .events = 0, .current = file.path});
                done += piece.size();
                return {};
            };
            const auto sent = client.upload(
                "/api/v1/imports?name=" + remote::percent_encoded(std::filesystem::path(file.path).filename().string()),
                file.size, next);
            bar.clear();
            if (sent)
                ++taken;
            else
                complain(file.path, sent.error().what);
        }
        if (taken == 0) return fail(Errc::Io, fmt::format("the server at {} took none of the files", socket));
        console.out.line(fmt::format("sent        {} to the server at {}, which reads {} in", counted(taken, "file"),
                                     socket, taken == 1 ? "it" : "them"));
        return all ? Exit::Done : Exit::PartlyUnreadable;
    }

    Result<Exit> summarise(Console& console, store::Store& store, const store::Inventory& before,
                           const ingest::ImportTotals& totals) const {
        const store::Inventory after = TRY(store.inventory());
        console.out.line(fmt::format("read        {} from {}", counted(totals.read.events, "event"),
                                     counted(totals.read.files, "file")));
        console.out.line(fmt::format("added       {}", counted(totals.added, "event")));
        if (totals.duplicates > 0)
            console.out.line(fmt::format("skipped     {} that {} there already", totals.duplicates,
                                         totals.duplicates == 1 ? "was" : "were"));
        if (totals.read.issues > 0)
            console.out.line(fmt::format("damage      {} could not be read as {} should",
                                         counted(totals.read.issues, "place"),
                                         totals.read.issues == 1 ? "it" : "they"));
        console.out.line(fmt::format("sessions    {} ({} new), {} between them", after.sessions,
                                     after.sessions - std::min(before.sessions, after.sessions),
                                     counted(after.links, "link")));
        TRY(print_contents(console, store, after));
        return totals.read.issues > 0 ? Exit::PartlyUnreadable : Exit::Done;
    }

    std::vector<std::string> paths_;
    StoreOption store_;
    bool acknowledge_ = false;
};

}  // namespace

CommandEntry import_command() {
    return {.name = "import",
            .summary = "read logs into a store, where they stay",
            .group = Group::Store,
            .description =
                "Adds what the store does not have yet: logs may be imported again, overlap, or come late and in any "
                "order. An import that was "
                "interrupted goes on where it was when it is started again.",
            .examples = {{"import /evidence", "all logs of a folder, into the default store"},
                         {"import *.evtx --store case7", "into a store of its own"}},
            .make = make<Import>};
}

}  // namespace spoor::cli
