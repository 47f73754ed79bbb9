// spoor findings: what about the sessions of some logs deserves a look.
#include "findings/finding.h"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>

#include "base/json_writer.h"
#include "cli/output/csv_option.h"
#include "cli/output/trail_view.h"
#include "cli/scope.h"
#include "cli/when.h"
#include "ingest/evidence.h"
#include "match/evaluate/evaluator.h"
#include "match/language/query.h"
#include "model/session_name.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using terminal::Style;

Style style_of(findings::Severity severity) {
    switch (severity) {
        case findings::Severity::High: return Style::Red;
        case findings::Severity::Medium: return Style::Yellow;
        default: return Style::Plain;
    }
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fail(Errc::NotFound, fmt::format("{}: cannot be read", path));
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

class Findings final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.text("--config", config_, "FILE", "a configuration with a [findings] table");
        options.choice("--severity", severity_, {"information", "low", "medium", "high"}, "only this and worse");
        options.flag("--rules", rules_, "list the rules instead");
        options.flag("-v,--evidence", evidence_, "with the records that each finding rests on");
        options.choice("--format", format_, {"text", "jsonl", "csv"}, "how to print");
        csv_.declare(options);
        when_.declare(options);
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is found");
    }

    Result<Exit> run(Console& console) override {
        findings::Settings settings;
        if (config_) {
            const std::string text = TRY(read_file(*config_));
            settings = TRY(findings::read_settings(text, *config_));
        }
        if (rules_) {
            list_rules(settings, console);
            return Exit::Done;
        }
        scope_.remember_as_needed();
        TRY(scope_.open(console));
        when_.choose(console);
        match::Matcher matcher = TRY(match::Matcher::compile(scope_.where(), scope_.catalog()));
        TRY(recall_sessions());
        const std::unique_ptr<trails::Evidence> evidence = TRY(ingest::collect_evidence(scope_.archive()));
        TRY(recall_processes(*evidence));
        const trails::Links links{.links = scope_.history().links, .skews = {}};
        if (format_ == "csv")
            console.out.write(
                csv_.row({"first", "last", "severity", "rule", "technique", "host", "text", "sessions", "count"}));
        std::size_t shown = 0;
        for (const findings::Finding& finding :
             findings::find(scope_.history(), links, *evidence, scope_.catalog(), settings)) {
            if (!name_at_least(finding.severity) || finding.last < scope_.from() || finding.first > scope_.until() ||
                !concerns(finding, matcher))
                continue;
            show(finding, console);
            ++shown;
        }
        if (shown == 0) TRY(scope_.tell_of_unknown_users(console));
        return shown == 0 && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    /// Rules read all sessions and links.
    Result<void> recall_sessions() {
        const store::FoundSessions all = TRY(scope_.archive().find_sessions({}));
        return scope_.archive().recall_origins(all.sessions);
    }

    /// Of processes, which are most of a history, they read those that move desktops and those that spoke to a domain
    /// controller.
    Result<void> recall_processes(const trails::Evidence& evidence) {
        store::Archive& archive = scope_.archive();
        const match::Expr movers = TRY(match::parse_filter(
            "name: tscon.exe", {.subject = match::Subject::Processes, .now = {}, .catalog = &archive.catalog()}));
        TRY(archive.find_processes(movers));
        std::set<std::pair<HostId, std::uint64_t>> speakers;
        for (const trails::Connection& connection : evidence.connections)
            if (speakers.emplace(connection.event.host, connection.process.pid).second)
                TRY(archive.recall_processes(connection.event.host, connection.process.pid));
        return {};
    }

    /// Rules with their settings, as the configuration has them or by default.
    static void list_rules(const findings::Settings& settings, Console& console) {
        for (const findings::RuleEntry& rule : findings::kRules) {
            console.out.line(
                fmt::format("{:<36}{:<10}{:<12}{}", rule.name, name(rule.severity), rule.technique, rule.title));
            std::string values = settings.is_on(rule.rule) ? "" : "enabled = false";
            for (const findings::NamedSetting& setting : findings::settings_of(rule.rule, settings))
                values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", setting.name, setting.value);
            if (!values.empty()) console.out.line(console.paint(Style::Dim, "    " + terminal::printable(values)));
        }
    }

    /// Whether one of its sessions matches the filter, or a session would that its host had of its accounts.
    bool concerns(const findings::Finding& finding, match::Matcher& matcher) const {
        for (const std::uint32_t session : finding.sessions)
            if (matcher.matches(scope_.history().sessions[session])) return true;
        if (!finding.sessions.empty() && finding.accounts.empty()) return false;
        Session named;
        named.key.host = finding.host;
        if (finding.accounts.empty()) return matcher.matches(named);
        for (const std::string& account : finding.accounts) {
            named.user.name = account;
            if (matcher.matches(named)) return true;
        }
        return false;
    }

    bool name_at_least(findings::Severity severity) const {
        for (const auto each : {findings::Severity::Information, findings::Severity::Low, findings::Severity::Medium,
                                findings::Severity::High})
            if (name(each) == severity_) return severity >= each;
        return true;
    }

    void show(const findings::Finding& finding, Console& console) {
        if (format_ == "jsonl")
            show_json(finding, console);
        else if (format_ == "csv")
            show_csv(finding, console);
        else
            show_text(finding, console);
    }

    void show_json(const findings::Finding& finding, Console& console) {
        const findings::RuleEntry& rule = findings::entry(finding.rule);
        std::string line;
        JsonWriter json(line);
        json.open('{');
        json.text("first", finding.first.to_string()).text("last", finding.last.to_string());
        json.text("severity", name(finding.severity)).text("rule", rule.name);
        json.text("title", rule.title).text("technique", rule.technique);
        json.text("host", scope_.catalog().host_name(finding.host));
        json.text("text", finding.text).number("count", finding.count);
        json.open("sessions", '[');
        for (const std::uint32_t session : finding.sessions) json.text(scope_.names().of(session));
        json.close(']').open("evidence", '[');
        for (const EventRef& event : finding.evidence) json.text(to_string(event, scope_.catalog()));
        json.close(']').close('}');
        console.out.line(line);
    }

    void show_csv(const findings::Finding& finding, Console& console) {
        const findings::RuleEntry& rule = findings::entry(finding.rule);
        console.out.write(csv_.row({finding.first.to_string(), finding.last.to_string(),
                                    std::string(name(finding.severity)), std::string(rule.name),
                                    std::string(rule.technique), std::string(scope_.catalog().host_name(finding.host)),
                                    finding.text, sessions_of(finding), std::to_string(finding.count)}));
    }

    void show_text(const findings::Finding& finding, Console& console) {
        const findings::RuleEntry& rule = findings::entry(finding.rule);
        const auto dim = [&](const std::string& text) { return console.paint(Style::Dim, text); };
        console.out.line(
            fmt::format("{}  {}  {}  {}", when_.text(finding.first),
                        console.paint(style_of(finding.severity), fmt::format("{:<6}", name(finding.severity))),
                        console.paint(Style::Bold, terminal::printable(finding.text)),
                        dim(fmt::format("[{} {}]", rule.name, rule.technique))));
        if (!finding.sessions.empty()) console.out.line("    " + terminal::printable(sessions_of(finding)));
        if (!evidence_) return;
        for (const EventRef& event : finding.evidence)
            console.out.line("    " + dim(terminal::printable(to_string(event, scope_.catalog()))));
    }

    std::string sessions_of(const findings::Finding& finding) const {
        std::string text;
        for (const std::uint32_t session : finding.sessions)
            text += (text.empty() ? "" : " ") + scope_.names().of(session);
        return text;
    }

    Scope scope_{match::Subject::Sessions};
    When when_;
    std::optional<std::string> config_;
    std::string severity_ = "information";
    bool rules_ = false;
    bool evidence_ = false;
    bool exit_code_ = false;
    std::string format_ = "text";
    CsvOption csv_;
};

}  // namespace

CommandEntry findings_command() {
    return {
        .name = "findings",
        .summary = "what about the sessions deserves a look",
        .group = Group::Look,
        .description =
            "Password guessing, borrowed credentials, strange tickets, sessions that should not be: each with its "
            "ATT&CK technique and the "
            "records it rests on. docs/findings.md says what each rule needs; a configuration switches rules off "
            "and tunes them.\n\n"
            "A filter is about sessions; a finding is shown when it matches one of its sessions, or its host and an "
            "account that it names.",
        .examples = {{"findings logs/", "Everything found, in time order."},
                     {"findings --severity high -v logs/", "The worst, with their records."},
                     {"findings --user brian --since 2024-05-14T08:00 logs/", "What one account is in, from then on."},
                     {"findings --rules", "What is looked for, and by which settings."}},
        .make = make<Findings>};
}

}  // namespace spoor::cli
