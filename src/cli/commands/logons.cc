// spoor logons: who logged on where, how often, from where, and why it failed: the summaries an analyst asks for first.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/json_writer.h"
#include "base/unicode.h"
#include "cli/output/csv_option.h"
#include "cli/scope.h"
#include "cli/when.h"
#include "match/evaluate/text_search.h"
#include "match/language/moments.h"
#include "model/codes.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

using terminal::Cell;
using terminal::Column;
using terminal::Style;

/// One attempt, however it was logged.
struct Attempt {
    Timestamp time;
    std::string user;
    std::string host;
    std::string source;
    std::string type;
    std::string reason;  // empty: it succeeded
};

struct Tally {
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
    std::set<std::string> hosts;
    std::set<std::string> sources;
    std::map<std::string, std::uint64_t> reasons;
    Timestamp first = Timestamp::latest();
    Timestamp last = Timestamp::earliest();

    void add(const Attempt& attempt) {
        ++(attempt.reason.empty() ? successes : failures);
        hosts.insert(attempt.host);
        if (!attempt.source.empty()) sources.insert(attempt.source);
        if (!attempt.reason.empty()) ++reasons[attempt.reason];
        first = std::min(first, attempt.time);
        last = std::max(last, attempt.time);
    }
};

std::string text(const EventView& view, FieldId field) {
    const FieldValue value = view.find(field);
    if (value.type == ValueType::Null) return {};
    std::string result;
    append_text(result, value, spoor::field(field).type);
    return result == "-" || result == "::" || result == "0.0.0.0" ? std::string() : std::string(trimmed(result));
}

std::string user_name(const EventView& view) {
    std::string name = text(view, "TargetUserName"_field);
    if (const std::size_t at = name.find('@'); at != std::string::npos) name.resize(at);
    const std::string domain = text(view, "TargetDomainName"_field);
    // A realm is a domain by its DNS name: its first label is what other records call it.
    std::string label = domain.substr(0, domain.find('.'));
    for (char& c : label)
        if (domain.find('.') != std::string::npos && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return label.empty() ? name : label + '\\' + name;
}

Attempt attempt_of(const EventView& view, const Catalog& catalog) {
    const Event& event = view.event;
    Attempt attempt{.time = event.time,
                    .user = user_name(view),
                    .host = std::string(catalog.host_name(event.host)),
                    .source = text(view, "IpAddress"_field),
                    .type = {},
                    .reason = {}};
    if (attempt.source.empty()) attempt.source = text(view, "WorkstationName"_field);
    if (attempt.source.empty()) attempt.source = text(view, "Workstation"_field);
    const std::uint64_t status = view.find("Status"_field).as_number().value_or(0);
    const std::uint64_t sub_status = view.find("SubStatus"_field).as_number().value_or(0);
    const bool kerberos = event.kind == Kind::TgtRequested || event.kind == Kind::PreauthenticationFailed;
    if (const auto type = view.find("LogonType"_field).as_number()) {
        const auto known = find_logon_type(std::to_string(*type));
        attempt.type = known ? std::string(slug(*known)) : std::to_string(*type);
    } else {
        attempt.type = kerberos ? "kerberos ticket" : "ntlm check";
    }
    if (event.kind == Kind::LogonFailed)
        attempt.reason = logon_failure_words(status, sub_status);
    else if (kerberos && status != 0)
        attempt.reason = kerberos_result_words(status).empty() ? fmt::format("{:#x}", status)
                                                               : std::string(kerberos_result_words(status));
    else if (event.kind == Kind::CredentialsValidated && status != 0)
        attempt.reason = logon_failure_words(status, 0);
    return attempt;
}

std::string bare(std::string_view user) { return fold_case(user.substr(user.rfind('\\') + 1)); }

/// Whether a user is one that --user names: NAME or DOMAIN\NAME, * for any letters.
bool is_named(std::string_view user, std::string_view pattern) {
    const std::string folded = fold_case(pattern);
    std::vector<std::string_view> pieces;
    for (std::string_view rest = folded;;) {
        const std::size_t star = rest.find('*');
        pieces.push_back(rest.substr(0, star));
        if (star == std::string_view::npos) break;
        rest.remove_prefix(star + 1);
    }
    const std::string compared = pattern.contains('\\') ? fold_case(user) : bare(user);
    return pieces.size() == 1 ? compared == folded : match::fits_glob(compared, pieces);
}

/// Machine accounts, and those that Windows has for itself.
bool is_of_windows(std::string_view user) {
    return user.ends_with('$') || user.starts_with("NT AUTHORITY\\") || user.starts_with("Window Manager\\") ||
           user.starts_with("Font Driver Host\\");
}

class Logons final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.choice("--by", by_, {"user", "source", "type", "host", "pair", "route", "reason"},
                       "what a row stands for; pair is a user at a host, route a user from a source at a host");
        options.flag("--failed", failed_, "only what has failures");
        options.text("--new-since", new_since_, "TIME", "only pairs (routes, sources ...) never seen before that time");
        options.flag("--machines", machines_, "with machine accounts (NAME$) and Windows' own (SYSTEM, DWM-1)");
        options.choice("--format", format_, {"table", "jsonl", "csv"}, "how to print");
        csv_.declare(options);
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        // Domain controllers' tickets count as attempts where they failed; their successes become logons elsewhere.
        scope_.require(
            "kind: (logon or logon_failed) or (kind: (preauthentication_failed or tgt_requested or "
            "credentials_validated) and outcome: failure)");
        // Of an attempt it is the account that counts: a refused one has no session, and its record was caused by
        // another.
        users_ = scope_.take_users();
        if (const std::string types = one_of("LogonType", scope_.take_types()); !types.empty()) scope_.require(types);
        TRY(scope_.open(console));
        when_.choose(console);
        std::optional<Timestamp> new_since;
        if (new_since_) {
            const auto moment = match::parse_moment(*new_since_, console.clock.now());
            if (!moment)
                return fail(Errc::BadUsage,
                            fmt::format("--new-since: '{}' is not a time; give 2h, yesterday or 2024-05-14T08:41",
                                        *new_since_));
            new_since = moment->from;
            if (by_ == "user") by_ = "pair";
        }
        auto tallies = TRY(tally());
        if (new_since) std::erase_if(tallies, [&](const auto& row) { return row.second.first < *new_since; });
        if (failed_) std::erase_if(tallies, [](const auto& row) { return row.second.failures == 0; });
        std::vector<std::pair<std::string, Tally>> rows(tallies.begin(), tallies.end());
        std::ranges::stable_sort(rows, std::ranges::greater(),
                                 [](const auto& row) { return row.second.successes + row.second.failures; });
        if (format_ == "jsonl")
            json_lines(console, rows);
        else if (format_ == "csv")
            csv(console, rows);
        else
            table(console, rows);
        return scope_.exit();
    }

    /// One wrong password is written down twice: by the machine that refused the logon, and by the domain controller
    /// that was asked. What the controller says counts only where the machine's own record is not there.
    Result<std::map<std::string, Tally>> tally() {
        std::map<std::string, Tally> tallies;
        std::vector<Attempt> refused_by_controller;
        std::map<std::string, std::vector<Timestamp>> refused_by_machine;
        std::map<std::string, std::set<std::string>> full_names;
        const auto stream = TRY(scope_.archive().events({.where = scope_.where(),
                                                         .from = scope_.from(),
                                                         .until = scope_.until(),
                                                         .actors = store::Actors::LeftOut}));
        Batch batch;
        while (TRY(stream->next(batch))) {
            for (const Event& event : batch.events()) {
                const Attempt attempt = attempt_of({batch, event}, scope_.catalog());
                if (!machines_ && is_of_windows(attempt.user)) continue;
                if (attempt.user.find('\\') != std::string::npos) full_names[bare(attempt.user)].insert(attempt.user);
                if (event.kind == Kind::LogonFailed) refused_by_machine[bare(attempt.user)].push_back(event.time);
                if (event.kind != Kind::Logon && event.kind != Kind::LogonFailed)
                    refused_by_controller.push_back(attempt);
                else if (is_asked_for(attempt.user))
                    tallies[key_of(attempt)].add(attempt);
            }
        }
        for (Attempt& attempt : refused_by_controller) {
            const std::vector<Timestamp>& times = refused_by_machine[bare(attempt.user)];
            const auto near = std::ranges::lower_bound(times, attempt.time - Duration::seconds(2));
            if (near != times.end() && *near <= attempt.time + Duration::seconds(2)) continue;
            // Controllers leave the domain out: it is the one that the name has elsewhere, if that is only one.
            if (const auto known = full_names.find(bare(attempt.user));
                known != full_names.end() && known->second.size() == 1)
                attempt.user = *known->second.begin();
            if (is_asked_for(attempt.user)) tallies[key_of(attempt)].add(attempt);
        }
        if (by_ == "reason") tallies.erase("");
        return tallies;
    }

    bool is_asked_for(std::string_view user) const {
        return users_.empty() ||
               std::ranges::any_of(users_, [&](const std::string& pattern) { return is_named(user, pattern); });
    }

    std::string key_of(const Attempt& attempt) const {
        if (by_ == "source") return attempt.source.empty() ? "(not logged)" : attempt.source;
        if (by_ == "type") return attempt.type;
        if (by_ == "host") return attempt.host;
        if (by_ == "pair") return attempt.user + " at " + attempt.host;
        if (by_ == "route")
            return fmt::format("{} from {} at {}", attempt.user,
                               attempt.source.empty() ? "(not logged)" : attempt.source, attempt.host);
        if (by_ == "reason") return attempt.reason;
        return attempt.user;
    }

    static std::string listed(const std::set<std::string>& names) {
        constexpr std::size_t kMost = 4;
        std::string text;
        std::size_t shown = 0;
        for (const std::string& name : names) {
            if (shown++ == kMost) return text + fmt::format(", +{}", names.size() - kMost);
            text += (text.empty() ? "" : ", ") + name;
        }
        return text;
    }

    static std::string reasons_of(const Tally& tally) {
        std::string text;
        for (const auto& [reason, count] : tally.reasons)
            text += fmt::format("{}{} x{}", text.empty() ? "" : "; ", reason, count);
        return text;
    }

    void table(const Console& console, const std::vector<std::pair<std::string, Tally>>& rows) const {
        std::string title = by_ == "pair" ? "User and host" : by_ == "route" ? "User, source and host" : by_;
        title.front() = static_cast<char>(title.front() & ~0x20);
        // What a row stands for already names its host or its source.
        const bool with_hosts = by_ != "host" && by_ != "pair" && by_ != "route",
                   with_sources = by_ != "source" && by_ != "route";
        std::vector<Column> columns = {{.title = title, .importance = 10, .least = 24, .keep = terminal::Keep::Both},
                                       {.title = "Logons", .importance = 9, .align = Column::Align::Right},
                                       {.title = "Failed", .importance = 9, .align = Column::Align::Right},
                                       {.title = when_.title("First"), .importance = 5, .least = 19},
                                       {.title = when_.title("Last"), .importance = 6, .least = 19},
                                       {.title = "Why it failed", .importance = 8, .least = 17}};
        if (with_sources) columns.insert(columns.end() - 1, {.title = "Sources", .importance = 3, .least = 9});
        if (with_hosts) columns.insert(columns.end() - 1 - (with_sources ? 1 : 0), {.title = "Hosts", .importance = 4});
        terminal::Table table(console, std::move(columns));
        for (const auto& [name, tally] : rows) {
            std::vector<terminal::Cell> cells = {
                {name, Style::Bold},
                {std::to_string(tally.successes)},
                {std::to_string(tally.failures), tally.failures > 0 ? Style::Red : Style::Plain},
                {when_.text(tally.first)},
                {when_.text(tally.last)}};
            if (with_hosts) cells.push_back({listed(tally.hosts)});
            if (with_sources) cells.push_back({listed(tally.sources)});
            cells.push_back({reasons_of(tally), Style::Red});
            table.row(std::move(cells));
        }
        table.finish();
        if (rows.empty() && !console.quiet) console.note("no logon matches");
    }

    void json_lines(const Console& console, const std::vector<std::pair<std::string, Tally>>& rows) const {
        for (const auto& [name, tally] : rows) {
            std::string line;
            JsonWriter json(line);
            json.open('{').text(by_, name).number("logons", tally.successes).number("failed", tally.failures);
            json.text("first", tally.first.to_string()).text("last", tally.last.to_string()).open("hosts", '[');
            for (const std::string& host : tally.hosts) json.text(host);
            json.close(']').open("sources", '[');
            for (const std::string& source : tally.sources) json.text(source);
            json.close(']').open("reasons", '{');
            for (const auto& [reason, count] : tally.reasons) json.number(reason, count);
            json.close('}').close('}');
            console.out.line(line);
        }
    }

    void csv(const Console& console, const std::vector<std::pair<std::string, Tally>>& rows) const {
        const auto all_of = [](const std::set<std::string>& names) {
            return fmt::format("{}", fmt::join(names, "; "));
        };
        std::string text = csv_.row({by_, "logons", "failed", "first", "last", "hosts", "sources", "reasons"});
        for (const auto& [name, tally] : rows)
            text += csv_.row({name, std::to_string(tally.successes), std::to_string(tally.failures),
                              tally.first.to_string(), tally.last.to_string(), all_of(tally.hosts),
                              all_of(tally.sources), reasons_of(tally)});
        console.out.write(text);
    }

    Scope scope_{match::Subject::Events};
    When when_;
    std::vector<std::string> users_;
    std::string by_ = "user";
    CsvOption csv_;
    bool failed_ = false;
    bool machines_ = false;
    std::optional<std::string> new_since_;
    std::string format_ = "table";
};

}  // namespace

CommandEntry logons_command() {
    return {
        .name = "logons",
        .summary = "who logged on, how often, from where, and why it failed",
        .description =
            "Counts logons that succeeded and failed (4624, 4625), and what domain controllers refused (4768, 4771, "
            "4776). Status, "
            "sub-status and Kerberos result codes are given in words. --new-since shows who turned up where he had "
            "never been before: users at "
            "hosts, or with --by route users at hosts from addresses.",
        .examples = {{"logons logs/", "A row for each user."},
                     {"logons --by source --failed logs/", "Addresses from which logons failed, and why."},
                     {"logons --new-since 2024-05-14T08:30 logs/", "Users at hosts where they had never been before."}},
        .make = make<Logons>};
}

}  // namespace spoor::cli
