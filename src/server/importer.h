// Importer: takes logs that are uploaded, and reads them in one after another, in the background.
//
// An upload goes to a spool file as it comes; when it is whole it is queued. What reads it is not known here: the one
// who starts the server gives a function for that.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "server/http/http_server.h"

namespace spoor::server {

enum class ImportState : std::uint8_t { Receiving, Waiting, Reading, Done, Failed };
std::string_view name(ImportState state);

struct ImportCounts {
    std::atomic<std::uint64_t> bytes_received = 0;
    std::atomic<std::uint64_t> bytes_read = 0;
    std::atomic<std::uint64_t> events = 0;
};

/// One upload, for the page that shows them.
struct ImportStatus {
    std::uint64_t number = 0;
    std::string file_name;
    std::string by;
    Timestamp begun = {};
    ImportState state = ImportState::Receiving;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t events = 0;
    std::string message;  // a summary, or what went wrong
};

struct ImporterOptions {
    std::string spool_folder;
    std::uint64_t most_bytes = 8'000'000'000;  // of one upload
    std::uint64_t keep_free = 1ull << 30;      // of the spool's disk
    std::size_t most_waiting = 64;
};

/// What is said of an upload that is larger than may be.
std::string too_large(std::uint64_t most_bytes);

class Importer {
public:
    /// Reads the file and returns a summary in words. Runs on the importer's own thread.
    using Read =
        std::function<Result<std::string>(const std::string& path, const std::string& file_name, ImportCounts& counts)>;

    static Result<std::unique_ptr<Importer>> open(ImporterOptions options, Read read, const Clock& clock);
    ~Importer();

    std::uint64_t most_bytes() const { return options_.most_bytes; }
    /// Begins an upload of a file that its sender calls `file_name`.
    Result<std::unique_ptr<Upload>> begin(std::string_view file_name, std::string_view by);

    /// The newest first.
    std::vector<ImportStatus> statuses() const;

private:
    struct Job;
    class SpoolUpload;

    Importer(ImporterOptions options, Read read, const Clock& clock)
        : options_(std::move(options)), read_(std::move(read)), clock_(clock) {}
    void run(const std::stop_token& stop);

    ImporterOptions options_;
    Read read_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::shared_ptr<Job>> jobs_;  // newest last
    std::uint64_t next_number_ = 1;
    std::jthread thread_;
};

}  // namespace spoor::server
