// spoor evtx dump, spoor evtx info: .evtx files as they are, before anything is made of their events.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/json_writer.h"
#include "base/time.h"
#include "cli/command.h"
#include "evtx/dump.h"
#include "evtx/inspect.h"
#include "sources/paths.h"
#include "terminal/progress.h"

namespace spoor::cli {
namespace {

using terminal::Style;

/// The files behind the words of the command line; what is wrong with a word goes to the console.
std::vector<sources::NamedFile> files_behind(const std::vector<std::string>& words, Console& console,
                                             bool& complained) {
    return sources::files_of(words, [&](const std::string& path, const std::string& what) {
        complained = true;
        console.warn(fmt::format("{}: {}", path, what));
    });
}

/// Whether a file that cannot be read at all is worth a word: in a folder, what is no log is none of our business.
bool matters(const sources::NamedFile& file, const Error& error) {
    return file.folder.empty() || error.code != Errc::Unsupported;
}

/// How a command ends that met these troubles: damage is told everywhere by the same code, as `spoor sessions` has it.
bool is_damage(const evtx::Issue& issue) { return evtx::is_damage(issue.problem); }

std::string describe(const std::string& path, const evtx::Issue& issue) {
    std::string text = fmt::format("{}: offset 0x{:x}: ", path, issue.offset);
    if (issue.record_id != 0) text += fmt::format("record {}: ", issue.record_id);
    text += evtx::describe(issue.problem);
    if (issue.length != 0) text += fmt::format(" ({} bytes)", issue.length);
    return text;
}

/// The two switches both commands have.
struct RecoverySwitches {
    bool carve = false;
    bool strict = false;

    void declare(Options& options) {
        options.flag(
            "--carve", carve,
            "also records left in unused space: deleted ones, and those of the log that a selection was saved from");
        options.flag("--strict", strict, "nothing from behind damage: only unbroken chains of records in whole chunks");
    }
    Result<evtx::Recovery> chosen() const {
        if (carve && strict) return fail(Errc::BadUsage, "--carve and --strict exclude each other");
        return carve ? evtx::Recovery::Carve : strict ? evtx::Recovery::None : evtx::Recovery::Damage;
    }
};

/// The line on the terminal while files are dumped. There is none where the records run over the same screen: they show
/// that it goes on, and would be torn by it.
class DumpProgress {
public:
    DumpProgress(const Console& console, const std::vector<sources::NamedFile>& files)
        : line_(console), wanted_(!console.out.is_terminal()) {
        for (const sources::NamedFile& file : files) at_.bytes_total += file.size;
    }
    void begin(const sources::NamedFile& file) {
        bytes_before_ += size_;
        records_before_ = at_.events;
        size_ = file.size;
        at_.current = file.path;
    }
    void update(std::uint64_t end, std::uint64_t records) {
        at_.bytes_done = bytes_before_ + std::min(end, size_);
        at_.events = records_before_ + records;
        if (wanted_) line_.update(at_);
    }
    void clear() { line_.clear(); }

private:
    terminal::Progress line_;
    bool wanted_;
    terminal::Advance at_;
    std::uint64_t size_ = 0;
    std::uint64_t bytes_before_ = 0;
    std::uint64_t records_before_ = 0;
};

class EvtxDump final : public Command {
    void declare(Options& options) override {
        options.arguments(paths_, "FILE", Needed::AtLeastOne, "log files, folders or patterns");
        options.choice("--format", format_, {"xml", "jsonl"}, "how to write records");
        recovery_.declare(options);
        options.number("--threads", threads_, "N", "how many threads decode; one for each core unless given");
    }

    Result<Exit> run(Console& console) override {
        const evtx::Recovery recovery = TRY(recovery_.chosen());
        const auto cores = std::max(1u, std::thread::hardware_concurrency());
        const evtx::DumpOptions how = {
            .format = format_ == "xml" ? evtx::Format::Xml : evtx::Format::JsonLines,
            .recovery = recovery,
            .threads = static_cast<unsigned>(std::clamp<std::uint64_t>(threads_.value_or(cores), 1, 256))};
        bool complete = true;
        bool complained = false;
        std::uint64_t read = 0;
        evtx::ShapeStore store;
        const std::vector<sources::NamedFile> files = files_behind(paths_, console, complained);
        DumpProgress progress(console, files);
        if (how.format == evtx::Format::Xml)
            console.out.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Events>\n");
        for (const sources::NamedFile& named : files) {
            progress.begin(named);
            const Result<evtx::LogFile> file = evtx::LogFile::open(named.path);
            if (!file) {
                if (!matters(named, file.error())) continue;
                progress.clear();
                console.warn(file.error().what);
                complete = false;
                continue;
            }
            const auto write = [&](std::string_view text) {
                console.out.write(text);
                return !console.out.closed();
            };
            const auto report = [&](const evtx::Issue& issue) {
                complete = complete && !is_damage(issue);
                progress.clear();
                console.warn(describe(named.path, issue));
            };
            const auto advance = [&](std::uint64_t end, std::uint64_t records) { progress.update(end, records); };
            const Result<evtx::LogSummary> summary = evtx::dump_log(*file, store, how, {write, report, advance});
            if (!summary) {
                progress.clear();
                console.warn(summary.error().what);
                complete = false;
            }
            ++read;
            if (console.out.closed()) return Exit::Done;
        }
        if (how.format == evtx::Format::Xml) console.out.write("</Events>\n");
        if (read == 0) return fail(Errc::NotFound, "there is no event log to read");
        return complete && !complained ? Exit::Done : Exit::PartlyUnreadable;
    }

    std::vector<std::string> paths_;
    std::string format_ = "xml";
    RecoverySwitches recovery_;
    std::optional<std::uint64_t> threads_;
};

std::string_view name_of(evtx::ChunkSummary::State state) {
    using State = evtx::ChunkSummary::State;
    switch (state) {
        case State::Intact: return "intact";
        case State::Damaged: return "damaged";
        case State::HeaderMissing: return "no header";
        case State::Empty: return "empty";
        case State::Foreign: return "no chunk";
    }
    return "";
}

std::string time_of(std::uint64_t filetime) { return Timestamp::from_filetime(filetime).to_string(); }

std::string range_of(const evtx::IdRange& ids) {
    return ids.first == ids.last ? fmt::format("{}", ids.first) : fmt::format("{}-{}", ids.first, ids.last);
}

class EvtxInfo final : public Command {
    void declare(Options& options) override {
        options.arguments(paths_, "FILE", Needed::AtLeastOne, "log files, folders or patterns");
        options.choice("--format", format_, {"text", "jsonl"}, "how to print: for people, or one JSON object a file");
        options.flag("--chunks", chunks_, "every chunk, not only those that are damaged");
        recovery_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        const evtx::Recovery recovery = TRY(recovery_.chosen());
        bool complete = true;
        bool complained = false;
        std::uint64_t read = 0;
        for (const sources::NamedFile& named : files_behind(paths_, console, complained)) {
            const Result<evtx::Inspection> found = evtx::inspect_log(named.path, recovery);
            if (!found) {
                if (!matters(named, found.error())) continue;
                console.warn(found.error().what);
                complete = false;
                continue;
            }
            if (format_ == "jsonl")
                print_json(console, named.path, *found);
            else
                print_text(console, named.path, *found);
            complete = complete && std::ranges::none_of(found->issues, is_damage);
            ++read;
        }
        if (read == 0) return fail(Errc::NotFound, "there is no event log to read");
        return complete && !complained ? Exit::Done : Exit::PartlyUnreadable;
    }

    static std::string flags_of(const evtx::FileHeader& header) {
        std::string flags;
        if ((header.flags & evtx::FileHeader::kDirty) != 0) flags += ", dirty (was being written)";
        if ((header.flags & evtx::FileHeader::kFull) != 0) flags += ", full";
        if ((header.flags & evtx::FileHeader::kNoChecksums) != 0) flags += ", without checksums";
        return flags;
    }

    static std::string names_of(const std::map<std::string, std::uint64_t>& names) {
        constexpr std::size_t kMost = 8;
        std::vector<std::pair<std::string, std::uint64_t>> sorted(names.begin(), names.end());
        std::ranges::stable_sort(sorted, std::greater(), &std::pair<std::string, std::uint64_t>::second);
        std::string text;
        for (std::size_t i = 0; i < std::min(sorted.size(), kMost); ++i)
            text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", sorted[i].first, sorted[i].second);
        if (sorted.size() > kMost) text += fmt::format(" and {} more", sorted.size() - kMost);
        return text;
    }

    void print_text(Console& console, const std::string& path, const evtx::Inspection& log) const {
        const auto row = [&](std::string_view name, const std::string& text) {
            console.out.line(fmt::format("  {:<12}{}", name, text));
        };
        console.out.line(console.paint(Style::Bold, path));
        if (log.header) {
            row("format", fmt::format("version {}.{}{}", log.header->major_version, log.header->minor_version,
                                      flags_of(*log.header)));
            row("header", fmt::format("{} chunks, next record {}{}", log.header->chunks, log.header->next_record,
                                      log.header->checksum_matches ? "" : ", checksum does not match"));
        } else {
            row("header", "none");
        }
        row("size", fmt::format("{} bytes, {} chunks", log.file_size, log.chunks.size()));
        row("records",
            fmt::format(
                "{}{}", log.records,
                log.repeated == 0 ? "" : fmt::format(", {} of them with an id that was there before", log.repeated)));
        if (log.records != 0) {
            row("ids", range_of({log.ids.front().first, log.ids.back().last}));
            row("written", fmt::format("{} to {}", time_of(log.first_written), time_of(log.last_written)));
        }
        if (!log.channels.empty()) row("channels", names_of(log.channels));
        if (!log.computers.empty()) row("computers", names_of(log.computers));
        for (const evtx::IdRange& gap : log.gaps)
            row("gap", fmt::format("{} ({} records)", range_of(gap), gap.count()));
        print_chunks(console, log);
        for (const evtx::Issue& issue : log.issues) {
            const std::string what = describe(path, issue);
            row("damage", what.substr(path.size() + 2));
        }
    }

    void print_chunks(Console& console, const evtx::Inspection& log) const {
        for (std::size_t i = 0; i < log.chunks.size(); ++i) {
            const evtx::ChunkSummary& chunk = log.chunks[i];
            if (!chunks_ &&
                (chunk.state == evtx::ChunkSummary::State::Intact || chunk.state == evtx::ChunkSummary::State::Empty))
                continue;
            std::string text = fmt::format("{:<5} 0x{:<9x} {:<10} {:>5} records", i, chunk.offset, name_of(chunk.state),
                                           chunk.records);
            if (chunk.records != 0) text += "  ids " + range_of({chunk.first_id, chunk.last_id});
            if (chunk.unreadable != 0) text += fmt::format("  {} unreadable", chunk.unreadable);
            console.out.line(fmt::format("  {:<12}{}", "chunk", text));
        }
    }

    static void print_json(Console& console, const std::string& path, const evtx::Inspection& log) {
        std::string line;
        JsonWriter json(line);
        const auto number = [&](std::string_view key, std::uint64_t value) { json.number(key, value); };
        const auto names = [&](std::string_view key, const std::map<std::string, std::uint64_t>& map) {
            json.open(key, '{');
            for (const auto& [name, count] : map) number(name, count);
            json.close('}');
        };
        const auto ranges = [&](std::string_view key, const std::vector<evtx::IdRange>& list) {
            json.open(key, '[');
            for (const evtx::IdRange& range : list) json.open('[').number(range.first).number(range.last).close(']');
            json.close(']');
        };
        json.open('{').text("file", path);
        number("size", log.file_size);
        if (log.header) {
            json.text("version", fmt::format("{}.{}", log.header->major_version, log.header->minor_version));
            json.boolean("dirty", (log.header->flags & evtx::FileHeader::kDirty) != 0);
            json.boolean("full", (log.header->flags & evtx::FileHeader::kFull) != 0);
            number("flags", log.header->flags);
            number("header_chunks", log.header->chunks);
            number("next_record", log.header->next_record);
            json.boolean("header_checksum_matches", log.header->checksum_matches);
        }
        number("records", log.records);
        number("repeated_ids", log.repeated);
        if (log.records != 0) {
            json.text("first_written", time_of(log.first_written));
            json.text("last_written", time_of(log.last_written));
        }
        names("channels", log.channels);
        names("computers", log.computers);
        ranges("ids", log.ids);
        ranges("gaps", log.gaps);
        json.open("chunks", '[');
        for (const evtx::ChunkSummary& chunk : log.chunks) {
            json.open('{');
            number("offset", chunk.offset);
            json.text("state", name_of(chunk.state));
            number("records", chunk.records);
            number("unreadable", chunk.unreadable);
            number("first_id", chunk.first_id);
            number("last_id", chunk.last_id);
            json.boolean("checksums_match", chunk.header_checksum_matches && chunk.data_checksum_matches);
            json.close('}');
        }
        json.close(']').open("damage", '[');
        for (const evtx::Issue& issue : log.issues) {
            json.open('{');
            number("offset", issue.offset);
            number("length", issue.length);
            if (issue.record_id != 0) number("record", issue.record_id);
            json.text("what", evtx::describe(issue.problem)).close('}');
        }
        json.close(']').close('}');
        console.out.line(line);
    }

    std::vector<std::string> paths_;
    std::string format_ = "text";
    bool chunks_ = false;
    RecoverySwitches recovery_;
};

}  // namespace

CommandEntry evtx_dump_command() {
    return {
        .name = "evtx dump",
        .summary = "the records of .evtx files, whole, as XML or JSON lines",
        .group = Group::Tools,
        .description =
            "Writes every record as it is in the file, in the file's order. From damaged, dirty and cut-off files "
            "comes all that "
            "can be had; what could not be read is told on standard error, with its place.\n\n"
            "XML is one <Events> document with one event a line. JSON lines have the layout of evtx_dump, so that "
            "tools "
            "which read that read this; a name that is there twice becomes Name and Name_1.",
        .examples = {{"evtx dump Security.evtx", "All records as XML."},
                     {"evtx dump --format jsonl logs/ | jq .Event.EventData", "All logs of a folder as JSON lines."},
                     {"evtx dump --carve Security.evtx", "Also what is left of deleted records."}},
        .make = make<EvtxDump>};
}

CommandEntry evtx_info_command() {
    return {.name = "evtx info",
            .summary = "what state .evtx files are in: chunks, record ids, gaps, damage",
            .group = Group::Tools,
            .description =
                "Reads whole files and says what they hold: the header and whether it is stale, channels and "
                "computers, the record "
                "ids and what is missing between them, and every place that is damaged.",
            .examples = {{"evtx info Security.evtx", "One log."},
                         {"evtx info --format jsonl --strict logs/", "All logs of a folder, for a program."}},
            .make = make<EvtxInfo>};
}

}  // namespace spoor::cli
