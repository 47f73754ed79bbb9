#include "server/http/secrets.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace spoor::server {

std::string make_secret() {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<std::uint8_t, 33> random{};  // 44 digits of 6 bits; the last one is dropped
    CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
    std::string text;
    for (std::size_t i = 0; i < random.size(); i += 3) {
        const std::uint32_t three = static_cast<std::uint32_t>(random[i]) << 16 |
                                    static_cast<std::uint32_t>(random[i + 1]) << 8 | random[i + 2];
        for (const int shift : {18, 12, 6, 0}) text.push_back(kAlphabet[(three >> shift) & 63]);
    }
    text.pop_back();
    OPENSSL_cleanse(random.data(), random.size());
    return text;
}

Digest digest_of(std::string_view secret) {
    Digest digest;
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
    return digest;
}

std::string to_hex(const Digest& digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text.push_back(kDigits[byte >> 4]);
        text.push_back(kDigits[byte & 15]);
    }
    return text;
}

bool from_hex(std::string_view text, Digest& digest) {
    const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    if (text.size() != digest.size() * 2) return false;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = value(text[2 * i]);
        const int low = value(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

bool same(const Digest& a, const Digest& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace spoor::server
