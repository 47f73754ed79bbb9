// CRC-32 (reflected, polynomial 0xEDB88320) by folding: zlib's own table walk would cost a quarter of the time that
// reading a log takes.
//
// The message is a polynomial; a 128-bit piece of it can be moved 128 or 512 bits further by two carry-less products
// with constants x^n mod P, so four pieces travel side by side through the message and are merged at the end ("Fast CRC
// Computation for Generic Polynomials Using PCLMULQDQ", Gopal et al., 2009). What remains is reduced by zlib. Newer
// processors do the same with pairs of pieces, which takes half the time.
#include <zlib.h>

#include "evtx/layout.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace spoor::evtx {
namespace {

#if defined(__x86_64__)
__attribute__((target("pclmul,sse4.1"))) __m128i fold(__m128i piece, __m128i constants, __m128i next) {
    const __m128i low = _mm_clmulepi64_si128(piece, constants, 0x00);
    const __m128i high = _mm_clmulepi64_si128(piece, constants, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/// The two constants that move a piece by so many bits.
__attribute__((target("pclmul,sse4.1"))) __m128i by_128() { return _mm_set_epi64x(0x0ccaa009e, 0x1751997d0); }
__attribute__((target("pclmul,sse4.1"))) __m128i by_512() { return _mm_set_epi64x(0x1c6e41596, 0x154442bd4); }
__attribute__((target("pclmul,sse4.1"))) __m128i by_1024() { return _mm_set_epi64x(0x14a7fe880, 0x1e88ef372); }

__attribute__((target("pclmul,sse4.1"))) __m128i piece_at(const std::uint8_t* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

/// Takes the last pieces, of 16 bytes each, into what was folded so far.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t finish(__m128i folded, const std::uint8_t* at,
                                                              std::size_t size) {
    for (; size >= 16; at += 16, size -= 16) folded = fold(folded, by_128(), piece_at(at));
    // What is left has the same remainder as the message; zlib takes the complement of the register it starts with.
    std::uint8_t rest[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), folded);
    return static_cast<std::uint32_t>(::crc32(0xffffffff, rest, sizeof rest));
}

/// `size` is a multiple of 16 and at least 64.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t crc32_folded(const std::uint8_t* at, std::size_t size,
                                                                    std::uint32_t before) {
    __m128i a = _mm_xor_si128(piece_at(at), _mm_cvtsi32_si128(static_cast<int>(~before)));
    __m128i b = piece_at(at + 16);
    __m128i c = piece_at(at + 32);
    __m128i d = piece_at(at + 48);
    for (at += 64, size -= 64; size >= 64; at += 64, size -= 64) {
        a = fold(a, by_512(), piece_at(at));
        b = fold(b, by_512(), piece_at(at + 16));
        c = fold(c, by_512(), piece_at(at + 32));
        d = fold(d, by_512(), piece_at(at + 48));
    }
    a = fold(fold(fold(a, by_128(), b), by_128(), c), by_128(), d);
    return finish(a, at, size);
}

__attribute__((target("vpclmulqdq,avx2"))) __m256i fold_pair(__m256i pair, __m256i constants, __m256i next) {
    const __m256i low = _mm256_clmulepi64_epi128(pair, constants, 0x00);
    const __m256i high = _mm256_clmulepi64_epi128(pair, constants, 0x11);
    return _mm256_xor_si256(_mm256_xor_si256(low, high), next);
}

__attribute__((target("vpclmulqdq,avx2"))) __m256i pair_at(const std::uint8_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

/// `size` is a multiple of 16 and at least 128.
__attribute__((target("vpclmulqdq,pclmul,avx2"))) std::uint32_t crc32_folded_by_pairs(const std::uint8_t* at,
                                                                                      std::size_t size,
                                                                                      std::uint32_t before) {
    const __m256i constants = _mm256_broadcastsi128_si256(by_1024());
    __m256i pairs[4] = {pair_at(at), pair_at(at + 32), pair_at(at + 64), pair_at(at + 96)};
    pairs[0] = _mm256_xor_si256(pairs[0], _mm256_zextsi128_si256(_mm_cvtsi32_si128(static_cast<int>(~before))));
    for (at += 128, size -= 128; size >= 128; at += 128, size -= 128)
        for (std::size_t i = 0; i < 4; ++i) pairs[i] = fold_pair(pairs[i], constants, pair_at(at + 32 * i));
    __m128i folded = _mm256_castsi256_si128(pairs[0]);
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) folded = fold(folded, by_128(), _mm256_castsi256_si128(pairs[i]));
        folded = fold(folded, by_128(), _mm256_extracti128_si256(pairs[i], 1));
    }
    return finish(folded, at, size);
}
#endif

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool can_fold = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    static const bool can_fold_pairs =
        can_fold && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx2");
    if (can_fold && bytes.size() >= 64) {
        const std::size_t folded = bytes.size() & ~std::size_t{15};
        before = can_fold_pairs && folded >= 128 ? crc32_folded_by_pairs(bytes.data(), folded, before)
                                                 : crc32_folded(bytes.data(), folded, before);
        bytes = bytes.subspan(folded);
    }
#endif
    return static_cast<std::uint32_t>(::crc32(before, bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace spoor::evtx
