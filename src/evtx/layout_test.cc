#include "evtx/layout.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <vector>

namespace spoor::evtx {
namespace {

TEST(Crc32, IsThatOfZlibAtAnyLengthAndAddress) {
    std::mt19937 random(7);
    std::vector<std::uint8_t> bytes(70'000);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const auto check = [&](std::size_t first, std::size_t size, std::uint32_t before) {
        const Bytes part = Bytes(bytes).subspan(first, size);
        EXPECT_EQ(crc32(part, before), ::crc32(before, part.data(), static_cast<uInt>(size))) << first << ' ' << size;
    };
    for (std::size_t size = 0; size < 700; ++size) check(size % 33, size, static_cast<std::uint32_t>(random()));
    check(0, kChunkSize, 0);
    check(5, kChunkSize - kChunkHeaderSize, 0x12345678);
}

}  // namespace
}  // namespace spoor::evtx
