#include "sessions/pooled_texts.h"

#include "sessions/actor.h"

namespace spoor::sessions {

std::string_view PooledTexts::text(std::uint32_t blob) {
    if (blob == 0) return {};
    if (blob >= texts_.size()) texts_.resize(log_.blob_count());
    std::string_view& kept = texts_[blob];
    if (kept.empty()) kept = pool_.intern(log_.blob(blob));
    return kept;
}

PooledTexts::Account& PooledTexts::known_account(std::uint32_t blob) {
    if (blob >= account_of_blob_.size()) account_of_blob_.resize(log_.blob_count() + 1u);
    std::uint32_t& known = account_of_blob_[blob];
    if (known == 0 && blob != 0) {
        const AccountParts parts = log_.account(blob);
        Principal& account = accounts_.emplace_back().principal;
        if (const auto sid = Sid::from_bytes(parts.sid)) account.sid = *sid;
        account.domain = pool_.intern(parts.domain);
        account.name = pool_.intern(parts.name);
        known = static_cast<std::uint32_t>(accounts_.size() - 1);
    }
    return accounts_[known];
}

std::string_view PooledTexts::account_name(std::uint32_t blob) {
    Account& account = known_account(blob);
    if (account.name.empty()) {
        std::string name(account.principal.domain);
        if (!name.empty()) name += '\\';
        account.name = pool_.intern(name += account.principal.name);
    }
    return account.name;
}

std::string_view PooledTexts::integrity_of_label(const Fact& label) {
    if (label.pooled == 0) return {};
    const auto [level, is_new] = integrity_of_label_.at(label.value);
    if (is_new) level = pool_.intern(sessions::integrity_of_label(log_.blob(label.value)));
    return level;
}

}  // namespace spoor::sessions
