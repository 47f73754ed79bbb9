#include "ingest/import.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "ingest/conclude.h"

namespace spoor::ingest {
namespace {

/// A writer commits at so many events at most, or so much memory. They are two of DuckDB's row groups: one more event
/// would make a third, which every checkpoint joins with others and writes anew.
constexpr std::uint64_t kEventsPerCommit = 245'760;
constexpr std::uint64_t kBytesPerCommit = 128u << 20;

/// Hands batches from the thread that reads to those that write; reading waits while they have enough to do.
class WriterPool final : public sources::Sink {
public:
    WriterPool(store::Store& store, const ImportListener& listener) : store_(store), listener_(listener) {}

    Result<void> start(unsigned count) {
        for (unsigned i = 0; i < count; ++i) writers_.push_back(TRY(store_.writer()));
        for (const auto& writer : writers_) threads_.emplace_back([this, &writer = *writer] { run(writer); });
        return {};
    }

    /// Waits until all is committed.
    Result<void> finish() {
        stop();
        if (failure_) return std::unexpected(*failure_);
        return {};
    }

    ~WriterPool() override { stop(); }

    sources::Flow take(sources::Portion&& portion) override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_.size() < threads_.size() * 2 || failure_; });
        if (failure_) return sources::Flow::Stop;
        waiting_.push_back(std::move(portion.batch));
        changed_.notify_all();
        return sources::Flow::GoOn;
    }
    void report(const sources::Issue& issue) override {
        if (listener_.issue) listener_.issue(issue);
    }
    void progress(const sources::Progress& progress) override {
        if (listener_.progress) listener_.progress(progress);
    }

    std::uint64_t added() const { return added_; }
    std::uint64_t duplicates() const { return duplicates_; }

private:
    std::optional<Batch> next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !waiting_.empty() || ended_ || failure_; });
        if (waiting_.empty() || failure_) return std::nullopt;
        Batch batch = std::move(waiting_.front());
        waiting_.pop_front();
        changed_.notify_all();
        return batch;
    }

    Result<void> write(store::Writer& writer) {
        std::uint64_t uncommitted = 0;
        const auto commit = [&]() -> Result<void> {
            TRY(writer.commit());
            const std::uint64_t sum = committed_ += std::exchange(uncommitted, 0);
            if (listener_.committed) listener_.committed(sum);
            return {};
        };
        while (const std::optional<Batch> batch = next()) {
            if (uncommitted > 0 && writer.pending() + batch->size() > kEventsPerCommit) TRY(commit());
            const std::uint64_t added = TRY(writer.add(*batch));
            added_ += added;
            uncommitted += added;
            duplicates_ += batch->size() - added;
            if (writer.footprint() >= kBytesPerCommit) TRY(commit());
        }
        return uncommitted > 0 ? commit() : Result<void>();
    }

    void run(store::Writer& writer) {
        const Result<void> done = write(writer);
        if (done) return;
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = done.error();
        changed_.notify_all();
    }

    void stop() {
        {
            const std::scoped_lock lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

    store::Store& store_;
    const ImportListener& listener_;
    std::vector<std::unique_ptr<store::Writer>> writers_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Batch> waiting_;
    bool ended_ = false;
    std::optional<Error> failure_;
    std::atomic<std::uint64_t> added_ = 0;
    std::atomic<std::uint64_t> duplicates_ = 0;
    std::atomic<std::uint64_t> committed_ = 0;
};

/// Batches are filled by some threads and let go by others, so that malloc keeps what reading took, in an arena for
/// each of them, while concluding takes its own from elsewhere.
void give_memory_back() { ::malloc_trim(0); }

unsigned one_a_core(unsigned wanted) { return wanted ? wanted : std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace

Result<ImportTotals> read_into(store::Store& store, std::span<const std::string> paths, const ImportOptions& options,
                               const ImportListener& listener) {
    ImportTotals totals;
    WriterPool pool(store, listener);
    TRY(pool.start(one_a_core(options.writers)));
    totals.read = sources::read(paths, store.catalog(),
                                {.threads = options.readers, .most_unpacked_bytes = options.most_unpacked_bytes}, pool);
    TRY(pool.finish());
    totals.added = pool.added();
    totals.duplicates = pool.duplicates();
    return totals;
}

Result<ImportTotals> import(store::Store& store, std::span<const std::string> paths, const ImportOptions& options,
                            const ImportListener& listener) {
    const ImportTotals totals = TRY(read_into(store, paths, options, listener));
    if (listener.concluding) listener.concluding();
    give_memory_back();
    TRY(conclude(store));
    return totals;
}

}  // namespace spoor::ingest
