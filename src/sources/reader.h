// Reading logs: whatever logs there are behind some paths, as batches of events in the order of the files.
//
//     Catalog catalog;
//     class Mine : public sources::Sink { ... };
//     const sources::Totals totals = sources::read(paths, catalog, {}, mine);
//
// What a file is, its content says: .evtx logs, JSON of the layouts in json/layout.h, logs of a Linux auditd, any of
// them in gzip, zip, tar and other archives, and archives in archives. Blocks of a file are decoded on several threads
// and given to the sink in order, on the thread that called; when the sink is slow, reading waits. The result does not
// depend on the threads.
//
// Nothing that is wrong with the input ends the reading: it is told to the sink with its place, and the rest goes on.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/catalog.h"
#include "model/event.h"

namespace spoor::sources {

enum class Severity : std::uint8_t {
    Note,     // nothing is lost, but the user should know
    Problem,  // something could not be read as it should be
};

struct Issue {
    Severity severity = Severity::Problem;
    std::string path;   // "logs.zip!Security.evtx" for a member of an archive
    std::string place;  // "line 12", "offset 0xc1000"; "" for the file as a whole
    std::string what;

    std::string to_string() const { return place.empty() ? path + ": " + what : path + ": " + place + ": " + what; }
};

/// Events that lay together in a file.
struct Portion {
    std::string path;
    Batch batch;
    std::vector<std::uint64_t> positions;  // of each event: its line (JSON) or its offset (.evtx)
};

struct Progress {
    std::uint64_t bytes_done = 0;  // of the files as they lie on the disk
    std::uint64_t bytes_total = 0;
    std::uint64_t files_done = 0;
    std::uint64_t files_total = 0;
    std::uint64_t events = 0;
    std::string_view path;
};

enum class Flow : std::uint8_t { GoOn, Stop };

class Sink {
public:
    virtual ~Sink() = default;
    /// Takes the next events. After Stop no more come.
    virtual Flow take(Portion&& portion) = 0;
    virtual void report(const Issue& issue) { (void)issue; }
    /// Called now and then, at least after each file.
    virtual void progress(const Progress& progress) { (void)progress; }
};

struct Options {
    /// Threads that decode; 0 takes one for each core.
    unsigned threads = 0;
    /// What one archive may unpack to: this much, or 1000 times its own size if that is less but at least 1 GiB.
    std::uint64_t most_unpacked_bytes = std::uint64_t{256} << 30;
};

struct Totals {
    std::uint64_t files = 0;  // that were logs
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;   // on the disk
    std::uint64_t issues = 0;  // also those that were too many to tell one by one
};

/// Reads files, folders (all that is in them) and patterns (*.evtx).
Totals read(std::span<const std::string> paths, Catalog& catalog, const Options& options, Sink& sink);

}  // namespace spoor::sources
