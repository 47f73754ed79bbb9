// Accounts: the names of users, without ever waiting for them.
//
// /etc/passwd is read into memory, and again when it changes. A user who is not in it may be known to a directory
// server, which can take seconds to answer: a thread of our own asks, and until it knows the number stands for the
// name.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/hash.h"

namespace spoor::sensor {

class Accounts {
public:
    /// Tests give a file of their own.
    explicit Accounts(std::string passwd_path = "/etc/passwd");
    ~Accounts();
    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;

    /// "alice", or "1001" as long as no name is known. Good until the next call.
    std::string_view name(std::uint32_t uid);

    /// True when an account of that name is in /etc/passwd.
    bool exists(std::string_view name);

    /// Looks whether /etc/passwd has changed; call it now and then.
    void refresh();

private:
    std::string path_;
    std::int64_t modified_ = -1;
    std::unordered_map<std::uint32_t, std::string> by_uid_;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> by_name_;

    std::mutex mutex_;  // of what follows
    std::condition_variable_any wake_;
    std::deque<std::uint32_t> asked_;
    std::deque<std::pair<std::uint32_t, std::string>> answered_;
    std::jthread asker_;
};

}  // namespace spoor::sensor
