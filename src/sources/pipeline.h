// Pipeline: does pieces of work on several threads and hands on what comes of them in the order they were given.
//
// One thread owns it: that thread submits work, and it is there that the results are delivered. At most a few pieces
// for each thread are under way, so memory stays bounded and a slow receiver slows the reading. With one thread the
// work is done where it is submitted, without any hand-over. What the receiver leaves of a result is filled again.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace spoor::sources {

/// Worker is what each thread has to work with; Result what a piece of work gives. Its `clear()` makes a delivered one
/// as good as new, with what it still has of its memory.
template <typename Worker, typename Result>
class Pipeline {
public:
    using Work = std::function<void(Worker&, Result&)>;
    using Deliver = std::function<void(Result&&)>;

    Pipeline(unsigned threads, const std::function<std::unique_ptr<Worker>()>& make_worker, Deliver deliver)
        : most_under_way_(threads * 2 + 1), deliver_(std::move(deliver)) {
        if (threads <= 1) {
            own_worker_ = make_worker();
            return;
        }
        for (unsigned i = 0; i < threads; ++i)
            threads_.emplace_back([this, worker = std::shared_ptr<Worker>(make_worker())] { run(*worker); });
    }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    ~Pipeline() {
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

    /// Gives a piece of work. May first deliver results that are ready, or wait for one.
    void submit(Work work) {
        if (own_worker_) {
            work(*own_worker_, own_result_);
            deliver_(std::move(own_result_));
            return own_result_.clear();
        }
        {
            const std::scoped_lock lock(mutex_);
            std::unique_ptr<Piece> piece;
            if (spare_.empty()) {
                piece = std::make_unique<Piece>();
            } else {
                piece = std::move(spare_.back());
                spare_.pop_back();
            }
            piece->work = std::move(work);
            piece->state = State::Waiting;
            pieces_.push_back(std::move(piece));
        }
        changed_.notify_all();
        deliver_while([this] { return pieces_.size() >= most_under_way_ || pieces_.front()->state == State::Done; });
    }

    /// Waits for all that is under way and delivers it.
    void finish() {
        deliver_while([] { return true; });
    }

private:
    enum class State { Waiting, Running, Done };
    struct Piece {
        Work work;
        Result result;
        State state = State::Waiting;
    };

    template <typename Wanted>
    void deliver_while(Wanted wanted) {
        std::unique_lock lock(mutex_);
        while (!pieces_.empty() && wanted()) {
            changed_.wait(lock, [this] { return pieces_.front()->state == State::Done; });
            std::unique_ptr<Piece> piece = std::move(pieces_.front());
            pieces_.pop_front();
            lock.unlock();
            deliver_(std::move(piece->result));
            piece->result.clear();
            lock.lock();
            spare_.push_back(std::move(piece));
        }
    }

    void run(Worker& worker) {
        std::unique_lock lock(mutex_);
        for (;;) {
            Piece* piece = nullptr;
            changed_.wait(lock, [&] {
                for (const auto& candidate : pieces_)
                    if (candidate->state == State::Waiting) {
                        piece = candidate.get();
                        return true;
                    }
                return stopping_;
            });
            if (!piece) return;
            piece->state = State::Running;
            lock.unlock();
            piece->work(worker, piece->result);
            piece->work = nullptr;
            lock.lock();
            piece->state = State::Done;
            changed_.notify_all();
        }
    }

    const std::size_t most_under_way_;
    const Deliver deliver_;
    std::unique_ptr<Worker> own_worker_;
    Result own_result_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Piece>> pieces_;
    std::vector<std::unique_ptr<Piece>> spare_;  // delivered
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace spoor::sources
