// spoor processes: process trees, each process with its session and user.
#include <fmt/format.h>

#include <map>

#include "cli/output/csv_option.h"
#include "cli/output/process_tree.h"
#include "cli/output/property_output.h"
#include "cli/scope.h"
#include "cli/when.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using terminal::Style;

class Processes final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.choice("--format", format_, {"tree", "jsonl", "csv"}, "how to print");
        csv_.declare(options);
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is found");
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        scope_.need_no_events();
        scope_.remember_as_needed();
        TRY(scope_.open(console));
        when_.choose(console);
        const std::vector<std::uint32_t> found = TRY(find(console));
        if (format_ == "jsonl")
            json_lines(console, found);
        else if (format_ == "csv")
            csv(console, found);
        else
            trees(console, found);
        if (found.empty() && format_ == "tree" && !console.quiet) console.note("no process matches");
        return found.empty() && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    Result<std::vector<std::uint32_t>> find(const Console& console) {
        std::vector<std::uint32_t> found = TRY(scope_.find_processes(console));
        std::erase_if(found, [&](std::uint32_t i) {
            const Process& process = scope_.history().processes[i];
            return process.start.value_or(process.first_seen) > scope_.until() ||
                   process.end.value_or(Timestamp::latest()) < scope_.from();
        });
        return found;
    }

    void trees(Console& console, const std::vector<std::uint32_t>& found) const {
        const History& history = scope_.history();
        std::map<std::string, std::vector<std::uint32_t>> by_host;
        for (const std::uint32_t i : found) by_host[scope_.host_name(history.processes[i].host)].push_back(i);
        for (const auto& [host, processes] : by_host) {
            console.out.line(console.paint(Style::Bold, terminal::printable(host)));
            for_each_in_tree(processes, history, [&](std::uint32_t index, const std::vector<bool>& more) {
                if (!console.out.closed()) print_line(console, index, more);
            });
        }
    }

    void print_line(const Console& console, std::uint32_t index, const std::vector<bool>& more) const {
        const History& history = scope_.history();
        const Process& process = history.processes[index];
        const std::string began = process.start                               ? when_.text(*process.start)
                                  : process.first_seen == Timestamp::latest() ? ""
                                                                              : "<= " + when_.text(process.first_seen);
        std::string who = process.session == kNobody
                              ? std::string(process.user)
                              : fmt::format("{} {}", to_string(history.sessions[process.session].user),
                                            scope_.names().of(process.session));
        if (process.session != kNobody && process.session_strength < Strength::Strong) who += " (probably)";
        const std::string time = fmt::format("{:<22}  ", began);
        const std::string owner = fmt::format("[{}]", terminal::printable(who));
        print_process(console, {time, console.paint(Style::Dim, time)}, more,
                      terminal::Piece(std::to_string(process.pid)), process,
                      terminal::Piece(owner, console.paint(Style::Cyan, owner)));
    }

    void json_lines(Console& console, const std::vector<std::uint32_t>& found) {
        for (bool first = true; const std::uint32_t index : found) {
            const Process& process = scope_.history().processes[index];
            std::string line;
            JsonWriter json(line);
            json.open('{');
            if (first) json.text("schema", "spoor.process/1");
            first = false;
            write_properties(json, process, scope_.catalog());
            if (process.session != kNobody)
                json.text("session", scope_.names().of(process.session))
                    .text("session_strength", name(process.session_strength));
            json.open("parent", '{');
            if (process.parent != kNobody)
                write_properties(json, scope_.history().processes[process.parent], scope_.catalog());
            json.close('}').close('}');
            console.out.line(line);
            if (console.out.closed()) return;
        }
    }

    void csv(Console& console, const std::vector<std::uint32_t>& found) {
        std::vector<std::string> cells = process_columns();
        cells.insert(cells.begin(), "session");
        console.out.write(csv_.row(cells));
        for (const std::uint32_t index : found) {
            const Process& process = scope_.history().processes[index];
            cells = process_cells(process, scope_.catalog());
            cells.insert(cells.begin(), scope_.names().of(process.session));
            console.out.write(csv_.row(cells));
        }
    }

    Scope scope_{match::Subject::Processes};
    When when_;
    std::string format_ = "tree";
    CsvOption csv_;
    bool exit_code_ = false;
};

}  // namespace

CommandEntry processes_command() {
    return {.name = "processes",
            .summary = "process trees, each process with its session and user",
            .description =
                "From Sysmon and from the Security log, joined where both saw a process. A filter keeps the processes "
                "that it matches; a "
                "process whose parent is not among them stands as a root.",
            .examples = {{"processes logs/", "The process tree of every host."},
                         {"processes 'session.user: brian and name: powershell.exe' logs/", "One user's PowerShells."},
                         {"processes --format jsonl logs/", "For other programs."}},
            .make = make<Processes>};
}

}  // namespace spoor::cli
