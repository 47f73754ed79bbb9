#include "server/http/gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/unicode.h"

namespace spoor::server {
namespace {

constexpr std::array<std::string_view, 4> kRoles = {"nobody", "viewer", "analyst", "administrator"};
constexpr std::size_t kMostBuckets = 10'000;
constexpr std::size_t kMostCookies = 1'000;
constexpr std::size_t kMostTokens = 1'000;

bool is_token_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end > 0) words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

}  // namespace

std::string_view name(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> find_role(std::string_view name) {
    const auto at = std::find(kRoles.begin(), kRoles.end(), name);
    if (at == kRoles.end()) return std::nullopt;
    return static_cast<Role>(at - kRoles.begin());
}

Result<std::unique_ptr<Gate>> Gate::open(GateOptions options, const Clock& clock) {
    std::unique_ptr<Gate> gate(new Gate(std::move(options), clock));
    TRY(gate->load());
    return gate;
}

std::string Gate::make_link(Role role) {
    std::string secret = make_secret();
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    std::erase_if(links_, [&](const auto& link) { return link.second.second < now; });
    links_[digest_of(secret)] = {role, now + options_.link_lifetime};
    return secret;
}

Result<std::string> Gate::redeem(std::string_view secret, const Peer& peer) {
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    const auto link = links_.find(digest_of(secret));
    if (link == links_.end() || link->second.second < now) {
        if (!take(attempts_, peer.address, options_.attempts,
                  1e9 / static_cast<double>(options_.attempt_every.nanoseconds)))
            return fail(Errc::Busy, "too many wrong keys from this address; wait a minute");
        return fail(Errc::Denied, "this link was used already, or is too old");
    }
    const Role role = link->second.first;
    links_.erase(link);
    std::erase_if(cookies_, [&](const auto& cookie) {
        return cookie.second.used + options_.idle_lifetime < now || cookie.second.made + options_.cookie_lifetime < now;
    });
    if (cookies_.size() >= kMostCookies) return fail(Errc::Busy, "too many browsers are logged in");
    std::string cookie = make_secret();
    cookies_[digest_of(cookie)] = {.role = role, .made = now, .used = now};
    return cookie;
}

void Gate::forget_cookie(std::string_view cookie) {
    const std::lock_guard lock(mutex_);
    cookies_.erase(digest_of(cookie));
}

Result<Identity> Gate::identify(const Request& request, std::string_view cookie_name) {
    const std::lock_guard lock(mutex_);
    auto identity = recognise(request, cookie_name);
    if (!identity) {
        if (!take(attempts_, request.peer.address, options_.attempts,
                  1e9 / static_cast<double>(options_.attempt_every.nanoseconds)))
            return fail(Errc::Busy, "too many wrong keys from this address; wait a minute");
        return identity;
    }
    const std::string visitor = identity->role == Role::Nobody ? "nobody at " + request.peer.address : identity->name;
    if (!take(requests_, visitor, options_.requests, options_.requests_per_second))
        return fail(Errc::Busy, "too many requests; slow down");
    return identity;
}

Result<Identity> Gate::recognise(const Request& request, std::string_view cookie_name) {
    const Timestamp now = clock_.now();
    const std::string_view authorization = request.header("authorization");
    if (!authorization.empty()) {
        constexpr std::string_view kBearer = "Bearer ";
        if (authorization.size() <= kBearer.size() ||
            !equals_ignoring_ascii_case(authorization.substr(0, kBearer.size()), kBearer))
            return fail(Errc::Denied, "only 'Authorization: Bearer TOKEN' is understood");
        const Digest digest = digest_of(trimmed(authorization.substr(kBearer.size())));
        for (const NamedToken& token : tokens_)
            if (same(token.digest, digest)) return Identity{token.role, "token " + token.name};
        return fail(Errc::Denied, "this token is not known");
    }
    if (const std::string_view shown = request.cookie(cookie_name); !shown.empty()) {
        const auto cookie = cookies_.find(digest_of(shown));
        const bool good = cookie != cookies_.end() && cookie->second.used + options_.idle_lifetime >= now &&
                          cookie->second.made + options_.cookie_lifetime >= now;
        // An old cookie is what every browser shows after a restart of the server: a stranger, and not an attack.
        if (!good) return Identity{};
        cookie->second.used = now;
        return Identity{cookie->second.role, "browser " + to_hex(cookie->first).substr(0, 8)};
    }
    if (request.peer.uid) {
        const bool owner = *request.peer.uid == 0 || *request.peer.uid == options_.server_uid;
        return Identity{owner ? Role::Administrator : options_.local_role, fmt::format("uid {}", *request.peer.uid)};
    }
    return Identity{};
}

/// Token bucket: `most` at once, and then `per_second`.
bool Gate::take(std::unordered_map<std::string, Bucket>& buckets, std::string_view who, double most,
                double per_second) {
    const Timestamp now = clock_.now();
    // Full buckets say nothing that a new one would not say: they go when there are many.
    if (buckets.size() > kMostBuckets) buckets.clear();
    auto [at, is_new] = buckets.try_emplace(std::string(who), Bucket{most, now});
    Bucket& bucket = at->second;
    bucket.left =
        std::min(most, bucket.left + static_cast<double>((now - bucket.filled).nanoseconds) / 1e9 * per_second);
    bucket.filled = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
}

Result<std::string> Gate::add_token(std::string_view name, Role role) {
    if (!is_token_name(name))
        return fail(Errc::BadUsage, "a token's name is 1 to 64 letters, digits, dots, dashes or underscores");
    if (role == Role::Nobody) return fail(Errc::BadUsage, "a token needs a role: viewer, analyst or administrator");
    const std::lock_guard lock(mutex_);
    if (std::any_of(tokens_.begin(), tokens_.end(), [&](const NamedToken& token) { return token.name == name; }))
        return fail(Errc::BadUsage, fmt::format("there is a token '{}' already", name));
    if (tokens_.size() >= kMostTokens) return fail(Errc::Full, "there are too many tokens; remove some");
    std::string secret = "spoor_" + make_secret();
    tokens_.push_back({.name = std::string(name), .role = role, .made = clock_.now(), .digest = digest_of(secret)});
    if (auto saved = save(); !saved) {
        tokens_.pop_back();
        return std::unexpected(std::move(saved).error());
    }
    return secret;
}

Result<> Gate::remove_token(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (std::erase_if(tokens_, [&](const NamedToken& token) { return token.name == name; }) == 0)
        return fail(Errc::NotFound, fmt::format("there is no token '{}'", name));
    return save();
}

std::vector<NamedToken> Gate::tokens() const {
    const std::lock_guard lock(mutex_);
    return tokens_;
}

/// One token a line: name, role, time, digest.
Result<> Gate::load() {
    if (options_.token_file.empty()) return {};
    std::FILE* const file = std::fopen(options_.token_file.c_str(), "re");
    if (file == nullptr) {
        if (errno == ENOENT) return {};
        return fail_errno("reading " + options_.token_file);
    }
    std::string text;
    char buffer[4096];
    for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0 && text.size() < 1'000'000;)
        text.append(buffer, got);
    std::fclose(file);
    std::string_view rest = text;
    for (int line = 1; !rest.empty(); ++line) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::vector<std::string_view> words = words_of(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (words.empty()) continue;
        NamedToken token;
        const auto role = words.size() == 4 ? find_role(words[1]) : std::nullopt;
        const auto made = words.size() == 4 ? Timestamp::parse(words[2]) : Result<Timestamp>{};
        if (!role || !made || !is_token_name(words[0]) || !from_hex(words[3], token.digest))
            return fail(Errc::Corrupt,
                        fmt::format("{}: line {} is not 'NAME ROLE TIME DIGEST'", options_.token_file, line));
        token.name = words[0];
        token.role = *role;
        token.made = *made;
        tokens_.push_back(std::move(token));
    }
    return {};
}

/// Written beside and renamed, so that a crash leaves the old file or the new one.
Result<> Gate::save() const {
    if (options_.token_file.empty()) return {};
    const std::string part = options_.token_file + ".part";
    std::string text;
    for (const NamedToken& token : tokens_)
        text += fmt::format("{} {} {} {}\n", token.name, server::name(token.role), token.made.to_string(),
                            to_hex(token.digest));
    const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return fail_errno("writing " + part);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    if (!written || ::rename(part.c_str(), options_.token_file.c_str()) != 0)
        return fail_errno("writing " + options_.token_file);
    return {};
}

}  // namespace spoor::server
