#include "base/same_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace spoor {
namespace {

TEST(SameBytes, SeesADifferenceInAnyPlace) {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string text(size, 'x');
        EXPECT_TRUE(same_bytes(text.data(), std::string(text).data(), size)) << size;
        for (std::size_t at = 0; at < size; ++at) {
            std::string other = text;
            other[at] = 'y';
            EXPECT_FALSE(same_bytes(text.data(), other.data(), size)) << size << ' ' << at;
        }
    }
}

TEST(SameBytes, NeedsNoAddressForNothing) { EXPECT_TRUE(same_bytes(nullptr, nullptr, 0)); }

}  // namespace
}  // namespace spoor
