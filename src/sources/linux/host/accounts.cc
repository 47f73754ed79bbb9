#include "sources/linux/host/accounts.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include <charconv>
#include <vector>

#include "sources/linux/host/proc.h"

namespace spoor::sensor {
namespace {

constexpr std::size_t kPasswdLimit = 64u << 20;
constexpr std::size_t kNameLimit = 1u << 20;  // numbers can be invented at will
constexpr std::size_t kQuestionLimit = 1024;

}  // namespace

Accounts::Accounts(std::string passwd_path) : path_(std::move(passwd_path)) {
    refresh();
    asker_ = std::jthread([this](std::stop_token stop) {
        for (;;) {
            std::uint32_t uid = 0;
            {
                std::unique_lock lock(mutex_);
                if (!wake_.wait(lock, stop, [&] { return !asked_.empty(); })) return;
                uid = asked_.front();
                asked_.pop_front();
            }
            std::vector<char> buffer(16384);
            passwd entry{};
            passwd* found = nullptr;
            if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) continue;
            const std::lock_guard lock(mutex_);
            answered_.emplace_back(uid, found->pw_name);
        }
    });
}

Accounts::~Accounts() = default;

std::string_view Accounts::name(std::uint32_t uid) {
    if (const auto found = by_uid_.find(uid); found != by_uid_.end()) return found->second;
    refresh();  // an account may be seconds old when its first login comes
    if (const auto found = by_uid_.find(uid); found != by_uid_.end()) return found->second;
    if (by_uid_.size() >= kNameLimit) {
        by_uid_.clear();
        modified_ = -1;
        refresh();
    }
    const std::lock_guard lock(mutex_);
    if (asked_.size() < kQuestionLimit) {
        asked_.push_back(uid);
        wake_.notify_one();
    }
    return by_uid_.emplace(uid, fmt::to_string(uid)).first->second;
}

bool Accounts::exists(std::string_view name) {
    if (by_name_.contains(name)) return true;
    refresh();
    return by_name_.contains(name);
}

void Accounts::refresh() {
    {
        const std::lock_guard lock(mutex_);
        for (auto& [uid, name] : answered_) by_uid_[uid] = std::move(name);
        answered_.clear();
    }
    struct stat status{};
    if (stat(path_.c_str(), &status) != 0) return;
    const std::int64_t modified = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (modified == modified_) return;
    modified_ = modified;
    by_uid_.clear();
    by_name_.clear();
    const std::string content = read_small_file(path_, kPasswdLimit);
    std::string_view rest = content;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos) continue;
        std::uint32_t uid = 0;
        if (std::from_chars(line.data() + second + 1, line.data() + line.size(), uid).ec != std::errc{}) continue;
        by_uid_.emplace(uid, line.substr(0, first));  // the first of several names for one number
        by_name_.emplace(line.substr(0, first), uid);
    }
}

}  // namespace spoor::sensor
