#include "ingest/conclude.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "sessions/attribution.h"
#include "sessions/host_log.h"
#include "sessions/tracker.h"
#include "trails/evidence/index.h"

namespace spoor::ingest {
namespace {

constexpr Duration kEvidenceBefore = Duration::seconds(24 * 3600);
constexpr Duration kEvidenceAfter = Duration::seconds(3600);

Timestamp shifted(Timestamp time, Duration by) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(time.nanoseconds, by.nanoseconds, &sum))
        return by.nanoseconds < 0 ? Timestamp::earliest() : Timestamp::latest();
    return {sum};
}

/// Does `work(0)` to `work(count - 1)` on some threads, each as soon as one is free; the first failure ends it.
Result<void> in_parallel(unsigned threads, std::size_t count, const std::function<Result<void>(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::optional<Error> failure;
    const auto run = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            const Result<void> done = work(i);
            if (done) continue;
            const std::scoped_lock lock(mutex);
            if (!failure) failure = done.error();
            next = count;
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) others.emplace_back(run);
        run();
    }
    if (failure) return std::unexpected(*failure);
    return {};
}

/// Lets threads through in the order of their numbers.
class Turns {
public:
    /// False when somebody before failed, and the turn will never come.
    bool wait(std::size_t number) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return next_ == number || broken_; });
        return !broken_;
    }
    void pass(bool well) {
        const std::scoped_lock lock(mutex_);
        ++next_;
        broken_ = broken_ || !well;
        changed_.notify_all();
    }
    void give_up() {
        const std::scoped_lock lock(mutex_);
        broken_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    bool broken_ = false;
};

/// Lets threads in, in the order of their numbers, while what they bring has room together. One alone always has.
class Room {
public:
    explicit Room(std::uint64_t size) : size_(size) {}

    /// False when somebody gave up.
    bool enter(std::size_t number, std::uint64_t brings) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || (next_ == number && (taken_ == 0 || taken_ + brings <= size_)); });
        if (closed_) return false;
        ++next_;
        taken_ += brings;
        changed_.notify_all();
        return true;
    }
    void leave(std::uint64_t brought) {
        const std::scoped_lock lock(mutex_);
        taken_ -= brought;
        changed_.notify_all();
    }
    void close() {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

private:
    const std::uint64_t size_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::uint64_t taken_ = 0;
    bool closed_ = false;
};

/// The numbers of the events that a HostLog holds, in the order in which each channel has them.
class EventNumbers {
public:
    struct Run {
        std::uint64_t first = 0;
        std::uint32_t count = 0;
        std::uint16_t channel = 0;  // of the HostLog
    };

    void add(std::uint64_t number, std::uint16_t channel) {
        if (!runs_.empty()) {
            Run& last = runs_.back();
            if (last.channel == channel && last.first + last.count == number && last.count < UINT32_MAX) {
                ++last.count;
                return;
            }
        }
        runs_.push_back({number, 1, channel});
    }
    std::span<const Run> runs() const { return runs_; }

private:
    std::vector<Run> runs_;
};

/// The first step: each host for itself.
class HostStep {
    /// Events of the hosts that are worked out at once: what is noted of an event takes some 150 bytes meanwhile.
    static constexpr std::uint64_t kEventsAtOnce = 3'000'000;

public:
    HostStep(store::Store& store, store::Conclusion& conclusion, std::vector<HostId> hosts, std::set<HostId> fresh)
        : store_(store),
          conclusion_(conclusion),
          hosts_(std::move(hosts)),
          fresh_(std::move(fresh)),
          lasting_(store.catalog()) {
        // Sessions are numbered in the order of names, so that it does not matter in which order logs came.
        std::ranges::sort(hosts_, {}, [&](HostId host) { return store.catalog().host_name(host); });
    }

    Result<void> run(unsigned threads) {
        std::map<HostId, std::uint64_t> events;
        for (const store::Holding& holding : TRY(store_.holdings()))
            if (fresh_.contains(holding.host)) events[holding.host] += holding.events;
        return in_parallel(threads, hosts_.size(), [&](std::size_t i) -> Result<void> {
            const auto known = events.find(hosts_[i]);
            const std::uint64_t brings = known == events.end() ? 0 : known->second;
            if (!room_.enter(i, brings)) return {};  // another thread has a failure to report
            Result<void> done = conclude(i);
            room_.leave(brings);
            if (!done) {
                turns_.give_up();
                room_.close();
            }
            return done;
        });
    }

    const trails::Evidence& lasting() const { return lasting_; }

private:
    Result<void> conclude(std::size_t place) {
        const HostId host = hosts_[place];
        trails::Evidence lasting(store_.catalog());
        History history;
        const bool fresh = fresh_.contains(host);
        if (fresh)
            TRY(work_out(host, lasting, history));
        else
            TRY(read_lasting(host, lasting));
        if (!turns_.wait(place)) return {};  // another thread has a failure to report
        const Result<void> written = fresh ? conclusion_.add(history) : conclusion_.keep(host);
        lasting_.add_lasting(lasting);
        turns_.pass(written.has_value());
        return written;
    }

    /// Reads the events of a host, once, and stamps them.
    Result<void> work_out(HostId host, trails::Evidence& lasting, History& history) {
        sessions::HostLog log(std::string(store_.catalog().host_name(host)), host);
        EventNumbers numbers;
        TRY(conclusion_.each_event(
            {.host = host}, [&](Batch& batch, std::span<const std::uint64_t> of_batch) -> Result<void> {
                for (std::size_t i = 0; i < batch.size(); ++i)
                    numbers.add(of_batch[i], log.add(batch, batch.events()[i], store_.catalog()).channel);
                lasting.observe(batch);
                lasting.forget_passing();
                return {};
            }));
        sessions::conclude(log, history);
        return stamp(log, numbers, sessions::Attribution(history));
    }

    /// What is kept of an event says all that its actor is found by.
    Result<void> stamp(const sessions::HostLog& log, const EventNumbers& numbers,
                       const sessions::Attribution& attribution) {
        constexpr std::size_t kStampsAtOnce = 2048;
        TRY(conclusion_.resolve(log.id()));
        std::vector<std::size_t> next(log.channels().size());
        std::vector<store::Conclusion::Stamp> stamps;
        for (const EventNumbers::Run& run : numbers.runs())
            for (std::uint64_t number = run.first; number < run.first + run.count; ++number) {
                const sessions::Observation& seen = log.channels()[run.channel].seen[next[run.channel]++];
                stamps.push_back({number, attribution.actor(log, seen)});
                if (stamps.size() < kStampsAtOnce) continue;
                TRY(conclusion_.stamp(log.id(), stamps));
                stamps.clear();
            }
        return conclusion_.stamp(log.id(), stamps);
    }

    Result<void> read_lasting(HostId host, trails::Evidence& lasting) {
        return conclusion_.each_event({.host = host, .kind = trails::Evidence::concerns},
                                      [&](Batch& batch, std::span<const std::uint64_t>) -> Result<void> {
                                          lasting.observe(batch);
                                          lasting.forget_passing();
                                          return {};
                                      });
    }

    store::Store& store_;
    store::Conclusion& conclusion_;
    std::vector<HostId> hosts_;
    std::set<HostId> fresh_;
    Turns turns_;
    Room room_{kEventsAtOnce};
    trails::Evidence lasting_;  // of all hosts; whose turn it is adds to it
};

/// A stretch of time that links are found for: from `from` on, before `until`.
struct Stretch {
    Timestamp from = Timestamp::earliest();
    Timestamp until = Timestamp::latest();

    bool is_all() const { return from == Timestamp::earliest() && until == Timestamp::latest(); }
    bool has(Timestamp time) const { return time >= from && (time < until || until == Timestamp::latest()); }
};

std::vector<Stretch> stretches_between(const std::vector<Timestamp>& cuts) {
    std::vector<Stretch> stretches(1);
    for (const Timestamp cut : cuts) {
        stretches.back().until = cut;
        stretches.push_back({.from = cut});
    }
    return stretches;
}

/// When what a link says was so: the last of its evidence.
Timestamp time_of(const Link& link, const History& history) {
    if (link.evidence.empty()) return trails::beginning(history.sessions[link.to]);
    return std::ranges::max(link.evidence, {}, &EventRef::time).time;
}

/// The second step: links of one stretch, and all that they were found by.
Result<store::Excerpt> link(store::Store& store, store::Conclusion& conclusion, const trails::Evidence& lasting,
                            const Stretch& stretch, Conclusions& drawn) {
    const Timestamp from = shifted(stretch.from, {-kEvidenceBefore.nanoseconds});
    const Timestamp until = shifted(stretch.until, kEvidenceAfter);
    drawn.evidence.add_lasting(lasting);
    TRY(conclusion.each_event(
        {.kind = [](Kind kind) { return trails::Evidence::concerns(kind) && !trails::Evidence::sets_up(kind); },
         .from = from,
         .until = until},
        [&](Batch& batch, std::span<const std::uint64_t>) -> Result<void> {
            drawn.evidence.observe(batch);
            return {};
        }));
    // What was seen here of addresses is among what was seen before.
    drawn.evidence.addresses = lasting.addresses;
    drawn.evidence.settle();
    std::vector<store::Conclusion::Moment> set_up;
    if (!stretch.is_all()) {
        const auto note = [&](const auto& rows) {
            // Much may be set up in one moment (by a package): what was there is asked for once.
            constexpr Duration kOneMoment = Duration::seconds(1);
            for (const auto& row : rows) {
                if (row.event.time >= from) continue;
                if (!set_up.empty() && set_up.back().host == row.event.host && row.event.time >= set_up.back().time &&
                    row.event.time - set_up.back().time < kOneMoment)
                    continue;
                set_up.push_back({row.event.host, row.event.time});
            }
        };
        note(drawn.evidence.services);
        note(drawn.evidence.tasks);
        note(drawn.evidence.wmi_subscriptions);
        note(drawn.evidence.job_files);
    }
    store::Excerpt excerpt = TRY(conclusion.excerpt(from, until, set_up));
    drawn.links = trails::find_links(excerpt.history, drawn.evidence, store.catalog());
    std::erase_if(drawn.links.links,
                  [&](const Link& link) { return !stretch.is_all() && !stretch.has(time_of(link, excerpt.history)); });
    return excerpt;
}

/// Turns the ends of links from places in an excerpt into numbers over all hosts.
void number(std::vector<Link>& links, const store::Excerpt& excerpt) {
    const auto renumber = [](std::uint32_t& place, const std::vector<std::uint32_t>& numbers) {
        if (place != kNobody) place = numbers[place];
    };
    for (Link& link : links) {
        renumber(link.from, excerpt.sessions);
        renumber(link.to, excerpt.sessions);
        renumber(link.process, excerpt.processes);
        renumber(link.to_process, excerpt.processes);
    }
}

Result<void> link_all(store::Store& store, store::Conclusion& conclusion, const trails::Evidence& lasting,
                      unsigned threads, std::uint64_t records_at_once) {
    const std::vector<Stretch> stretches = stretches_between(TRY(conclusion.cuts(records_at_once)));
    std::vector<std::vector<Link>> found(stretches.size());
    TextPool reasons;
    std::mutex mutex;
    const auto find = [&](std::size_t i) -> Result<void> {
        Conclusions drawn{.history = {}, .evidence = trails::Evidence(store.catalog()), .links = {}};
        const store::Excerpt excerpt = TRY(link(store, conclusion, lasting, stretches[i], drawn));
        number(drawn.links.links, excerpt);
        const std::scoped_lock lock(mutex);
        for (Link& link : drawn.links.links) link.reason = reasons.intern(link.reason);
        found[i] = std::move(drawn.links.links);
        return {};
    };
    TRY(in_parallel(threads, stretches.size(), find));
    return conclusion.add_links(trails::merge_links(std::move(found)));
}

}  // namespace

Result<void> conclude(store::Store& store, const Publisher& publisher, const ConcludeOptions& options) {
    const auto conclusion = TRY(store.begin_conclusion());
    const std::vector<HostId> fresh = TRY(conclusion->unresolved());
    if (fresh.empty()) return {};
    const unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    const std::vector<HostId> all = TRY(conclusion->hosts());
    HostStep hosts(store, *conclusion, all, {fresh.begin(), fresh.end()});
    TRY(hosts.run(threads));
    // What was pruned away is resolved: there is nothing to be said of it.
    for (const HostId host : fresh)
        if (std::ranges::find(all, host) == all.end()) TRY(conclusion->resolve(host));
    if (!publisher) {
        TRY(link_all(store, *conclusion, hosts.lasting(), threads, options.records_at_once));
        return conclusion->publish();
    }
    Conclusions drawn{.history = {}, .evidence = trails::Evidence(store.catalog()), .links = {}};
    store::Excerpt excerpt = TRY(link(store, *conclusion, hosts.lasting(), {}, drawn));
    drawn.history = std::move(excerpt.history);
    drawn.history.links = drawn.links.links;
    // Of the whole, places are numbers.
    TRY(conclusion->add_links(drawn.links.links));
    return publisher(std::move(drawn), [&] { return conclusion->publish(); });
}

}  // namespace spoor::ingest
