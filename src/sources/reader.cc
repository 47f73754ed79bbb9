#include "sources/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/hash.h"
#include "base/unicode.h"
#include "evtx/chunk.h"
#include "evtx/decode/template_lender.h"
#include "evtx/log_file.h"
#include "sources/archive.h"
#include "sources/format.h"
#include "sources/input.h"
#include "sources/json/decoder.h"
#include "sources/linux/audit_log/audit_log.h"
#include "sources/paths.h"
#include "sources/pipeline.h"
#include "sources/windows/evtx_events.h"

namespace spoor::sources {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kHead = 64 * 1024;
constexpr std::size_t kChunksAtOnce = 8;
constexpr int kDeepestArchive = 4;
constexpr std::uint64_t kMostIssuesOfAFile = 5;

/// What a thread decodes with.
struct Worker {
    Worker(Catalog& catalog, evtx::ShapeStore& shapes)
        : json(catalog), chunks(shapes, evtx::Decoder::Fill::PartsOnly), events(catalog) {}
    json::Decoder json;
    evtx::ChunkSource source;
    evtx::Decoder chunks;
    windows::EvtxNormaliser events;
};

/// What comes of a piece of work.
struct Outcome {
    Portion portion;
    std::vector<Issue> issues;
    std::uint64_t bytes = 0;  // of the file on the disk
    bool ends_file = false;

    void clear() {
        portion.path.clear();
        portion.batch.clear();
        portion.positions.clear();
        issues.clear();
        bytes = 0;
        ends_file = false;
    }
};

/// A block of text with the padding that the JSON reader wants behind it.
struct Block {
    std::string bytes;
    std::size_t size = 0;
    std::uint64_t first_line = 1;

    std::string_view text() const { return std::string_view(bytes).substr(0, size); }
};

/// What is known of a JSON file, shared by the work on its blocks.
struct JsonFile {
    std::string path;
    json::FileFacts facts;
    json::LocalClock clock;
};

/// An open .evtx file, and what keeps it there when it was unpacked.
struct EvtxFile {
    std::string path;
    std::optional<Spool> spool;
    evtx::LogFile log;
    evtx::TemplateLender lender;

    // Files are decoded side by side, so what earlier ones had met is not known: each lends to itself alone.
    EvtxFile(std::string name, std::optional<Spool> spooled, evtx::LogFile opened, evtx::ShapeStore& shapes)
        : path(std::move(name)),
          spool(std::move(spooled)),
          log(std::move(opened)),
          lender(log, shapes, evtx::TemplateLender::From::OwnFile) {}
};

std::string at_offset(std::uint64_t offset) { return fmt::format("offset {:#x}", offset); }

/// Turns the records of some chunks into events.
class ChunkVisitor final : public evtx::RecordVisitor {
public:
    ChunkVisitor(const std::string& path, windows::EvtxNormaliser& events, Outcome& outcome)
        : path_(path), events_(events), outcome_(outcome) {
        events_.begin(outcome_.portion.batch);
    }
    void record(const evtx::Record& record) override {
        events_.add(record);
        outcome_.portion.positions.push_back(record.offset);
    }
    void issue(const evtx::Issue& issue) override {
        std::string what(evtx::describe(issue.problem));
        if (issue.record_id != 0) what += fmt::format(" (record {})", issue.record_id);
        if (issue.length != 0) what += fmt::format("; {} bytes were passed over", issue.length);
        const Severity severity = evtx::is_damage(issue.problem) ? Severity::Problem : Severity::Note;
        outcome_.issues.push_back(
            {.severity = severity, .path = path_, .place = at_offset(issue.offset), .what = std::move(what)});
    }

private:
    const std::string& path_;
    windows::EvtxNormaliser& events_;
    Outcome& outcome_;
};

class Run {
public:
    Run(Catalog& catalog, const Options& options, Sink& sink)
        : options_(options),
          sink_(sink),
          catalog_(catalog),
          probe_(catalog),
          pipeline_(
              options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency()),
              [this, &catalog] { return std::make_unique<Worker>(catalog, shapes_); },
              [this](Outcome&& outcome) { deliver(std::move(outcome)); }) {}

    Totals read(std::span<const std::string> paths) {
        const std::vector<NamedFile> files = files_of(paths, [this](const std::string& path, const std::string& what) {
            report({.path = path, .place = {}, .what = what});
        });
        for (const NamedFile& file : files) progress_.bytes_total += file.size;
        progress_.files_total = files.size();
        std::map<std::string, std::uint64_t> logs_in;
        for (const NamedFile& file : files) {
            if (stopped_) break;
            const std::uint64_t logs_before = totals_.files;
            read_file(file);
            if (!file.folder.empty()) logs_in[file.folder] += totals_.files - logs_before;
        }
        pipeline_.finish();
        for (const auto& [folder, logs] : logs_in)
            if (logs == 0 && !stopped_) report({.path = folder, .place = {}, .what = "the folder holds no logs"});
        return totals_;
    }

private:
    void read_file(const NamedFile& file) {
        file_ = &file;
        bytes_of_file_ = 0;
        auto input = open_file(file.path);
        if (!input) {
            complain(file.path, {}, input.error().what);
        } else {
            budget_ = std::min(options_.most_unpacked_bytes,
                               std::max<std::uint64_t>(std::uint64_t{1} << 30, file.size * 1000));
            read_input(**input, file.path, file.path, 0);
        }
        submit_end(file.path, file.size > bytes_of_file_ ? file.size - bytes_of_file_ : 0);
    }

    /// `plain_path` names the file whose very bytes `input` gives, if there is one.
    void read_input(Input& input, const std::string& name, const std::string& plain_path, int depth) {
        if (stopped_) return;
        switch (format_of(input.peek(kFormatHead))) {
            case Format::Empty: return complain_if_named(name, "the file is empty");
            case Format::Unknown:
                return complain_if_named(
                    name, "is no log that Spoor knows: neither .evtx nor JSON, nor auditd's, nor an archive of them");
            case Format::Evtx: return read_evtx(input, name, plain_path);
            case Format::Json: return read_json(input, name, plain_path);
            case Format::AuditLog: return read_audit_log(input, name);
            case Format::JsonUtf16: return read_json(*decode_utf16(input), name, {});
            case Format::Gzip: {
                if (depth == kDeepestArchive) return complain(name, {}, "archives lie too deep in one another");
                const auto unpacked = unpack_gzip(input);
                const auto limited = limit(*unpacked, budget_);
                read_input(*limited, name, {}, depth + 1);
                // What an archive inside did not want to see may still tell whether the file is whole.
                char rest[4096];
                while (limited->read(rest).value_or(0) == sizeof rest) {
                }
                if (const std::string remark = unpacked->remark(); !remark.empty()) note(name, remark);
                return;
            }
            case Format::Archive: {
                if (depth == kDeepestArchive) return complain(name, {}, "archives lie too deep in one another");
                const auto result = for_each_member(input, [&](std::string_view member, Input& content) {
                    const auto limited = limit(content, budget_);
                    const std::string inner =
                        member.empty() || member == "data" ? name : fmt::format("{}!{}", name, member);
                    read_input(*limited, inner, {}, depth + 1);
                    if (const std::string remark = content.remark(); !remark.empty()) complain(inner, {}, remark);
                });
                if (!result) complain(name, {}, result.error().what);
                return;
            }
        }
    }

    // ---- .evtx ----

    void read_evtx(Input& input, const std::string& name, const std::string& plain_path) {
        std::optional<Spool> spool;
        if (plain_path.empty()) {
            auto filled = Spool::fill(input);
            if (!filled) return complain(name, {}, filled.error().what);
            spool.emplace(std::move(*filled));
        }
        auto log = evtx::LogFile::open(spool ? spool->path() : plain_path);
        if (!log) return complain(name, {}, log.error().what);
        ++totals_.files;
        for (const evtx::Issue& issue : log->issues())
            submit_issue(
                {Severity::Problem, name, at_offset(issue.offset), std::string(evtx::describe(issue.problem))});
        const auto file = std::make_shared<EvtxFile>(name, std::move(spool), std::move(*log), shapes_);
        for (std::size_t first = 0; first < file->log.chunk_count() && !stopped_; first += kChunksAtOnce) {
            const std::size_t end = std::min(first + kChunksAtOnce, file->log.chunk_count());
            const std::uint64_t bytes = take_bytes((end - first) * evtx::kChunkSize);
            pipeline_.submit([file, first, end, bytes](Worker& worker, Outcome& outcome) {
                read_chunks(*file, first, end, bytes, worker, outcome);
            });
        }
    }

    static void read_chunks(EvtxFile& file, std::size_t first, std::size_t end, std::uint64_t bytes, Worker& worker,
                            Outcome& outcome) {
        outcome.portion.path = file.path;
        outcome.bytes = bytes;
        ChunkVisitor visitor(file.path, worker.events, outcome);
        evtx::ChunkSource& chunks = worker.source;
        chunks.open(file.log, first, end);
        worker.chunks.borrow_from(&file.lender);
        for (std::size_t i = first; i < end; ++i) {
            const auto chunk = chunks.next();
            if (!chunk) {
                outcome.issues.push_back(
                    {.path = file.path, .place = at_offset(file.log.chunk_offset(i)), .what = chunk.error().what});
                return;
            }
            if (chunk->empty()) return;
            evtx::read_chunk(*chunk, chunks.offset(), evtx::Recovery::Damage, worker.chunks, visitor);
        }
    }

    // ---- JSON ----

    void read_json(Input& input, const std::string& name, const std::string& plain_path) {
        const std::string_view seen = input.peek(kHead);
        std::string head(seen.starts_with("\xef\xbb\xbf") ? seen.substr(3) : seen);
        const std::size_t head_size = head.size();
        head.append(json::Document::kPadding, ' ');
        const std::string_view text = std::string_view(head).substr(0, head_size);

        const auto file = std::make_shared<JsonFile>();
        file->path = name;
        file->facts.framing = json::framing_of(text);
        file->facts.mark = static_cast<std::uint32_t>(hash64(text));
        ++totals_.files;
        if (probe_.clock_of(text, file->facts.framing) == json::Clock::Utc) return read_json_blocks(input, file);

        // The file tells local time: it is read twice, first for what Sysmon says of the offset.
        std::optional<Spool> spool;
        if (plain_path.empty()) {
            auto filled = Spool::fill(input);
            if (!filled) return complain(name, {}, filled.error().what);
            spool.emplace(std::move(*filled));
        }
        const std::string& path = spool ? spool->path() : plain_path;
        auto first = open_file(path);
        if (!first) return complain(name, {}, first.error().what);
        for_each_block(**first, *file, [&](const Block& block) {
            probe_.survey(block.text(), block.first_line, file->facts.framing, file->clock);
        });
        file->clock.settle();
        file->facts.clock = &file->clock;
        tell_of_clock(*file);
        auto second = open_file(path);
        if (!second) return complain(name, {}, second.error().what);
        read_json_blocks(**second, file);
    }

    void tell_of_clock(const JsonFile& file) {
        if (!file.clock.knows_anything())
            return note(
                file.path,
                "its times name no zone that can be believed, and no Sysmon event tells it: they are taken as UTC");
        std::string offsets;
        for (const Duration offset : file.clock.offsets()) {
            if (offset == Duration{}) continue;
            const double hours = static_cast<double>(offset.nanoseconds) / 3.6e12;
            offsets += fmt::format("{}{:+g}h", offsets.empty() ? "" : ", ", hours);
        }
        if (!offsets.empty())
            note(file.path, fmt::format("its times are local; Sysmon events in it tell the way to UTC: {}", offsets));
    }

    void read_json_blocks(Input& input, const std::shared_ptr<JsonFile>& file) {
        const auto result = for_each_block(input, *file, [&](Block& filled) {
            const auto block = std::make_shared<Block>(std::move(filled));
            const std::uint64_t bytes = take_bytes(block->size);
            pipeline_.submit([file, block, bytes](Worker& worker, Outcome& outcome) {
                json::Decoded decoded = {std::move(outcome.portion.batch), std::move(outcome.portion.positions), {}};
                worker.json.decode(block->text(), block->first_line, file->facts, decoded);
                outcome.portion = {file->path, std::move(decoded.batch), std::move(decoded.lines)};
                outcome.bytes = bytes;
                for (json::Complaint& complaint : decoded.complaints)
                    outcome.issues.push_back({.path = file->path,
                                              .place = fmt::format("line {}", complaint.line),
                                              .what = std::move(complaint.what)});
            });
        });
        if (!result) complain(file->path, {}, result.error().what);
    }

    /// Calls `take` with block after block of whole objects.
    template <typename Take>
    Result<> for_each_block(Input& input, const JsonFile& file, Take take) {
        if (input.peek(3) == "\xef\xbb\xbf") {
            char mark[3];
            TRY(input.read(mark));
        }
        std::string rest;
        std::uint64_t line = 1;
        bool skipping = false;
        for (bool at_end = false; !at_end && !stopped_;) {
            Block block;
            block.bytes = std::move(rest);
            const std::size_t before = block.bytes.size();
            block.bytes.resize(before + kBlock + json::Document::kPadding);
            const auto got = input.read(std::span(block.bytes).subspan(before, kBlock));
            const std::size_t filled = before + got.value_or(0);
            at_end = !got || *got < kBlock;
            const std::string_view text = std::string_view(block.bytes).substr(0, filled);
            block.size = at_end ? filled : json::whole(text, file.facts.framing, before);
            if (block.size == 0 && (skipping || filled > json::kLongestObject)) {
                if (file.facts.framing == json::Framing::Brackets)
                    return fail(Errc::Unsupported,
                                fmt::format("line {}: an object is longer than {} MiB; reading stops", line,
                                            json::kLongestObject >> 20));
                if (!skipping)
                    complain(file.path, fmt::format("line {}", line),
                             fmt::format("longer than {} MiB: passed over", json::kLongestObject >> 20));
                skipping = true;
                continue;
            }
            rest = text.substr(block.size);
            if (skipping) {
                // The end of the line that was passed over.
                const std::size_t end = std::min(text.find('\n'), block.size);
                std::ranges::fill_n(block.bytes.begin(), static_cast<std::ptrdiff_t>(end), ' ');
                skipping = end == block.size && !at_end;
            }
            block.first_line = line;
            line += static_cast<std::uint64_t>(std::ranges::count(block.text(), '\n'));
            take(block);
            if (!got) return std::unexpected(got.error());
        }
        return {};
    }

    // ---- auditd's log ----

    /// Line after line on this thread: what a record means depends on those before it.
    void read_audit_log(Input& input, const std::string& name) {
        ++totals_.files;
        const std::string host = sensor::host_by_path(name);
        sensor::AuditLog log(catalog_, host);
        AuditText text;
        while (!text.at_end && !stopped_) {
            const std::size_t before = text.bytes.size();
            text.bytes.resize(before + kBlock);
            const auto got = input.read(std::span(text.bytes).subspan(before));
            text.bytes.resize(before + got.value_or(0));
            text.at_end = !got || *got < kBlock;
            const auto made = std::make_shared<Outcome>();
            made->portion.path = name;
            made->bytes = take_bytes(got.value_or(0));
            add_lines(text, log, *made);
            pipeline_.submit([made](Worker&, Outcome& outcome) { outcome = std::move(*made); });
            if (!got) complain(name, {}, got.error().what);
        }
        if (log.lacks_names())
            note(name,
                 fmt::format("its lines do not say which host they are of: taken for {}, after where it lies", host));
    }

    /// Text of an audit log that was read and whose lines were not all taken.
    struct AuditText {
        std::string bytes;
        std::uint64_t line = 0;
        bool at_end = false;
    };

    static void add_lines(AuditText& text, sensor::AuditLog& log, Outcome& made) {
        std::string_view left = text.bytes;
        const auto take = [&](std::string_view line) {
            ++text.line;
            const bool is_mark = trimmed(line).empty() || line.starts_with("----");  // between events
            if (!is_mark && !log.add(line, made.portion.batch))
                made.issues.push_back({.path = made.portion.path,
                                       .place = fmt::format("line {}", text.line),
                                       .what = "is no audit record"});
            made.portion.positions.resize(made.portion.batch.size(), text.line);
        };
        for (std::size_t end = left.find('\n'); end != left.npos; end = left.find('\n')) {
            take(left.substr(0, end));
            left.remove_prefix(end + 1);
        }
        if (text.at_end && !left.empty()) take(std::exchange(left, {}));
        if (text.at_end) log.finish(made.portion.batch);
        made.portion.positions.resize(made.portion.batch.size(), text.line);
        // A line without an end is none: its end will be told as no record.
        text.bytes = left.size() > sensor::kLongestAuditLine ? std::string("?") : std::string(left);
    }

    // ---- What is told ----

    void complain(const std::string& path, std::string place, std::string what) {
        submit_issue({Severity::Problem, path, std::move(place), std::move(what)});
    }
    void note(const std::string& path, std::string what) { submit_issue({Severity::Note, path, {}, std::move(what)}); }

    /// What is found in a folder need not be a log; what the user named should be.
    void complain_if_named(const std::string& path, std::string what) {
        if (file_->folder.empty()) complain(path, {}, std::move(what));
    }

    /// Through the pipeline, so that issues stand where they belong among the events.
    void submit_issue(const Issue& issue) {
        pipeline_.submit([issue](Worker&, Outcome& outcome) { outcome.issues.push_back(issue); });
    }
    void submit_end(const std::string& path, std::uint64_t bytes) {
        pipeline_.submit([path, bytes](Worker&, Outcome& outcome) {
            outcome.portion.path = path;
            outcome.bytes = bytes;
            outcome.ends_file = true;
        });
    }

    /// Of the bytes that were read, those that count towards the size of the file on the disk.
    std::uint64_t take_bytes(std::uint64_t read) {
        const std::uint64_t left = file_->size > bytes_of_file_ ? file_->size - bytes_of_file_ : 0;
        const std::uint64_t taken = std::min(left, read);
        bytes_of_file_ += taken;
        return taken;
    }

    void deliver(Outcome&& outcome) {
        totals_.bytes += outcome.bytes;
        for (const Issue& issue : outcome.issues) report(issue);
        const std::uint64_t events = outcome.portion.batch.size();
        totals_.events += events;
        const std::string path = outcome.portion.path;
        if (events > 0 && !stopped_ && sink_.take(std::move(outcome.portion)) == Flow::Stop) stopped_ = true;
        if (outcome.ends_file) {
            ++progress_.files_done;
            tell_of_the_rest();
        }
        if (events > 0 || outcome.ends_file) {
            progress_.bytes_done = totals_.bytes;
            progress_.events = totals_.events;
            progress_.path = path;
            sink_.progress(progress_);
        }
    }

    void report(const Issue& issue) {
        if (stopped_) return;
        ++totals_.issues;
        if (issue.severity == Severity::Problem && ++issues_of_path_[issue.path] > kMostIssuesOfAFile) return;
        sink_.report(issue);
    }

    void tell_of_the_rest() {
        for (const auto& [path, count] : issues_of_path_)
            if (count > kMostIssuesOfAFile)
                sink_.report({.path = path,
                              .place = {},
                              .what = fmt::format("{} more such places", count - kMostIssuesOfAFile)});
        issues_of_path_.clear();
    }

    const Options& options_;
    Sink& sink_;
    Catalog& catalog_;
    evtx::ShapeStore shapes_;
    json::Decoder probe_;
    Totals totals_;
    Progress progress_;
    bool stopped_ = false;
    const NamedFile* file_ = nullptr;
    std::uint64_t bytes_of_file_ = 0;
    std::uint64_t budget_ = 0;
    std::map<std::string, std::uint64_t> issues_of_path_;
    Pipeline<Worker, Outcome> pipeline_;
};

}  // namespace

Totals read(std::span<const std::string> paths, Catalog& catalog, const Options& options, Sink& sink) {
    return Run(catalog, options, sink).read(paths);
}

}  // namespace spoor::sources
