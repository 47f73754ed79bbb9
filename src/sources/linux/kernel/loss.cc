#include "sources/linux/kernel/loss.h"

#include <algorithm>
#include <utility>

namespace spoor::sensor {
namespace {

constexpr std::size_t kDeclaredKept = 256;

}  // namespace

void LossLedger::open_hole(Cpu& cpu, std::uint64_t end, Timestamp before, Timestamp now) {
    cpu.holes.push_back({cpu.next, end, now, cpu.last_time, before});
    cpu.next = end;
}

void LossLedger::received(std::uint32_t index, std::uint64_t sequence, Timestamp time, Timestamp now) {
    ++received_;
    if (index >= cpus_.size()) cpus_.resize(index + 1);
    Cpu& cpu = cpus_[index];
    if (sequence >= cpu.next) {
        if (sequence > cpu.next) open_hole(cpu, sequence, time, now);
        cpu.next = sequence + 1;
        cpu.last_time = time;
        return;
    }
    // Late: it fills a hole, or part of one.
    const auto fill = [&](std::deque<Hole>& holes) {
        const auto hole = std::find_if(holes.begin(), holes.end(),
                                       [&](const Hole& h) { return h.first <= sequence && sequence < h.end; });
        if (hole == holes.end()) return false;
        Hole behind = *hole;
        behind.first = sequence + 1;
        hole->end = sequence;
        const bool before_is_empty = hole->first == hole->end;
        if (before_is_empty && behind.first == behind.end)
            holes.erase(hole);
        else if (before_is_empty)
            *hole = behind;
        else if (behind.first != behind.end)
            holes.insert(hole + 1, behind);
        return true;
    };
    if (!fill(cpu.holes) && fill(cpu.declared)) --lost_;  // declared too early: the balance is put right
}

void LossLedger::produced(std::uint32_t index, std::uint64_t count, Timestamp now) {
    if (index >= cpus_.size()) cpus_.resize(index + 1);
    Cpu& cpu = cpus_[index];
    if (count > cpu.next) open_hole(cpu, count, now, now);
}

std::vector<Loss> LossLedger::take_losses(Timestamp now) {
    std::vector<Loss> losses;
    for (std::uint32_t index = 0; index < cpus_.size(); ++index) {
        Cpu& cpu = cpus_[index];
        Loss loss{.cpu = index};
        while (!cpu.holes.empty() && (now == Timestamp::latest() || now - cpu.holes.front().noticed >= patience_)) {
            const Hole hole = cpu.holes.front();
            cpu.holes.pop_front();
            if (loss.count == 0) {
                loss.first = hole.first;
                loss.after = hole.after;
            }
            loss.count += hole.end - hole.first;
            loss.before = hole.before;
            cpu.declared.push_back(hole);
            if (cpu.declared.size() > kDeclaredKept) cpu.declared.pop_front();
        }
        if (loss.count == 0) continue;
        lost_ += loss.count;
        losses.push_back(loss);
    }
    return losses;
}

}  // namespace spoor::sensor
