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
    /// Hosts in the order of their numbers. With a past, what is lasting of hosts without new events is known, and the
    /// histories of the others are collected.
    HostStep(store::Store& store, store::Conclusion& conclusion, std::vector<HostId> hosts, std::set<HostId> fresh,
             const Past* past = nullptr)
        : store_(store),
          conclusion_(conclusion),
          hosts_(std::move(hosts)),
          fresh_(std::move(fresh)),
          past_(past),
          lasting_(store.catalog()) {
        if (past_ != nullptr) lasting_.add_lasting(past_->lasting, fresh_);
    }

    Result<void> run(unsigned threads) {
        const std::map<HostId, std::uint64_t> events = conclusion_.event_counts();
        return in_parallel(threads, hosts_.size(), [&](std::size_t i) -> Result<void> {
            const auto known = events.find(hosts_[i]);
            const std::uint64_t brings = known == events.end() || !fresh_.contains(hosts_[i]) ? 0 : known->second;
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

    trails::Evidence& lasting() { return lasting_; }
    std::vector<std::pair<HostId, History>> take_histories() { return std::move(histories_); }

private:
    Result<void> conclude(std::size_t place) {
        const HostId host = hosts_[place];
        trails::Evidence lasting(store_.catalog());
        History history;
        const bool fresh = fresh_.contains(host);
        if (fresh)
            TRY(work_out(host, lasting, history));
        else if (past_ == nullptr)
            TRY(read_lasting(host, lasting));
        if (!turns_.wait(place)) return {};  // another thread has a failure to report
        const Result<void> written = fresh ? conclusion_.add(history) : conclusion_.keep(host);
        lasting_.add_lasting(lasting);
        if (fresh && past_ != nullptr) histories_.emplace_back(host, std::move(history));
        turns_.pass(written.has_value());
        return written;
    }

    /// Reads the events of a host, once, and stamps them.
    Result<void> work_out(HostId host, trails::Evidence& evidence, History& history) {
        constexpr std::size_t kRowsAtOnce = 32 * 1024;
        sessions::HostLog log(std::string(store_.catalog().host_name(host)), host);
        EventNumbers numbers;
        TRY(conclusion_.each_event(
            {.host = host}, [&](Batch& batch, std::span<const std::uint64_t> of_batch) -> Result<void> {
                for (std::size_t i = 0; i < batch.size(); ++i)
                    numbers.add(of_batch[i], log.add(batch, batch.events()[i], store_.catalog()).channel);
                evidence.observe(batch);
                return evidence.passing_rows() < kRowsAtOnce ? Result<void>() : put_by(host, evidence.take_passing());
            }));
        TRY(put_by(host, evidence.take_passing()));
        const store::EvidencePage lasting[] = {{.span = {}, .bytes = evidence.lasting_page()}};
        TRY(conclusion_.add_evidence(host, lasting));
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

    Result<void> put_by(HostId host, std::vector<trails::EvidencePage> evidence) {
        std::vector<store::EvidencePage> pages;
        for (trails::EvidencePage& page : evidence)
            pages.push_back({.span = {{page.first, page.last}}, .bytes = std::move(page.bytes)});
        return conclusion_.add_evidence(host, pages);
    }

    Result<void> read_lasting(HostId host, trails::Evidence& lasting) {
        if (TRY(conclusion_.with_evidence()).contains(host))
            return conclusion_.each_evidence_page({.host = host, .within = {}, .timeless = true},
                                                  [&](std::string_view page) { return lasting.add_page(page); });
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
    const Past* const past_;
    std::vector<std::pair<HostId, History>> histories_;
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

/// The whole hours that links of a stretch may have their evidence in.
store::EvidencePage::Span evidence_span(const Stretch& stretch) {
    constexpr std::int64_t kGrain = trails::Evidence::kGrain.nanoseconds;
    const auto since_hour = [](Timestamp time) { return (time.nanoseconds % kGrain + kGrain) % kGrain; };
    const Timestamp first = shifted(stretch.from, {-kEvidenceBefore.nanoseconds});
    const Timestamp last = shifted(stretch.until, kEvidenceAfter);
    return {shifted(first, {-since_hour(first)}), shifted(last, {kGrain - 1 - since_hour(last)})};
}

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

/// Gives what was there in a span of time, or when something was set up that ran then.
using Excerpts = std::function<Result<store::Excerpt>(Timestamp from, Timestamp until,
                                                      std::span<const store::Conclusion::Moment> moments)>;

/// Links found for a stretch of time, and what they were found by.
struct Found {
    store::Excerpt excerpt = {};
    trails::Evidence evidence;
    std::vector<Link> links = {};
};

/// The second step: links of one stretch.
Result<Found> link(store::Store& store, store::Conclusion& conclusion, const trails::Evidence& lasting,
                   const Stretch& stretch, const Excerpts& excerpts) {
    Found drawn{.evidence = trails::Evidence(store.catalog())};
    const auto [from, until] = evidence_span(stretch);
    drawn.evidence.add_lasting(lasting);
    TRY(conclusion.each_evidence_page({.host = {}, .within = {{from, until}}}, [&, from, until](std::string_view page) {
        return drawn.evidence.add_page(page, from, until);
    }));
    std::set<HostId> with_evidence = TRY(conclusion.with_evidence());
    TRY(conclusion.each_event(
        {.except = std::move(with_evidence),
         .kind = [](Kind kind) { return trails::Evidence::concerns(kind) && !trails::Evidence::sets_up(kind); },
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
    drawn.excerpt = TRY(excerpts(from, until, set_up));
    drawn.links = trails::find_links(drawn.excerpt.history, drawn.evidence, store.catalog()).links;
    std::erase_if(drawn.links, [&](const Link& link) {
        return !stretch.is_all() && !stretch.has(time_of(link, drawn.excerpt.history));
    });
    return drawn;
}

/// Turns the ends of links into other numbers.
void number(std::vector<Link>& links, std::span<const std::uint32_t> sessions,
            std::span<const std::uint32_t> processes) {
    const auto renumber = [](std::uint32_t& place, std::span<const std::uint32_t> numbers) {
        if (place != kNobody) place = numbers[place];
    };
    for (Link& link : links) {
        renumber(link.from, sessions);
        renumber(link.to, sessions);
        renumber(link.process, processes);
        renumber(link.to_process, processes);
    }
}

void keep_reasons(std::vector<Link>& links, TextPool& reasons) {
    for (Link& link : links) link.reason = reasons.intern(link.reason);
}

Excerpts written_in(store::Conclusion& conclusion) {
    return [&](Timestamp from, Timestamp until, std::span<const store::Conclusion::Moment> moments) {
        return conclusion.excerpt(from, until, moments);
    };
}

Result<void> link_all(store::Store& store, store::Conclusion& conclusion, const trails::Evidence& lasting,
                      unsigned threads, std::uint64_t records_at_once) {
    const std::vector<Stretch> stretches = stretches_between(TRY(conclusion.cuts(records_at_once)));
    std::vector<std::vector<Link>> links(stretches.size());
    TextPool reasons;
    std::mutex mutex;
    const auto find = [&](std::size_t i) -> Result<void> {
        Found found = TRY(link(store, conclusion, lasting, stretches[i], written_in(conclusion)));
        number(found.links, found.excerpt.sessions, found.excerpt.processes);
        const std::scoped_lock lock(mutex);
        keep_reasons(found.links, reasons);
        links[i] = std::move(found.links);
        return {};
    };
    TRY(in_parallel(threads, stretches.size(), find));
    return conclusion.add_links(trails::merge_links(std::move(links)));
}

unsigned threads_of(const ConcludeOptions& options) {
    return options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
}

/// Sessions are numbered in the order of names, so that it does not matter in which order logs came.
void sort_by_name(std::vector<HostId>& hosts, const Catalog& catalog) {
    std::ranges::sort(hosts, {}, [&](HostId host) { return catalog.host_name(host); });
}

/// The first step of a conclusion from the beginning.
Result<trails::Evidence> work_out_hosts(store::Store& store, store::Conclusion& conclusion,
                                        const std::vector<HostId>& fresh, unsigned threads) {
    std::vector<HostId> all = TRY(conclusion.hosts());
    sort_by_name(all, store.catalog());
    HostStep hosts(store, conclusion, all, {fresh.begin(), fresh.end()});
    TRY(hosts.run(threads));
    // What was pruned away is resolved: there is nothing to be said of it.
    for (const HostId host : fresh)
        if (std::ranges::find(all, host) == all.end()) TRY(conclusion.resolve(host));
    return std::move(hosts.lasting());
}

/// Conclusions from the beginning, all in memory.
Result<Drawn> draw_all(store::Store& store, std::unique_ptr<store::Conclusion> writing,
                       const std::vector<HostId>& fresh, unsigned threads) {
    trails::Evidence lasting = TRY(work_out_hosts(store, *writing, fresh, threads));
    Found found = TRY(link(store, *writing, lasting, {}, written_in(*writing)));
    // Of the whole, places are numbers.
    TRY(writing->add_links(found.links));
    found.excerpt.history.links = std::move(found.links);
    lasting.settle();
    std::vector<trails::AddressSighting> addresses = lasting.addresses;
    return Drawn{
        .past = {share(std::move(found.excerpt.history)), std::move(lasting), std::move(addresses), writing->extent()},
        .evidence = std::move(found.evidence),
        .writing = std::move(writing)};
}

/// The hosts of a past that have no new events, in the order of their numbers; nothing when some are gone.
std::optional<std::vector<HostId>> kept_hosts(const Past& past, const std::set<HostId>& all,
                                              const std::set<HostId>& fresh) {
    std::vector<HostId> kept;
    std::set<HostId> rest = all;
    for (const HostId host : hosts_in(past.account->history)) {
        if (rest.erase(host) == 0) return std::nullopt;
        if (!fresh.contains(host)) kept.push_back(host);
    }
    for (const HostId host : rest)
        if (!fresh.contains(host)) kept.push_back(host);  // nothing is known of it
    return kept;
}

/// From when on links are to be found anew: before the change by as much as evidence may lie behind it, and so that no
/// link's evidence lies on both sides.
Timestamp cut_before(Timestamp changed, const std::vector<Link>& links, const History& history) {
    Timestamp cut = shifted(changed, {-kEvidenceAfter.nanoseconds});
    for (bool moved = true; moved;) {
        moved = false;
        for (const Link& link : links) {
            if (link.evidence.empty() || time_of(link, history) < cut) continue;
            const Timestamp first = std::ranges::min(link.evidence, {}, &EventRef::time).time;
            moved = moved || first < cut;
            cut = std::min(cut, first);
        }
    }
    return cut;
}

/// Links that stay and links that were found, in the order in which they are kept: by the session that they lead to.
std::vector<Link> join(std::vector<Link> stay, std::vector<Link> found) {
    std::set<std::uint32_t> touched;
    for (const Link& link : found) touched.insert(link.to);
    const auto rest = std::ranges::stable_partition(stay, [&](const Link& link) { return !touched.contains(link.to); });
    std::vector<std::vector<Link>> both(2);
    both[0].assign(std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
    both[1] = std::move(found);
    stay.erase(rest.begin(), rest.end());
    std::ranges::move(trails::merge_links(std::move(both)), std::back_inserter(stay));
    std::ranges::stable_sort(stay, {}, &Link::to);
    return stay;
}

/// Conclusions that go on from what is known; nothing when that does not do.
Result<std::optional<Drawn>> draw_further(store::Store& store, std::unique_ptr<store::Conclusion> writing,
                                          const Past& past, const std::set<HostId>& fresh, unsigned threads) {
    const std::vector<HostId> all = TRY(writing->hosts());
    const auto kept = kept_hosts(past, {all.begin(), all.end()}, fresh);
    const auto first_new = TRY(writing->first_since(past.extent));
    if (!kept || !first_new || kept->size() + fresh.size() != all.size()) return std::nullopt;
    std::vector<HostId> hosts(fresh.begin(), fresh.end());
    sort_by_name(hosts, store.catalog());
    hosts.insert(hosts.begin(), kept->begin(), kept->end());

    HostStep step(store, *writing, hosts, fresh, &past);
    TRY(step.run(threads));
    step.lasting().settle();
    // Who had an address matters to all that ever came from there.
    if (tells_otherwise(past.addresses, step.lasting().addresses)) return std::nullopt;

    const History& before = past.account->history;
    Renewed renewed = renew(*past.account, *kept, step.take_histories());
    History& history = renewed.account.history;
    const Timestamp cut = cut_before(std::min(*first_new, renewed.changed), before.links, before);
    Found found = TRY(link(store, *writing, step.lasting(), {.from = cut},
                           [&](Timestamp from, Timestamp, std::span<const store::Conclusion::Moment> moments)
                               -> Result<store::Excerpt> { return excerpt_of(history, from, moments); }));
    number(found.links, found.excerpt.sessions, found.excerpt.processes);
    std::vector<Link> stay;
    for (const Link& link : before.links)
        if (time_of(link, before) < cut) stay.push_back(link);
    number(stay, renewed.sessions, renewed.processes);
    std::erase_if(stay, [](const Link& link) { return link.from == kNobody || link.to == kNobody; });
    history.links = join(std::move(stay), std::move(found.links));
    auto reasons = std::make_shared<TextPool>();
    keep_reasons(history.links, *reasons);
    renewed.account.reasons = std::move(reasons);
    TRY(writing->add_links(history.links));
    std::vector<trails::AddressSighting> addresses = step.lasting().addresses;
    return Drawn{.past = {std::make_shared<const SharedHistory>(std::move(renewed.account)), std::move(step.lasting()),
                          std::move(addresses), writing->extent()},
                 .evidence = std::move(found.evidence),
                 .since = cut,
                 .sessions = std::move(renewed.sessions),
                 .writing = std::move(writing)};
}

}  // namespace

Result<void> conclude(store::Store& store, const ConcludeOptions& options) {
    const auto conclusion = TRY(store.begin_conclusion(options.stop));
    const std::vector<HostId> fresh = TRY(conclusion->unresolved());
    if (fresh.empty()) return {};
    const unsigned threads = threads_of(options);
    const trails::Evidence lasting = TRY(work_out_hosts(store, *conclusion, fresh, threads));
    TRY(link_all(store, *conclusion, lasting, threads, options.records_at_once));
    return conclusion->publish();
}

Result<std::optional<Drawn>> draw(store::Store& store, const Past* past, const ConcludeOptions& options) {
    for (const bool further : {true, false}) {
        if (further && past == nullptr) continue;
        std::unique_ptr<store::Conclusion> writing = TRY(store.begin_conclusion(options.stop));
        const std::vector<HostId> fresh = TRY(writing->unresolved());
        if (fresh.empty()) return std::nullopt;
        if (!further) return TRY(draw_all(store, std::move(writing), fresh, threads_of(options)));
        auto drawn =
            TRY(draw_further(store, std::move(writing), *past, {fresh.begin(), fresh.end()}, threads_of(options)));
        if (drawn) return drawn;
    }
    return std::nullopt;
}

Result<std::optional<ReadUp>> read_up(store::Conclusion& view, std::shared_ptr<const SharedHistory> account,
                                      Catalog& catalog) {
    const auto concluded = TRY(view.concluded());
    if (!concluded) return std::nullopt;
    const auto first_new = TRY(view.first_since(*concluded));
    if (!first_new) return std::nullopt;
    trails::Evidence evidence(catalog);
    TRY(view.each_evidence_page(
        {.host = {}, .within = {{Timestamp::earliest(), Timestamp::latest()}}, .timeless = true},
        [&](std::string_view page) { return evidence.add_page(page); }));
    const std::set<HostId> with_evidence = TRY(view.with_evidence());
    const auto observe = [&](Timestamp from, Timestamp until) {
        return view.each_event(
            {.except = with_evidence, .kind = trails::Evidence::concerns, .from = from, .until = until},
            [&](Batch& batch, std::span<const std::uint64_t>) -> Result<void> {
                evidence.observe(batch);
                return {};
            });
    };
    const auto lasting_so_far = [&] {
        trails::Evidence lasting(catalog);
        lasting.add_lasting(evidence);
        lasting.settle();
        return lasting;
    };
    // The addresses of what was not concluded about must not pass for known ones.
    TRY(observe(Timestamp::earliest(), shifted(*first_new, Duration{-1})));
    std::vector<trails::AddressSighting> addresses = lasting_so_far().addresses;
    TRY(observe(*first_new, Timestamp::latest()));
    trails::Evidence lasting = lasting_so_far();
    evidence.settle();
    return ReadUp{.past = {std::move(account), std::move(lasting), std::move(addresses), *concluded},
                  .evidence = std::move(evidence)};
}

}  // namespace spoor::ingest
