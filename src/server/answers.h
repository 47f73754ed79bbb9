// Answers: what takes long to work out of an archive, kept for whoever asks next.
//
// An answer that has grown old is given all the same, at once, and made anew behind the reader's back, unless that is
// quick: only who asks a question for the first time waits for it. What every server is asked is prepared, and written
// down, so that after a restart nobody waits at all.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/time.h"

namespace spoor::server {

struct Answer {
    std::string text;
    bool renewing = false;  // it is old, and a newer one is being made
};

/// Any thread may ask.
class Answers {
public:
    /// An answer is good while `edition` says the same as when it was made. `file` keeps what was prepared; empty:
    /// nothing does.
    Answers(const Clock& clock, std::function<std::uint64_t()> edition, std::string file = {});
    ~Answers();
    Answers(const Answers&) = delete;
    Answers& operator=(const Answers&) = delete;

    /// Called on the asker's thread or on our own.
    using Make = std::function<Result<std::string>()>;
    Result<Answer> ask(const std::string& key, const Make& make);
    /// Has it made when nothing else is to be, unless it is there and good, and keeps it from run to run.
    void prepare(const std::string& key, Make make);

    /// An answer that somebody was given and that the next run may begin with.
    void note(const std::string& key, const std::string& text);
    /// What was noted under a key last.
    std::optional<std::string> last(const std::string& key);

private:
    struct Kept {
        std::string text;
        std::uint64_t edition = 0;  // of the archive then
        Timestamp made = {};        // the epoch: in another run
        Duration took = {};
        std::uint64_t asked = 0;  // when last, by the count of questions
    };
    struct Task {
        std::string key;
        Make make;
    };

    bool is_good(const Kept& kept) const;
    Result<std::string> make(std::unique_lock<std::mutex>& lock, const std::string& key, const Make& make);
    void renew(const std::string& key, const Make& make);
    void run(const std::stop_token& stop);
    void keep(const std::string& key, Kept kept);
    void read();
    void write() const;

    const Clock& clock_;
    std::function<std::uint64_t()> edition_;
    std::string file_;
    std::mutex mutex_;  // over all below
    std::condition_variable_any changed_;
    std::map<std::string, Kept> kept_;
    std::set<std::string> lasting_;  // what goes into the file
    std::set<std::string> making_;
    std::deque<Task> tasks_;
    std::uint64_t questions_ = 0;
    std::uint64_t makings_ = 0;
    std::jthread thread_;
};

}  // namespace spoor::server
