// LossLedger: which numbers of the kernel's records did not arrive, to the last one.
//
// The kernel numbers its records on each CPU, also those that find no room in the ring. A number that is missing
// between two that came is a hole. A hole is not yet a loss: a task may be interrupted between taking a number and
// writing the record, so that a neighbour's arrives first. When a hole has not been filled for a while it is declared
// lost, once. Records lost at the end, with nothing behind them, show in the kernel's own count, which is read now and
// then.
//
// At rest: produced = received + lost. A test holds us to it.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "base/time.h"

namespace spoor::sensor {

/// Records of one CPU that are lost: `count` of them from number `first` on, between two moments.
struct Loss {
    std::uint32_t cpu = 0;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    Timestamp after = {};   // the last record that came before them
    Timestamp before = {};  // the first that came behind them, or when the loss was noticed
};

class LossLedger {
public:
    LossLedger(std::size_t cpus, Duration patience) : cpus_(cpus), patience_(patience) {}

    /// A record arrived. `time` is its own, `now` the present.
    void received(std::uint32_t cpu, std::uint64_t sequence, Timestamp time, Timestamp now);

    /// The kernel says that it has produced this many records on that CPU so far.
    void produced(std::uint32_t cpu, std::uint64_t count, Timestamp now);

    /// The holes that have waited long enough; all of them at the end (`now` = Timestamp::latest()).
    std::vector<Loss> take_losses(Timestamp now);

    std::uint64_t received() const { return received_; }
    std::uint64_t lost() const { return lost_; }

private:
    struct Hole {
        std::uint64_t first;
        std::uint64_t end;
        Timestamp noticed;
        Timestamp after;
        Timestamp before;
    };
    struct Cpu {
        std::uint64_t next = 0;  // one above the highest number seen
        Timestamp last_time = {};
        std::deque<Hole> holes;     // in order of number
        std::deque<Hole> declared;  // of late, for records that come later still
    };

    void open_hole(Cpu& cpu, std::uint64_t end, Timestamp before, Timestamp now);

    std::vector<Cpu> cpus_;
    Duration patience_;
    std::uint64_t received_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace spoor::sensor
