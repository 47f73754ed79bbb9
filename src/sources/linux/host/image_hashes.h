// ImageHashes: the SHA-256 of programs, libraries and modules, each file read once for as long as it does not change.
//
// A file is known by its inode and the moment when that last changed, both as the kernel had them when it used the
// file. A thread of its own reads; who asks waits for it a little, within what a turn may take in all. What is not
// ready by then is told later, as an event of its own: nothing is held up for long, and nothing is left out without
// need.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/guid.h"
#include "base/time.h"

namespace spoor::sensor {

/// One state of one file.
struct FileState {
    std::uint64_t inode = 0;
    std::uint64_t changed = 0;  // nanoseconds since 1970
    std::uint32_t device = 0;

    friend bool operator==(const FileState&, const FileState&) = default;
};

/// Who used a file whose hash was not known yet.
struct HashClaim {
    Guid process;
    std::uint32_t pid = 0;
    std::uint32_t session = 0;
    std::uint32_t login_uid = 0;
    std::uint32_t uid = 0;
    std::string path;
};

struct LateHash {
    HashClaim claim;
    std::string hashes;
};

class ImageHashes {
public:
    ImageHashes();

    /// The hashes of a file that is known already; empty when find() has to be asked. Good until the next call.
    std::string_view known(const FileState& file);

    /// Begins a turn: the calls of find() until the next may wait that long in all.
    void begin_turn(Duration patience) { patience_ = patience; }

    /// "SHA256=..."; empty when it is not known yet, in which case it comes with take_late(), or cannot be known,
    /// because the file is gone, has changed or is too long. Good until the next call.
    std::string_view find(const FileState& file, HashClaim claim);

    std::vector<LateHash> take_late();

private:
    struct FileStateHash {
        std::size_t operator()(const FileState& file) const;
    };
    struct Entry {
        bool done = false;
        std::string hashes;
        std::vector<HashClaim> waiting;
    };

    void work(const std::stop_token& stop);

    Duration patience_ = {};  // left of this turn

    std::mutex mutex_;  // of what follows
    std::condition_variable_any wake_worker_;
    std::condition_variable answered_;
    std::unordered_map<FileState, Entry, FileStateHash> known_;
    std::deque<std::pair<FileState, HashClaim>> asked_;
    std::vector<LateHash> late_;
    std::string found_;
    std::jthread worker_;
};

/// The hash of the file at `path`, or of the program that process `pid` runs, if either is still in that state.
std::string hash_file(const FileState& file, const std::string& path, std::uint32_t pid);

}  // namespace spoor::sensor
