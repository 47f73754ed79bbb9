// Progress: one line on stderr while something takes long. Only on a terminal, and only after a second.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "terminal/console.h"

namespace spoor::terminal {

struct Advance {
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;  // 0: not known
    std::uint64_t events = 0;
    std::uint64_t files_done = 0;
    std::uint64_t files_total = 0;
    std::string_view current = {};  // the file that is being read
};

/// "Security.evtx  62 %  3 of 7 files  4.1 M events  1.2 GB/s  3.0s left", within `width` columns.
std::string progress_line(const Advance& advance, Duration elapsed, std::size_t width, Charset charset);

/// "12", "4.1 k", "3.0 M": a count for people.
std::string short_count(std::uint64_t count);
/// "1 gap", "2 gaps": a count of things whose name takes an s.
std::string counted(std::uint64_t count, std::string_view thing);
/// "512 B", "1.2 GB".
std::string short_bytes(std::uint64_t bytes);

class Progress {
public:
    explicit Progress(const Console& console);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Cheap to call often: draws ten times a second at most.
    void update(const Advance& advance);
    /// Takes the line away, before something else is written to stderr.
    void clear();

private:
    const Console& console_;
    Timestamp began_;
    std::optional<Timestamp> drawn_;
    bool enabled_;
};

}  // namespace spoor::terminal
