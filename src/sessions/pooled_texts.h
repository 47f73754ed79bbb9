// PooledTexts: the texts and accounts of a HostLog as views into a History, each looked up once.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "base/text_pool.h"
#include "model/session.h"
#include "sessions/host_log.h"

namespace spoor::sessions {

class PooledTexts {
public:
    PooledTexts(const HostLog& log, TextPool& pool) : log_(log), pool_(pool) {}

    std::string_view text(std::uint32_t blob);
    std::string_view text(const Fact& fact) { return fact.pooled ? text(fact.value) : std::string_view(); }
    std::string_view intern(std::string_view text) { return pool_.intern(text); }
    /// The account of that blob; the reference is good until the next call.
    const Principal& account(std::uint32_t blob) { return known_account(blob).principal; }
    /// "CORP\\jimmy", as the blob has it.
    std::string_view account_name(std::uint32_t blob);
    /// The integrity level that a label stands for, which is a SID.
    std::string_view integrity_of_label(const Fact& label);

private:
    struct Account {
        Principal principal;
        std::string_view name;  // empty until it is asked for
    };
    Account& known_account(std::uint32_t blob);

    const HostLog& log_;
    TextPool& pool_;
    std::vector<std::string_view> texts_;
    std::vector<std::uint32_t> account_of_blob_;
    std::vector<Account> accounts_{1};
    FlatMap<std::uint32_t, std::string_view> integrity_of_label_;
};

}  // namespace spoor::sessions
