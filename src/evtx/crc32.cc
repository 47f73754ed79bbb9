// CRC-32 (reflected, polynomial 0xEDB88320) by folding: zlib's own table walk would cost a quarter of the time that
// reading a log takes.
//
// The message is a polynomial; a 128-bit piece of it can be moved 128 or 512 bits further by two carry-less products
// with constants x^n mod P, so four pieces travel side by side through the message and are merged at the end ("Fast CRC
// Computation for Generic Polynomials Using PCLMULQDQ", Gopal et al., 2009). What remains is reduced by zlib.
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

/// `size` is a multiple of 16 and at least 64.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t crc32_folded(const std::uint8_t* at, std::size_t size,
                                                                    std::uint32_t before) {
    const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const auto piece = [&](std::size_t offset) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + offset));
    };
    __m128i a = _mm_xor_si128(piece(0), _mm_cvtsi32_si128(static_cast<int>(~before)));
    __m128i b = piece(16);
    __m128i c = piece(32);
    __m128i d = piece(48);
    for (at += 64, size -= 64; size >= 64; at += 64, size -= 64) {
        a = fold(a, by_512, piece(0));
        b = fold(b, by_512, piece(16));
        c = fold(c, by_512, piece(32));
        d = fold(d, by_512, piece(48));
    }
    a = fold(fold(fold(a, by_128, b), by_128, c), by_128, d);
    for (; size >= 16; at += 16, size -= 16) a = fold(a, by_128, piece(0));
    // What is left has the same remainder as the message; zlib takes the complement of the register it starts with.
    std::uint8_t rest[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), a);
    return static_cast<std::uint32_t>(::crc32(0xffffffff, rest, sizeof rest));
}
#endif

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool can_fold = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    if (can_fold && bytes.size() >= 64) {
        const std::size_t folded = bytes.size() & ~std::size_t{15};
        before = crc32_folded(bytes.data(), folded, before);
        bytes = bytes.subspan(folded);
    }
#endif
    return static_cast<std::uint32_t>(::crc32(before, bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace spoor::evtx
