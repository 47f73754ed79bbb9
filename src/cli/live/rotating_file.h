// RotatingFile: lines appended to a file that begins anew by size or age, with a number of old ones kept beside it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace spoor::cli {

struct RotatingFileOptions {
    std::string path = {};
    std::uint64_t max_bytes = 100u << 20;
    Duration max_age = Duration::seconds(24 * 3600);  // of a file, from its first line
    unsigned keep = 10;                               // PATH.1 (the youngest) to PATH.N
};

class RotatingFile {
public:
    static Result<RotatingFile> open(RotatingFileOptions options, Timestamp now);
    RotatingFile(RotatingFile&& other) noexcept;
    RotatingFile& operator=(RotatingFile&&) = delete;
    ~RotatingFile();

    /// Whole lines, which stay in one file. A full disk is an error, and then none of them is there.
    Result<void> write(std::string_view lines, Timestamp now);

private:
    explicit RotatingFile(RotatingFileOptions options) : options_(std::move(options)) {}
    Result<void> open_file(Timestamp now);
    Result<void> rotate(Timestamp now);
    /// Whether its name still leads to it. Who removes the file, or takes it away, means what comes to go on there.
    bool has_its_name() const;

    RotatingFileOptions options_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    Timestamp began_ = {};
    Timestamp looked_ = {};  // for its name
};

}  // namespace spoor::cli
