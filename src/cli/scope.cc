#include "cli/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/unicode.h"
#include "cli/live/host_archive.h"
#include "ingest/log_archive.h"
#include "match/language/moments.h"
#include "match/language/query.h"
#include "model/suggest.h"
#include "server/service.h"
#include "sources/paths.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using match::Subject;

bool is_there(const std::string& path) {
    std::error_code error;
    // A link that leads nowhere was meant as a log all the same.
    return std::filesystem::exists(std::filesystem::symlink_status(path, error)) || path == "-";
}

/// Whether a word that names no file was meant to name one.
bool looks_like_path(std::string_view word) {
    constexpr std::string_view kEndings[] = {".evtx", ".json", ".jsonl", ".ndjson", ".gz",
                                             ".zip",  ".tar",  ".tgz",   ".log",    ".7z"};
    if (std::ranges::any_of(kEndings, [&](std::string_view ending) { return word.ends_with(ending); }))
        return word.find(' ') == std::string_view::npos;
    const bool has_operator = word.find_first_of(": <>=\"") != std::string_view::npos;
    return !has_operator && word.find('/') != std::string_view::npos;
}

/// Whether a word with stars in it fits files here. If none, they are those of a filter: power*. A star alone is one
/// too.
bool is_pattern_of_files(const std::string& word) {
    if (word.find_first_of("*?") == std::string::npos || word.find_first_not_of('*') == std::string::npos) return false;
    return !sources::files_of(std::span(&word, 1), [](const std::string&, const std::string&) {}).empty();
}

/// A value in the query language: quoted, but for its stars, where it has other characters than names have.
std::string as_term(std::string_view value) {
    const bool plain = !value.empty() && std::ranges::all_of(value, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.' || c == '*' || c == '$';
    });
    if (plain) return std::string(value);
    std::string text = "\"";
    for (const char c : value) {
        if (c == '*') {
            text += "\"*\"";
            continue;
        }
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

/// "09:00", "9:00:30": a time of some day.
bool is_clock(std::string_view text) {
    const std::size_t colon = text.find(':');
    return (colon == 1 || colon == 2) && text.find_first_not_of("0123456789:.") == std::string_view::npos;
}

/// A time of day is one of the day `day`.
Result<match::Moment> moment(std::string_view text, std::string_view option, Timestamp now, Timestamp day) {
    const std::string dated = is_clock(text) ? fmt::format("{}T{}{}", day.to_string_seconds().substr(0, 10),
                                                           text.find(':') == 1 ? "0" : "", text)
                                             : std::string(text);
    const auto found = match::parse_moment(dated, now);
    if (!found)
        return fail(Errc::BadUsage,
                    fmt::format("{}: '{}' is not a time; give 2h, yesterday, 2024-05-14, 2024-05-14T08:41:00Z or 08:41",
                                option, text));
    return *found;
}

}  // namespace

std::string one_of(std::string_view field, const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values)
        text += fmt::format("{}{}: {}", text.empty() ? "" : " or ", field, as_term(value));
    return text.empty() ? text : fmt::format("({})", text);
}

void Scope::declare(Options& options) {
    options
        .arguments(arguments_, "FILTER or LOG", Needed::No,
                   "a filter (docs/query.md), and log files, folders or patterns")
        .completes = Completes::Fields;
    options.list("--logs", logs_, "LOG", "a log file, folder or pattern").completes = Completes::Paths;
    store_.declare(options);
    declare_live(options);
    options.text("--filter", filter_, "FILTER", "only what it matches").completes = Completes::Fields;
    options.list("--host", hosts_, "NAME", "only these hosts");
    options.list("--user", users_, "NAME", "only these users: NAME or DOMAIN\\NAME, * for any letters");
    if (subject_ == Subject::Events)
        options.list("--kind", kinds_, "KIND", "only events of these kinds").completes = Completes::Kinds;
    options.list("--type", types_, "TYPE", "only sessions of these logon types: interactive, network, 10, ...")
        .completes = Completes::LogonTypes;
    declare_times(options);
}

void Scope::declare_times(Options& options) {
    options.text(
        "--since", since_, "TIME",
        "from this time on: 2h, yesterday, 2024-05-14, 2024-05-14T08:41:00Z, or 08:41 of the last day there is");
    options.text("--until", until_text_, "TIME", "up to this time");
    options.text("--between", between_, "TIME,TIME", "both at once: 09:00,09:10");
}

void Scope::declare_logs(Options& options, std::string words) {
    options.arguments(arguments_, std::move(words), Needed::No, "log files, folders or patterns").completes =
        Completes::Paths;
    options.list("--logs", logs_, "LOG", "a log file, folder or pattern").completes = Completes::Paths;
    store_.declare(options);
    declare_live(options);
}

void Scope::declare_live(Options& options) {
    if (takes_live_) options.flag("--live", live_, "this machine as it is now, whatever the store has");
}

Result<std::string> Scope::take_subject() {
    TRY(sort_arguments());
    arguments_.clear();
    return std::exchange(filter_, {});
}

Result<void> Scope::sort_arguments() {
    for (std::string& word : arguments_) {
        if (is_there(word) || looks_like_path(word) || is_pattern_of_files(word)) {
            logs_.push_back(std::move(word));
        } else if (filter_.empty()) {
            filter_ = std::move(word);
        } else {
            return fail(Errc::BadUsage,
                        fmt::format("'{}' is neither a file nor the only filter ('{}' is one already)", word, filter_));
        }
    }
    arguments_.clear();
    return {};
}

Result<bool> Scope::is_about_logs() {
    TRY(sort_arguments());
    return !logs_.empty() || store_.is_given();
}

Result<match::Expr> Scope::filter_for(Catalog& catalog, Timestamp now) const {
    const std::string_view prefix = subject_ == Subject::Sessions ? "" : "session.";
    std::vector<std::string> texts = required_;
    for (std::string text : {one_of("host", hosts_), one_of(fmt::format("{}user", prefix), users_),
                             one_of(fmt::format("{}type", prefix), types_), one_of("kind", kinds_)})
        if (!text.empty()) texts.push_back(std::move(text));
    texts.push_back(filter_);
    std::vector<match::Expr> parts;
    const match::QueryContext context{.subject = subject_, .now = now, .catalog = &catalog};
    for (const std::string& text : texts) parts.push_back(TRY(match::parse_filter(text, context)));
    return match::all_of(std::move(parts));
}

Result<Timestamp> Scope::last_day(Timestamp now) {
    Timestamp last = Timestamp::earliest();
    for (const store::Holding& holding : TRY(archive_->holdings()))
        if (catalog().channel_name(holding.channel) != server::kAccessChannel) last = std::max(last, holding.last);
    return last > Timestamp::earliest() ? last : now;
}

Result<Timestamp> Scope::time_of(std::string_view option, const std::string& text, Timestamp now) {
    const Timestamp day = is_clock(text) ? TRY(last_day(now)) : now;
    return TRY(moment(text, option, now, day)).from;
}

Result<void> Scope::compile(Timestamp now) {
    where_ = TRY(filter_for(catalog(), now));

    if (between_) {
        const std::size_t comma = between_->find(',');
        if (comma == std::string::npos || since_ || until_text_)
            return fail(Errc::BadUsage, "--between takes TIME,TIME, and neither --since nor --until beside it");
        since_ = between_->substr(0, comma);
        until_text_ = between_->substr(comma + 1);
    }
    // A time of day means the last day there is; behind a begin that has a date, that day.
    Timestamp day = now;
    if (is_clock(since_.value_or("")) || is_clock(until_text_.value_or(""))) day = TRY(last_day(now));
    if (since_) {
        from_ = TRY(moment(*since_, between_ ? "--between" : "--since", now, day)).from;
        if (!is_clock(*since_)) day = from_;
    }
    if (until_text_) {
        const match::Moment end = TRY(moment(*until_text_, between_ ? "--between" : "--until", now, day));
        // The whole of the day or minute that was named.
        until_ = end.to > end.from ? end.to - Duration{1} : end.to;
    }
    if (until_ < from_) return fail(Errc::BadUsage, "the end of the time asked for is before its begin");
    return {};
}

Result<match::Expr> Scope::where_host() const {
    return match::parse_filter(one_of("host", hosts_), {.subject = Subject::Events, .now = {}, .catalog = nullptr});
}

/// This machine is asked about, as it stands.
Result<void> Scope::open_host(const Console& console) {
    asks_host_ = true;
    archive_ = make_host_archive();
    history_ = TRY(archive_->history());
    names_.emplace(*history_, catalog());
    return compile(console.clock.now());
}

Result<void> Scope::open(const Console& console) {
    TRY(sort_arguments());
    if (live_ && (!logs_.empty() || store_.is_given()))
        return fail(Errc::BadUsage, "--live is about this machine: name neither logs nor a store beside it");
    if (live_) return open_host(console);
    if (!logs_.empty()) {
        archive_ = TRY(read_logs(console));
    } else {
        auto store = open_store();
        // Without logs and without a store it is this machine whose sessions are asked for.
        const bool nothing_kept = !store && store.error().code == Errc::BadUsage && !store_.is_given();
        if (nothing_kept && takes_live_) return open_host(console);
        archive_ = TRY(std::move(store));
    }
    history_ = as_needed_ || subject_ == Subject::Events ? TRY(archive_->recollection()) : TRY(archive_->history());
    names_.emplace(*history_, catalog());
    TRY(compile(console.clock.now()));
    TRY(tell_of_unknown_hosts(console));
    // Of a store's sessions only those that are asked for are remembered, when it is about events.
    if (!logs_.empty() || (subject_ != Subject::Events && !as_needed_)) return tell_of_unknown_users(console);
    return {};
}

namespace {

/// Of a host or a user that is not there nothing matches, which looks like innocence.
void tell_unless_known(const Console& console, std::string_view what, std::string_view asked,
                       const std::set<std::string_view>& known) {
    const bool is_there =
        std::ranges::any_of(known, [&](std::string_view name) { return equals_ignoring_ascii_case(name, asked); });
    const bool has_more = asked.find_first_of("*\\.") != std::string_view::npos;
    if (is_there || has_more || console.quiet) return;
    const std::vector<std::string_view> names(known.begin(), known.end());
    console.warn(
        fmt::format("no record names the {} '{}'{}", what, terminal::printable(asked), did_you_mean(asked, names)));
}

}  // namespace

Result<void> Scope::tell_of_unknown_hosts(const Console& console) {
    if (hosts_.empty()) return {};
    std::set<std::string_view> known;
    for (const store::Holding& holding : TRY(archive_->holdings())) known.insert(catalog().host_name(holding.host));
    for (const std::string& host : hosts_) tell_unless_known(console, "host", host, known);
    return {};
}

Result<void> Scope::tell_of_unknown_users(const Console& console) {
    if (users_.empty()) return {};
    std::set<std::string, std::less<>> known;
    TRY(archive_->each_session(match::always(), [&](const Session& session) {
        if (!known.contains(session.user.name)) known.emplace(session.user.name);
    }));
    for (const std::string& user : users_) tell_unless_known(console, "user", user, {known.begin(), known.end()});
    return {};
}

Result<std::vector<std::uint32_t>> Scope::find_sessions(const Console& console) {
    store::FoundSessions found = TRY(archive_->find_sessions({.where = where_}));
    TRY(take_found(console, found.history, found.sessions.size()));
    return std::move(found.sessions);
}

Result<std::vector<std::uint32_t>> Scope::find_processes(const Console& console) {
    store::FoundProcesses found = TRY(archive_->find_processes(where_));
    TRY(take_found(console, found.history, found.processes.size()));
    return std::move(found.processes);
}

Result<void> Scope::take_found(const Console& console, const History* history, std::size_t found) {
    history_ = history;
    names_.emplace(*history_, catalog());
    return as_needed_ && logs_.empty() && found == 0 ? tell_of_unknown_users(console) : Result<void>();
}

Result<std::uint32_t> Scope::find_session(std::string_view name) {
    const SessionName asked = TRY(SessionName::parse(name));
    TRY(archive_->recall(std::span(&asked.logon_id, 1)));
    return names_->find(name);
}

Result<std::unique_ptr<store::Archive>> Scope::open_store() const {
    // What is asked for piece by piece hardly comes back: the engine need not hold much of it.
    constexpr std::uint64_t kForPieces = 96ull << 20;
    const auto open = [&]() -> Result<std::unique_ptr<store::Archive>> {
        if (!as_needed_ || !store_.server_socket().empty()) return store_.open_to_read();
        return TRY(store_.open(store::Opening::Read, kForPieces));
    };
    auto store = open();
    if (!store && store.error().code == Errc::NotFound && store_.server_socket().empty())
        return fail(
            Errc::BadUsage,
            fmt::format(
                "no log given, and there is no store at {}: name log files, folders or patterns, or import some first",
                store_.directory()));
    return store;
}

Result<std::unique_ptr<store::Archive>> Scope::read_logs(const Console& console) {
    ingest::Listener listener;
    listener.issue = [this, &console](const sources::Issue& issue) {
        if (issue.severity == sources::Severity::Problem) ++problems_;
        if (console.quiet) return;
        if (progress_) progress_->clear();
        console.warn(terminal::printable(issue.to_string()));
    };
    listener.progress = [this, &console](const sources::Progress& at) {
        if (!progress_) progress_ = std::make_unique<terminal::Progress>(console);
        progress_->update({.bytes_done = at.bytes_done,
                           .bytes_total = at.bytes_total,
                           .events = at.events,
                           .files_done = at.files_done,
                           .files_total = at.files_total,
                           .current = at.path});
    };
    listener.done = [this] { progress_.reset(); };
    ingest::Reading reading;
    if (!needs_events_) reading.events_in_memory = 0;
    return ingest::LogArchive::open(logs_, listener, reading);
}

}  // namespace spoor::cli
