#include "sessions/boots.h"

#include <algorithm>
#include <map>

#include "base/flat_map.h"
#include "sessions/sysmon_guid.h"

namespace spoor::sessions {
namespace {

constexpr Duration kOneStart = Duration::seconds(300);  // all signs of one start fall within this
constexpr Duration kLsassVaries = Duration::seconds(5);
constexpr Duration kSecond = Duration::seconds(1);
constexpr Duration kLogonTakes =
    Duration::seconds(120);  // from the making of a logon id to the record of its logon, at most
constexpr std::size_t kFarthestBack = 10'000;
constexpr Duration kAfterlife = Duration::seconds(120);  // records may follow a stop for so long
constexpr std::size_t kMostEvidence = 12;

Duration distance(Timestamp a, Timestamp b) { return a < b ? b - a : a - b; }

/// What one record says about a start or a stop of the host.
enum class Sign : std::uint8_t { None, Start, StartAfterCrash, StopRequested, Stop };

class BootFinder {
public:
    BootFinder(const HostLog& log, Timeline& timeline)
        : log_(log), timeline_(timeline), host_says_more_than_6005_(has_kernel_starts()) {
        boots_.emplace_back();
    }

    std::vector<FoundBoot> run() {
        for (at_ = 0; at_ < timeline_.size(); ++at_) visit(timeline_[at_]);
        return finish();
    }

private:
    struct Draft {
        FoundBoot found;
        std::optional<std::uint16_t> sysmon;
        std::optional<Timestamp> lsass;
        std::optional<Timestamp> opened;    // when the first sign of this boot was met
        std::optional<Timestamp> stopping;  // the last stop that was told
        bool stop_requested = false;
        std::vector<std::pair<std::uint16_t, Timestamp>> start_signs;  // event id and time
        std::uint64_t highest_logon_id = 0;
        Timestamp highest_at = Timestamp::earliest();
        std::map<std::uint64_t, Timestamp> systems_sessions;  // of each of the system's own, when Sysmon says it began
        std::size_t first_of_sysmon = SIZE_MAX;               // of the moments that name its Sysmon number
        FlatMap<std::uint64_t, Timestamp> logons;             // when each was first given out
        std::size_t first = SIZE_MAX;                         // of its moments
        bool crashed_before = false;
        int started_rank = 0;
    };

    Draft& current() { return boots_[current_]; }

    /// System 6005 alone may be a restarted log service; where System 12 or 6009 are logged too, they decide.
    bool has_kernel_starts() const {
        for (const HostLog::Channel& channel : log_.channels()) {
            if (channel.role != ChannelRole::System) continue;
            for (std::size_t i = 0; i < channel.seen.size(); ++i)
                if (channel.seen[i].kind == Kind::SystemStarted &&
                    (channel.seen[i].event_id == 12 || channel.seen[i].event_id == 6009))
                    return true;
        }
        return false;
    }

    Sign sign_of(const Observation& seen) const {
        switch (seen.kind) {
            case Kind::SystemStarted:
                if (seen.event_id == 6005 && host_says_more_than_6005_) return Sign::None;
                // Fast startup and hibernation go on with the kernel session; its logon ids go on too.
                if (seen.event_id == 27) return Sign::None;
                return Sign::Start;
            case Kind::SystemStoppedUnexpectedly: return Sign::StartAfterCrash;
            case Kind::ShutdownRequested: return seen.event_id == 1076 ? Sign::None : Sign::StopRequested;
            case Kind::SystemStopped:
            case Kind::LogServiceStopped: return Sign::Stop;
            case Kind::Logon:
                return log_.find(seen, "LogonType"_field) && log_.number(seen, "LogonType"_field) == 0 ? Sign::Start
                                                                                                       : Sign::None;
            default: return Sign::None;
        }
    }

    /// When the host started, by this record's own account, and how far that is to be trusted.
    std::pair<Timestamp, int> start_by(const Observation& seen) const {
        if (const Fact* const start = log_.find(seen, "StartTime"_field); start && start->type == ValueType::Time)
            return {Timestamp{static_cast<std::int64_t>(log_.number(*start))}, 4};
        return {seen.time, seen.event_id == 12 ? 4 : seen.event_id == 4608 || seen.event_id == 4826 ? 2 : 1};
    }

    void set_started(Draft& draft, Timestamp when, int rank) {
        if (rank <= draft.started_rank) return;
        draft.started_rank = rank;
        draft.found.boot.started = when;
    }

    void note(Draft& draft, const Observation& seen) {
        if (draft.found.boot.evidence.size() < kMostEvidence)
            draft.found.boot.evidence.push_back(reference(log_, seen));
    }

    /// Begins a boot at this moment, and takes along the moments just before it that must be its own: those since
    /// `start`.
    void open(Timestamp start) {
        Draft& before = current();
        // A Sysmon number that was only seen since then is this boot's, too.
        const bool number_is_new = before.sysmon && before.first_of_sysmon != SIZE_MAX &&
                                   timeline_[before.first_of_sysmon].at >= start - kSecond;
        std::size_t first = at_;
        while (first > 0) {
            const Moment& earlier = timeline_[first - 1];
            const BootMark* const mark = log_.boot_mark(*earlier.seen);
            const bool marked = mark != nullptr && !(number_is_new && mark->source == BootMark::Source::Sysmon);
            if (earlier.at < start - kSecond || marked || sign_of(*earlier.seen) == Sign::Stop ||
                earlier.boot != current_)
                break;
            --first;
        }
        begin_boot_at(first);
        if (number_is_new) {
            Draft& past = boots_[current_ - 1];
            current().sysmon = past.sysmon;
            current().first_of_sysmon = past.first_of_sysmon;
            past.sysmon.reset();
            past.first_of_sysmon = SIZE_MAX;
        }
    }

    /// Begins a boot that only its logon ids betray. It began somewhere since the last record of an ordinary session of
    /// the boot before: where the records have their longest pause.
    void open_in_pause() {
        std::size_t first = at_;
        Duration longest{};
        for (std::size_t i = at_; i > 0; --i) {
            const Moment& earlier = timeline_[i - 1];
            const Observation& seen = *earlier.seen;
            const Duration pause = timeline_[i].at - earlier.at;
            if (pause > longest) {
                longest = pause;
                first = i;
            }
            const bool of_a_session = (seen.subject != 0 && !LogonId(seen.subject).is_well_known()) ||
                                      (seen.target != 0 && !LogonId(seen.target).is_well_known());
            if (of_a_session || log_.boot_mark(seen) != nullptr || earlier.boot != current_ || at_ - i > kFarthestBack)
                break;
        }
        begin_boot_at(first);
    }

    void begin_boot_at(std::size_t first) {
        boots_.emplace_back();
        current_ = boots_.size() - 1;
        current().opened = timeline_[at_].at;
        for (std::size_t i = first; i < at_; ++i) timeline_[i].boot = static_cast<std::uint32_t>(current_);
        if (first < at_) current().first = first;
    }

    /// True when the current boot is the one whose start this record tells: the boot has only just begun, or nothing of
    /// it was seen before that start. The same sign twice is two starts.
    bool is_start_of_current(const Observation& seen, Timestamp when, Timestamp at) {
        const Draft& draft = current();
        if (draft.stopping) return false;
        for (const auto& [event_id, time] : draft.start_signs)
            if (event_id == seen.event_id && distance(time, seen.time) > kLsassVaries) return false;
        if (draft.opened && at - *draft.opened < kOneStart) return true;
        return draft.first == SIZE_MAX || timeline_[draft.first].at >= when - kSecond;
    }

    void visit(Moment& moment) {
        const Observation& seen = *moment.seen;
        const BootMark* const mark = log_.boot_mark(seen);
        const std::optional<Timestamp> began = start_of_systems_session(seen);
        std::size_t boot = current_;
        if (mark != nullptr) {
            boot = mark->source == BootMark::Source::Sysmon
                       ? boot_of_sysmon(static_cast<std::uint16_t>(mark->value), moment)
                       : boot_of_lsass(Timestamp{mark->value}, moment);
        } else if (began) {
            boot = boot_of_systems_session(seen.target, *began, moment);
        } else if (const std::uint64_t logon = new_logon_id(seen); logon != 0 && given_out_before(logon, moment)) {
            open_in_pause();
            note(current(), seen);
            boot = current_;
        }
        if (began) boots_[boot].systems_sessions.try_emplace(seen.target, *began);
        switch (const Sign sign = sign_of(seen)) {
            case Sign::None: break;
            case Sign::StopRequested:
                boots_[boot].stop_requested = true;
                note(boots_[boot], seen);
                break;
            case Sign::Stop: note_stop(boots_[boot], moment); break;
            case Sign::Start:
            case Sign::StartAfterCrash: boot = boot_of_start(boot, moment, sign); break;
        }
        if (const std::uint64_t logon = new_logon_id(seen); logon != 0) {
            Draft& draft = boots_[boot];
            if (logon > draft.highest_logon_id) {
                draft.highest_logon_id = logon;
                draft.highest_at = moment.at;
            }
            if (const auto [first, is_new] = draft.logons.at(logon); is_new) first = seen.time;
        }
        moment.boot = static_cast<std::uint32_t>(boot);
        boots_[boot].first = std::min(boots_[boot].first, at_);
    }

    void note_stop(Draft& draft, const Moment& moment) {
        const bool first_of_this_stop = !draft.stopping || moment.at > *draft.stopping + kAfterlife;
        if (first_of_this_stop) draft.found.users_stopped = moment.seen->time;
        draft.stopping = moment.at;
        const Fact* const stop = log_.find(*moment.seen, "StopTime"_field);
        draft.found.boot.stopped = stop && stop->type == ValueType::Time
                                       ? Timestamp{static_cast<std::int64_t>(log_.number(*stop))}
                                       : moment.seen->time;
        note(draft, *moment.seen);
    }

    std::size_t boot_of_start(std::size_t boot, const Moment& moment, Sign sign) {
        const Observation& seen = *moment.seen;
        const auto [when, rank] = start_by(seen);
        if (log_.boot_mark(seen) == nullptr) {
            if (!is_start_of_current(seen, when, moment.at)) open(sign == Sign::StartAfterCrash ? seen.time : when);
            boot = current_;
        }
        Draft& draft = boots_[boot];
        if (!draft.opened) draft.opened = moment.at;
        draft.start_signs.emplace_back(seen.event_id, seen.time);
        if (sign == Sign::StartAfterCrash)
            draft.crashed_before = true;
        else
            set_started(draft, when, rank);
        if (seen.kind == Kind::Logon) draft.found.system_logon = seen.time;
        note(draft, seen);
        return boot;
    }

    std::size_t boot_of_sysmon(std::uint16_t number, const Moment& moment) {
        for (std::size_t i = boots_.size(); i-- > 0;)
            if (boots_[i].sysmon == number) return i;
        if (current().sysmon && number < *current().sysmon) {
            // Numbers count up: a lower one is of a boot before, of which no other Sysmon record has told.
            for (std::size_t i = current_; i-- > 0;) {
                if (boots_[i].sysmon) break;
                boots_[i].sysmon = number;
                return i;
            }
            return current_;
        }
        if (current().sysmon) {
            const auto start = time_of_sysmon_guid(log_.guid(moment.seen->process_guid));
            open(start ? std::min(*start, moment.seen->time) : moment.seen->time);
            note(current(), *moment.seen);
        }
        current().sysmon = number;
        current().first_of_sysmon = at_;
        return current_;
    }

    std::size_t boot_of_lsass(Timestamp start, const Moment& moment) {
        for (std::size_t i = boots_.size(); i-- > 0;)
            if (boots_[i].lsass && distance(*boots_[i].lsass, start) <= kLsassVaries) return i;
        if (current().lsass && start < *current().lsass) {
            for (std::size_t i = current_; i-- > 0;) {
                if (boots_[i].lsass) break;
                boots_[i].lsass = start;
                set_started(boots_[i], start, 3);
                return i;
            }
            return current_;
        }
        const Draft& draft = current();
        const bool before_all_of_it = draft.first == SIZE_MAX || timeline_[draft.first].at >= start - kSecond;
        const bool at_its_start = !draft.stopping && draft.opened && distance(*draft.opened, start) < kOneStart;
        if (draft.lsass || !(before_all_of_it || at_its_start)) {
            open(start);
            note(current(), *moment.seen);
        }
        current().lsass = start;
        set_started(current(), start, 3);
        return current_;
    }

    /// When the system's session that a program was started in began, by Sysmon's record: at each boot anew, and the
    /// same from then on.
    std::optional<Timestamp> start_of_systems_session(const Observation& seen) const {
        if (seen.kind != Kind::ProcessCreated || !LogonId(seen.target).is_well_known()) return std::nullopt;
        const Fact* const guid = log_.find(seen, "LogonGuid"_field);
        if (!guid || guid->type != ValueType::Guid || log_.channels()[seen.channel].role != ChannelRole::Sysmon)
            return std::nullopt;
        return time_of_sysmon_guid(log_.guid(guid->value));
    }

    std::size_t boot_of_systems_session(std::uint64_t session, Timestamp start, const Moment& moment) {
        for (std::size_t i = boots_.size(); i-- > 0;) {
            const auto known = boots_[i].systems_sessions.find(session);
            if (known != boots_[i].systems_sessions.end() && distance(known->second, start) <= kSecond) return i;
        }
        const auto known = current().systems_sessions.find(session);
        if (known == current().systems_sessions.end() || start < known->second || start > moment.at) return current_;
        open(start);
        note(current(), *moment.seen);
        set_started(current(), start, 1);
        return current_;
    }

    /// The logon id that this record shows as newly given out, 0 for none.
    static std::uint64_t new_logon_id(const Observation& seen) {
        if (seen.kind != Kind::Logon || LogonId(seen.target).is_well_known()) return 0;
        return seen.target;
    }

    /// True when this logon id cannot have been made in the boot that goes on: it was given out before, or higher ones
    /// were, longer ago than a logon can take. Only logons at the same time may be told in the wrong order, by a
    /// little.
    bool given_out_before(std::uint64_t logon, const Moment& moment) {
        const Draft& draft = current();
        if (const Timestamp* const before = draft.logons.find(logon))
            return distance(*before, moment.seen->time) > Duration::seconds(2);
        if (logon >= draft.highest_logon_id) return false;
        const std::uint64_t fall = draft.highest_logon_id - logon;
        return moment.at - draft.highest_at > kLogonTakes || fall > 0x400000 ||
               (fall > 0x8000 && logon < draft.highest_logon_id / 2);
    }

    std::vector<FoundBoot> finish() {
        std::vector<Timestamp> last_at(boots_.size(), Timestamp::earliest());
        for (const Moment& moment : timeline_) {
            Boot& boot = boots_[moment.boot].found.boot;
            boot.first_seen = std::min(boot.first_seen, moment.seen->time);
            boot.last_seen = std::max(boot.last_seen, moment.seen->time);
            last_at[moment.boot] = std::max(last_at[moment.boot], moment.at);
        }
        std::vector<FoundBoot> found;
        for (std::size_t i = 0; i < boots_.size(); ++i) {
            Draft& draft = boots_[i];
            Boot& boot = draft.found.boot;
            const bool last = i + 1 == boots_.size();
            // Records that go on long after a stop show that only the log service had stopped.
            const bool stopped = draft.stopping && last_at[i] <= *draft.stopping + kAfterlife;
            boot.host = log_.id();
            boot.sysmon_number = draft.sysmon;
            boot.stopped_cleanly = stopped || (!last && draft.stop_requested && !boots_[i + 1].crashed_before);
            boot.crashed = !stopped && !last && boots_[i + 1].crashed_before;
            draft.found.over = !last || stopped;
            if (!stopped) {
                draft.found.users_stopped.reset();
                boot.stopped.reset();
                if (!last) boot.stopped = draft.found.users_stopped = boot.last_seen;  // it ran at least until then
            }
            found.push_back(std::move(draft.found));
        }
        return found;
    }

    const HostLog& log_;
    Timeline& timeline_;
    bool host_says_more_than_6005_;
    std::vector<Draft> boots_;
    std::size_t current_ = 0;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<FoundBoot> find_boots(const HostLog& log, Timeline& timeline) { return BootFinder(log, timeline).run(); }

EventRef reference(const HostLog& log, const Observation& seen) {
    return {.host = log.id(),
            .channel = log.channels()[seen.channel].id,
            .event_id = seen.event_id,
            .sequence = seen.sequence,
            .time = seen.time};
}

}  // namespace spoor::sessions
