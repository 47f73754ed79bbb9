#include "server/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "server/background.h"

namespace spoor::server {
namespace {

constexpr std::size_t kMostKept = 32;
constexpr std::size_t kLargestKept = 4u << 20;      // bytes of one answer
constexpr std::uintmax_t kLargestFile = 64u << 20;  // that is believed
constexpr Duration kStale = Duration::seconds(5);
constexpr std::chrono::milliseconds kPatience{100};  // what is made anew in that time is worth waiting for
constexpr std::int64_t kGoodFor = 30;                // times what it took
constexpr std::string_view kFileBegins = "spoor answers 1\n";

}  // namespace

Answers::Answers(const Clock& clock, std::function<std::uint64_t()> edition, std::string file)
    : clock_(clock), edition_(std::move(edition)), file_(std::move(file)) {
    read();
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Answers::~Answers() {
    thread_.request_stop();
    thread_.join();
    write();
}

/// While no event comes, else for a while, and the longer the more it took, so that a page that is open does not keep
/// the server busy.
bool Answers::is_good(const Kept& kept) const {
    const Duration age = clock_.now() - kept.made;
    if (kept.made != Timestamp{} && (age < kStale || age.nanoseconds / kGoodFor < kept.took.nanoseconds)) return true;
    return edition_() == kept.edition;
}

Result<Answer> Answers::ask(const std::string& key, const Make& make) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return kept_.contains(key) || !making_.contains(key); });
    const auto known = kept_.find(key);
    if (known == kept_.end()) return Answer{.text = TRY(this->make(lock, key, make))};
    known->second.asked = ++questions_;
    if (is_good(known->second)) return Answer{.text = known->second.text};
    Answer old{.text = known->second.text, .renewing = true};
    const std::uint64_t made_before = makings_;
    renew(key, make);
    changed_.wait_for(lock, kPatience, [&] { return makings_ != made_before && !making_.contains(key); });
    const auto renewed = kept_.find(key);
    if (renewed == kept_.end() || !is_good(renewed->second)) return old;
    return Answer{.text = renewed->second.text};
}

void Answers::prepare(const std::string& key, Make make) {
    const std::lock_guard lock(mutex_);
    lasting_.insert(key);
    if (const auto known = kept_.find(key); known == kept_.end() || !is_good(known->second)) renew(key, make);
}

/// Under the lock, which is let go while `make` works.
Result<std::string> Answers::make(std::unique_lock<std::mutex>& lock, const std::string& key, const Make& make) {
    making_.insert(key);
    lock.unlock();
    const Timestamp begun = clock_.now();
    const std::uint64_t edition = edition_();
    Result<std::string> text = make();
    const Timestamp now = clock_.now();
    lock.lock();
    making_.erase(key);
    ++makings_;
    kept_.erase(key);
    if (text) keep(key, {.text = *text, .edition = edition, .made = now, .took = now - begun});
    changed_.notify_all();
    return text;
}

void Answers::renew(const std::string& key, const Make& make) {
    if (making_.contains(key) || std::ranges::find(tasks_, key, &Task::key) != tasks_.end()) return;
    tasks_.push_back({key, make});
    changed_.notify_all();
}

void Answers::keep(const std::string& key, Kept kept) {
    if (kept.text.size() > kLargestKept) return;
    kept.asked = ++questions_;
    kept_[key] = std::move(kept);
    if (kept_.size() <= kMostKept) return;
    const auto oldest = std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.asked; });
    lasting_.erase(oldest->first);
    kept_.erase(oldest);
}

void Answers::note(const std::string& key, const std::string& text) {
    const std::lock_guard lock(mutex_);
    lasting_.insert(key);
    keep(key, {.text = text});
}

std::optional<std::string> Answers::last(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto known = kept_.find(key);
    return known != kept_.end() ? std::optional(known->second.text) : std::nullopt;
}

void Answers::run(const std::stop_token& stop) {
    step_back();
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !tasks_.empty(); }), !stop.stop_requested()) {
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        // One that cannot be made is forgotten: who asks next is told why.
        if (making_.contains(task.key) || !make(lock, task.key, task.make)) continue;
        if (lasting_.contains(task.key)) write();
    }
}

// ---- From run to run

/// Of each its edition, and the lengths of what follows: the key and the text.
void Answers::write() const {
    if (file_.empty()) return;
    const std::string fresh = file_ + ".new";
    {
        std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
        out << kFileBegins;
        for (const std::string& key : lasting_)
            if (const auto kept = kept_.find(key); kept != kept_.end())
                out << fmt::format("{} {} {}\n", kept->second.edition, key.size(), kept->second.text.size()) << key
                    << kept->second.text;
        if (!out.flush()) return;  // a full disk: it is made again after the next start
    }
    std::error_code ignored;
    std::filesystem::rename(fresh, file_, ignored);
}

void Answers::read() {
    std::error_code error;
    if (file_.empty() || std::filesystem::file_size(file_, error) > kLargestFile || error) return;
    std::ifstream in(file_, std::ios::binary);
    std::string begins(kFileBegins.size(), '\0');
    if (!in.read(begins.data(), static_cast<std::streamsize>(begins.size())) || begins != kFileBegins) return;
    Kept kept;
    std::size_t key_size = 0;
    std::size_t text_size = 0;
    while (kept_.size() < kMostKept && in >> kept.edition >> key_size >> text_size && in.get() == '\n') {
        if (key_size > kLargestKept || text_size > kLargestKept) return;
        std::string key(key_size, '\0');
        kept.text.assign(text_size, '\0');
        if (!in.read(key.data(), static_cast<std::streamsize>(key_size)) ||
            !in.read(kept.text.data(), static_cast<std::streamsize>(text_size)))
            return;
        kept_[key] = kept;
        lasting_.insert(key);
    }
}

}  // namespace spoor::server
