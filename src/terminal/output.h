// Output: a stream of bytes to a file descriptor, buffered, that never throws and never kills the program.
//
// Whoever reads our output may go away at any time (`spoor events | head`). Writes after that are dropped and
// `closed()` turns true, so that a long job can stop early; it is no error. Any other failure (a full disk) is kept for
// the end.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spoor::terminal {

class Output {
public:
    /// Writes to `descriptor`, which stays its owner's. A negative one keeps everything in memory: see `kept()`.
    explicit Output(int descriptor) : descriptor_(descriptor) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { flush(); }

    void write(std::string_view text);
    void line(std::string_view text) {
        write(text);
        write("\n");
    }
    void flush();

    /// True when nobody reads any more, or writing failed: nothing further arrives.
    bool closed() const { return closed_; }
    /// Why writing failed; a reader that went away is no failure.
    const std::optional<Error>& failure() const { return failure_; }

    bool is_terminal() const;
    /// Whether it ends in the log of the machine, where others than who started the program read it.
    bool is_journal() const;
    /// What an Output without a descriptor was given so far.
    const std::string& kept() const { return buffer_; }

private:
    void write_through(std::string_view rest);

    int descriptor_;
    std::string buffer_;
    bool closed_ = false;
    std::optional<Error> failure_;
};

}  // namespace spoor::terminal
