// SetUps: services, tasks and subscriptions that were set up, by the host that they are for. What was told a program on
// another host stands among the host's own, by the host's own clock. Internal to this room.
#pragma once
#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/unicode.h"
#include "trails/linking/linking.h"

namespace spoor::trails {

// The record of a set-up may be written a moment after what it set up has started.
constexpr Duration kLate = Duration::seconds(2);

/// A set-up, for which host it was and when, by that host's clock.
template <typename Row>
struct Placed {
    const Row* row = nullptr;
    HostId host = HostId::None;
    Timestamp time;

    bool is_from_afar() const { return row->event.host != host; }
};

/// The host that something is set up on: another one than the record's where its name begins "\\SERVER\". None where
/// nothing is known of that one.
HostId place_of(const Linking& linking, std::string_view name, const EventRef& event);

/// The name on its own host, folded, without the backslash that a task's begins with.
std::string plain_name(std::string_view name);

/// The programs that the first word of a command may name: paths may hold blanks, so each cut counts.
std::vector<std::string> programs_of(std::string_view command);

template <typename Row>
class SetUps {
public:
    using List = std::vector<Placed<Row>>;  // by time

    SetUps(const Linking& linking, const std::vector<Row>& rows) {
        for (const Row& row : rows) {
            Placed<Row> placed{&row, row.event.host, row.event.time};
            if constexpr (kIsTold) {
                placed.host = place_of(linking, row.name, row.event);
                if (placed.is_from_afar())
                    placed.time = row.event.time + linking.skew(row.event.host, placed.host, row.event.time);
            }
            if (placed.host == HostId::None) continue;
            by_name_[key(placed.host, plain_name(row.name))].push_back(placed);
            for (const std::string& program : programs_of(row.command))
                by_program_[key(placed.host, program)].push_back(placed);
        }
        for (auto* const lists : {&by_name_, &by_program_})
            for (auto& [unused, list] : *lists) std::ranges::stable_sort(list, {}, &Placed<Row>::time);
    }

    /// The last one before a process's start whose command it runs; null for none.
    template <typename Fits>
    const Placed<Row>* last_run_by(const Process& process, Arguments arguments, Fits fits) const {
        return last(by_program(process), process.host, *process.start,
                    [&](const Row& row) { return fits(row) && runs(process, row.command, arguments); });
    }
    const Placed<Row>* last_run_by(const Process& process, Arguments arguments) const {
        return last_run_by(process, arguments, [](const Row&) { return true; });
    }

    /// The last one of that name before `time`.
    const Placed<Row>* last_named(HostId host, std::string_view name, Timestamp time) const {
        const std::string plain = plain_name(name);
        return last(of(by_name_, key(host, plain)), host, time,
                    [&](const Row& row) { return plain_name(row.name) == plain; });
    }

    /// The one that another record of it stands beside and that says whose doing it was: by a session that it names,
    /// else by what a program was told.
    const Placed<Row>* better_record(const Placed<Row>& poor) const {
        constexpr Duration kBeside = Duration::seconds(5);
        const std::string name = plain_name(poor.row->name);
        const Placed<Row>* told = nullptr;
        for (const Placed<Row>& other : of(by_name_, key(poor.host, name))) {
            if (other.host != poor.host || other.row == poor.row || !within(other.time, poor.time, kBeside, kBeside) ||
                plain_name(other.row->name) != name)
                continue;
            if (other.row->subject != LogonId::none()) return &other;
            if (other.row->is_told && !told) told = &other;
        }
        return told;
    }

    /// All whose command names the program that the process runs.
    const List& by_program(const Process& process) const {
        return of(by_program_, key(process.host, image_name(process.image)));
    }

private:
    static constexpr bool kIsTold = requires(const Row& row) { row.is_told; };
    using Lists = std::unordered_map<std::uint64_t, List>;

    static std::uint64_t key(HostId host, std::string_view name) {
        return hash_mix(static_cast<std::uint64_t>(host), hash64(name));
    }
    static const List& of(const Lists& lists, std::uint64_t key) {
        static const List kNone;
        const auto found = lists.find(key);
        return found == lists.end() ? kNone : found->second;
    }
    /// What a program was told is remembered for a day: for longer it would be too much.
    static bool is_forgotten(const Placed<Row>& placed, Timestamp time) {
        if constexpr (kIsTold)
            return placed.row->is_told && time - placed.time > Duration::seconds(24 * 3600);
        else
            return false;
    }
    template <typename Fits>
    static const Placed<Row>* last(const List& list, HostId host, Timestamp time, Fits fits) {
        for (auto placed = list.rbegin(); placed != list.rend(); ++placed)
            if (placed->host == host && placed->time <= time + kLate && !is_forgotten(*placed, time) &&
                fits(*placed->row))
                return &*placed;
        return nullptr;
    }

    Lists by_name_;
    Lists by_program_;
};

}  // namespace spoor::trails
