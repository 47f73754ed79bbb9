#include "server/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "findings/renewal.h"
#include "ingest/import.h"
#include "server/background.h"

namespace spoor::server {
namespace {

std::chrono::nanoseconds to_chrono(Duration duration) { return std::chrono::nanoseconds(duration.nanoseconds); }

/// The history alone, which keeps its texts.
std::shared_ptr<const History> history_of(const std::shared_ptr<const ingest::SharedHistory>& account) {
    return {account, &account->history};
}

}  // namespace

Keeper::Keeper(store::Store& store, Library& library, LiveFeed& live, const Clock& clock, KeeperOptions options)
    : store_(store), library_(library), live_(live), clock_(clock), options_(options) {
    writing_ = std::jthread([this](const std::stop_token& stop) { write(stop); });
    thinking_ = std::jthread([this](const std::stop_token& stop) { conclude(stop); });
}

Keeper::~Keeper() {
    thinking_.request_stop();
    thinking_.join();
    writing_.request_stop();
    writing_.join();
}

void Keeper::record(Batch batch, WhenFull when_full) {
    if (batch.empty()) return;
    const auto shared = std::make_shared<const Batch>(std::move(batch));
    live_.publish(shared);
    std::unique_lock lock(mutex_);
    counts_.recorded += shared->size();
    const auto has_room = [&] { return waiting_bytes_ < options_.most_waiting; };
    if (!has_room() && when_full == WhenFull::Drop) {
        counts_.dropped += shared->size();
        return;
    }
    changed_.wait(lock, writing_.get_stop_token(), has_room);
    waiting_.push_back(shared);
    waiting_bytes_ += shared->footprint();
    waiting_events_ += shared->size();
    if (waiting_events_ >= options_.commit_at) changed_.notify_all();
}

KeeperCounts Keeper::counts() const {
    const std::lock_guard lock(mutex_);
    KeeperCounts counts = counts_;
    counts.waiting = waiting_events_;
    return counts;
}

/// Adds and commits; `done` is how many of the batches the store has when this returns.
Result<void> Keeper::store_waiting(std::deque<std::shared_ptr<const Batch>>& batches, std::size_t& done) {
    if (!writer_) writer_ = TRY(store_.writer());
    std::uint64_t added = 0;
    std::uint64_t given = 0;
    for (const auto& batch : batches) {
        added += TRY(writer_->add(*batch));
        given += batch->size();
    }
    TRY(writer_->commit());
    done = batches.size();
    const std::lock_guard lock(mutex_);
    counts_.stored += added;
    counts_.known += given - added;
    unresolved_ = unresolved_ || added > 0;
    return {};
}

void Keeper::write(const std::stop_token& stop) {
    std::deque<std::shared_ptr<const Batch>> batches;  // what a failed commit left comes first again
    Timestamp last_retention = clock_.now();
    while (true) {
        {
            std::unique_lock lock(mutex_);
            const bool in_trouble = !counts_.trouble.empty();
            changed_.wait_for(lock, stop, to_chrono(in_trouble ? options_.retry_every : options_.commit_every),
                              [&] { return !in_trouble && waiting_events_ >= options_.commit_at; });
            // What is being written still counts as waiting: memory is bounded by that.
            batches = waiting_;
        }
        std::size_t done = 0;
        std::string trouble;
        if (!batches.empty()) {
            if (const Result<void> stored = store_waiting(batches, done); !stored) {
                trouble = stored.error().what;
                writer_.reset();  // takes back what it had added
            }
        }
        {
            const std::lock_guard lock(mutex_);
            for (; done > 0; --done) {
                waiting_bytes_ -= waiting_.front()->footprint();
                waiting_events_ -= waiting_.front()->size();
                waiting_.pop_front();
            }
            counts_.trouble = std::move(trouble);
            changed_.notify_all();
            if (stop.stop_requested() && (waiting_.empty() || !counts_.trouble.empty())) return;
        }
        if (clock_.now() - last_retention >= options_.retain_every) {
            last_retention = clock_.now();
            if (const Result<void> retained = retain(); !retained) {
                const std::lock_guard lock(mutex_);
                counts_.trouble = retained.error().what;
            }
        }
    }
}

/// Throws away what is beyond the limits. On the writing thread, which has no writer open meanwhile.
Result<void> Keeper::retain() {
    if (!options_.keep_for && !options_.keep_bytes) return {};
    const std::unique_lock clearing(clearing_);
    writer_.reset();
    store::Retention retention{.larger_than = options_.keep_bytes};
    if (options_.keep_for) retention.older_than = clock_.now() - *options_.keep_for;
    const auto lease = library_.lease();
    const std::uint64_t dropped = TRY(store_.prune(retention));
    const std::lock_guard lock(mutex_);
    unresolved_ = unresolved_ || dropped > 0;
    return {};
}

void Keeper::conclude(const std::stop_token& stop) {
    Duration pause{};
    if (const Result<void> read = read_up(); !read) {
        const std::lock_guard lock(mutex_);
        counts_.trouble = read.error().what;
    }
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, stop, to_chrono(std::max(pause, options_.conclude_every)), [&] { return hurry_; });
            if (stop.stop_requested()) return;
            hurry_ = false;
            if (!unresolved_) continue;
        }
        const Timestamp begun = clock_.now();
        const Result<void> done = conclude_now();
        const Duration took = clock_.now() - begun;
        pause = Duration{took.nanoseconds * options_.conclude_pause};
        const std::lock_guard lock(mutex_);
        counts_.conclusion_took = took;
        if (!done && !stop.stop_requested()) counts_.trouble = done.error().what;
    }
}

/// What an earlier run concluded stands in the store, apart from its findings, which cost no more than reading once.
Result<void> Keeper::read_up() {
    const std::shared_lock clearing(clearing_);
    const std::lock_guard concluding(concluding_);
    const auto view =
        TRY(store_.begin_conclusion(thinking_.get_stop_token()));  // what comes from now on is for the next
    History history = TRY(in_background([&] { return store_.read_history(); }));
    std::shared_ptr<const ingest::SharedHistory> account;
    const auto knowledge = in_background([&] {
        account = ingest::share(std::move(history));
        return knowledge_of(account);
    });
    {
        auto lease = library_.lease();
        store_.take_up(history_of(account));
        lease.learn({.knowledge = knowledge, .findings = nullptr});
    }
    auto read = TRY(in_background([&] { return ingest::read_up(*view, account, store_.catalog()); }));
    if (!read) return {};  // a conclusion comes next
    past_ = std::move(read->past);
    const auto found = in_background([&] { return look_for_findings(*knowledge, read->evidence); });
    library_.lease().learn({knowledge, std::make_shared<const Findings>(found)});
    return {};
}

std::shared_ptr<const Knowledge> Keeper::knowledge_of(const std::shared_ptr<const ingest::SharedHistory>& account) {
    return std::make_shared<const Knowledge>(history_of(account), store_.catalog());
}

Keeper::Findings Keeper::look_for_findings(const Knowledge& knowledge, const trails::Evidence& evidence) const {
    return findings::find(knowledge.history(), knowledge.links(), evidence, store_.catalog(), options_.findings);
}

Keeper::Findings Keeper::renewed_findings(const Knowledge& knowledge, const ingest::Drawn& drawn) const {
    Findings found = look_for_findings(knowledge, drawn.evidence);
    const auto before = library_.known().findings;
    if (drawn.since == Timestamp::earliest() || before == nullptr) return found;
    return findings::renew(std::move(found), *before, drawn.since, drawn.sessions, store_.catalog());
}

/// All but to publish it is done in the background.
Result<void> Keeper::conclude_now() {
    const std::shared_lock clearing(clearing_);
    const std::lock_guard concluding(concluding_);
    {
        const std::lock_guard lock(mutex_);
        unresolved_ = false;
    }
    Result<void> done = draw_and_publish();
    if (!done) {
        const std::lock_guard lock(mutex_);
        unresolved_ = true;
    }
    return done;
}

Result<void> Keeper::draw_and_publish() {
    // Others' answers need a processor, too.
    const ingest::ConcludeOptions options{.threads = std::max(1u, std::thread::hardware_concurrency() / 2),
                                          .stop = thinking_.get_stop_token()};
    auto drawn = TRY(in_background([&] { return ingest::draw(store_, past_ ? &*past_ : nullptr, options); }));
    if (!drawn) return {};
    Known known;
    in_background([&] {
        known.knowledge = knowledge_of(drawn->past.account);
        known.findings = std::make_shared<const Findings>(renewed_findings(*known.knowledge, *drawn));
        return true;
    });
    {
        auto lease = library_.lease();
        TRY(drawn->writing->publish());
        store_.take_up(history_of(drawn->past.account));
        lease.learn(std::move(known));
    }
    past_ = std::move(drawn->past);
    const std::lock_guard lock(mutex_);
    ++counts_.conclusions;
    return {};
}

Result<std::string> Keeper::import(const std::string& path, ImportCounts& counts) {
    std::string first_issue;
    ingest::ImportListener listener;
    listener.issue = [&](const sources::Issue& issue) {
        // Without the path: it is that of the spool.
        if (first_issue.empty()) first_issue = issue.place.empty() ? issue.what : issue.place + ": " + issue.what;
    };
    listener.progress = [&](const sources::Progress& progress) {
        counts.bytes_read = progress.bytes_done;
        counts.events = progress.events;
    };
    const std::string paths[] = {path};
    ingest::ImportTotals totals;
    {
        const std::shared_lock clearing(clearing_);
        totals = TRY(ingest::read_into(store_, paths, {.most_unpacked_bytes = options_.most_unpacked}, listener));
    }
    counts.events = totals.read.events;
    if (totals.read.events == 0)
        return fail(Errc::Unsupported, first_issue.empty() ? "there is no event in it" : first_issue);
    {
        const std::lock_guard lock(mutex_);
        unresolved_ = hurry_ = true;
        changed_.notify_all();
    }
    std::string said = fmt::format("{} events, {} of them new", totals.read.events, totals.added);
    if (totals.read.issues > 0)
        said += fmt::format("; {} places could not be read as they should: {}", totals.read.issues, first_issue);
    return said;
}

}  // namespace spoor::server
