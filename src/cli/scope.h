// Scope: which logs a command looks at, and what of them: the arguments and options that most commands share.
//
// Arguments are a filter, log files, or both: what names a file or folder, or looks like a path, is a log; one other
// argument is the filter. --filter and --logs say it outright. Without any log the store is asked; without a store, or
// with --live, this machine as it is now.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/store_option.h"
#include "match/predicate.h"
#include "model/session_name.h"
#include "store/archive.h"
#include "terminal/progress.h"

namespace spoor::cli {

class Scope {
public:
    explicit Scope(match::Subject subject) : subject_(subject) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    void declare(Options& options);
    /// The logs alone, for commands that are about one thing and filter nothing: `words` is what the help calls it.
    void declare_logs(Options& options, std::string words);
    /// --since, --until and --between, which `declare` has too.
    void declare_times(Options& options);
    /// What the command is about, after `declare_logs`: the word that names no log; empty for none. Before `open`.
    Result<std::string> take_subject();

    /// Whether the command line names logs or a store, for commands that otherwise watch this machine.
    Result<bool> is_about_logs();
    /// The filter and what narrows it, for a catalog that no archive has.
    Result<match::Expr> filter_for(Catalog& catalog, Timestamp now) const;

    /// Sorts out the arguments, reads the logs or opens the store, and compiles the filter. The console must outlive
    /// this.
    Result<void> open(const Console& console);

    store::Archive& archive() { return *archive_; }
    Catalog& catalog() { return archive_->catalog(); }
    /// For sessions and processes, all there are; for events, what a large archive had to remember for them
    /// (recollection()).
    const History& history() const { return *history_; }
    /// The session that `name` names.
    Result<std::uint32_t> find_session(std::string_view name);
    /// The sessions that the filter is true of, in their order; `history()` and `names()` are about these then. After
    /// `remember_as_needed` it need not have their processes and links.
    Result<std::vector<std::uint32_t>> find_sessions(const Console& console);
    /// The same of processes, which come with their parents and sessions.
    Result<std::vector<std::uint32_t>> find_processes(const Console& console);
    /// Says so where --user names nobody. Commands that remember as needed ask for it when they find nothing.
    Result<void> tell_of_unknown_users(const Console& console);
    const SessionNames& names() const { return *names_; }
    std::string host_name(HostId host) const { return std::string(archive_->catalog().host_name(host)); }

    /// For commands that ask for no events: logs are read for what they add up to, and nothing of them is kept.
    void need_no_events() { needs_events_ = false; }

    /// Only what is asked for is looked up, as for events: for commands about one session.
    void remember_as_needed() { as_needed_ = true; }
    /// Of this machine too, as commands about sessions and processes are: for those about the events of one session.
    /// Before `declare`.
    void take_live() { takes_live_ = true; }

    /// Filter, --host, --user and so on as one expression; times apart.
    const match::Expr& where() const { return where_; }
    /// The part of it that is about hosts: --host.
    Result<match::Expr> where_host() const;
    Timestamp from() const { return from_; }
    Timestamp until() const { return until_; }
    bool has_times() const { return from_ > Timestamp::earliest() || until_ < Timestamp::latest(); }
    /// The time that `option` was given as `text`; a time of day is of the last day there is. After `open`.
    Result<Timestamp> time_of(std::string_view option, const std::string& text, Timestamp now);

    /// More of a filter, in the query language, that must hold too.
    void require(std::string text) { required_.push_back(std::move(text)); }

    /// The values of --user and of --type, which then narrow nothing here: for commands to which an event is not about
    /// the session that caused it. Before `open`.
    std::vector<std::string> take_users() { return std::exchange(users_, {}); }
    std::vector<std::string> take_types() { return std::exchange(types_, {}); }

    /// Whether it is this machine, now, that was asked about.
    bool is_live() const { return asks_host_; }

    /// Done, or PartlyUnreadable when not all of the input could be read.
    Exit exit() const { return problems_ == 0 ? Exit::Done : Exit::PartlyUnreadable; }

private:
    void declare_live(Options& options);
    Result<void> open_host(const Console& console);
    Result<void> sort_arguments();
    Result<void> compile(Timestamp now);
    /// When the last event was that the archive is about: looking at it is written down in it, too, and is none.
    Result<Timestamp> last_day(Timestamp now);
    Result<void> take_found(const Console& console, const History* history, std::size_t found);
    Result<void> tell_of_unknown_hosts(const Console& console);
    Result<std::unique_ptr<store::Archive>> open_store() const;
    Result<std::unique_ptr<store::Archive>> read_logs(const Console& console);

    match::Subject subject_;
    std::vector<std::string> arguments_;
    std::vector<std::string> logs_;
    std::string filter_;
    StoreOption store_;
    /// Events of this machine are `spoor watch`'s.
    bool takes_live_ = subject_ != match::Subject::Events;
    bool live_ = false;
    std::vector<std::string> hosts_, users_, types_, kinds_, required_;
    std::optional<std::string> since_, until_text_, between_;

    std::unique_ptr<terminal::Progress> progress_;
    std::unique_ptr<store::Archive> archive_;
    const History* history_ = nullptr;
    std::optional<SessionNames> names_;
    match::Expr where_;
    Timestamp from_ = Timestamp::earliest();
    Timestamp until_ = Timestamp::latest();
    std::uint64_t problems_ = 0;
    bool asks_host_ = false;
    bool as_needed_ = false;
    bool needs_events_ = true;
};

/// "a, b" of "host: a or host: b": `field` equal to one of `values`, in the query language.
std::string one_of(std::string_view field, const std::vector<std::string>& values);

}  // namespace spoor::cli
