#include "terminal/fold.h"

#include <gtest/gtest.h>

namespace spoor::terminal {
namespace {

using Rows = std::vector<std::string>;

TEST(Fold, PutsAsManyPiecesOnARowAsFit) {
    const std::vector<Piece> pieces = {{"one"}, {"two"}, {"three"}, {"four"}};
    EXPECT_EQ(fold(pieces, " ", 9), (Rows{"one two", "three", "four"}));
    EXPECT_EQ(fold(pieces, " ", 10), (Rows{"one two", "three four"}));
    EXPECT_EQ(fold(pieces, " ", Console::kNoLimit), (Rows{"one two three four"}));
    EXPECT_EQ(fold({}, " ", 10), Rows{});
}

TEST(Fold, LeavesAPieceThatIsTooWideWhole) {
    const std::vector<Piece> pieces = {{"a"}, {"much too wide"}, {"b"}};
    EXPECT_EQ(fold(pieces, " ", 5), (Rows{"a", "much too wide", "b"}));
}

TEST(Fold, CountsColumnsAndNotColours) {
    const std::vector<Piece> pieces = {{"ж日"}, {"red", "\x1b[31mred\x1b[0m"}};
    EXPECT_EQ(fold(pieces, " ", 7), (Rows{"ж日 \x1b[31mred\x1b[0m"}));
    EXPECT_EQ(fold(pieces, " ", 6), (Rows{"ж日", "\x1b[31mred\x1b[0m"}));
}

}  // namespace
}  // namespace spoor::terminal
