#include "terminal/text.h"

#include <gtest/gtest.h>

#include "base/unicode.h"

namespace spoor::terminal {
namespace {

TEST(Printable, LeavesNamesOfAnyScriptAlone) {
    for (const char* text : {"CORP\\brian", "Zoë", "Иван", "田中", "אבי", "नमस्ते", "C:\\new\\temp"})
        EXPECT_EQ(printable(text), text);
}

TEST(Printable, DisarmsEscapeSequences) {
    EXPECT_EQ(printable("\x1b[2J\x1b]0;owned\x07"), "\\x1b[2J\\x1b]0;owned\\x07");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\x9b31m");  // the one-letter CSI of C1
}

TEST(Printable, ShowsLineEndsAndTabs) { EXPECT_EQ(printable("a\r\n\tb"), "a\\r\\n\\tb"); }

TEST(Printable, ShowsWhatTurnsTextAround) {
    EXPECT_EQ(printable("invoice\u202efdp.exe"), "invoice\\u202efdp.exe");
    EXPECT_EQ(printable("\u2066x\u2069"), "\\u2066x\\u2069");
}

TEST(Printable, ShowsInvisibleLetters) {
    EXPECT_EQ(printable("admin\u200b"), "admin\\u200b");
    EXPECT_EQ(printable("\U000e0041"), "\\U000e0041");
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
    EXPECT_EQ(printable("a\xff"), "a\\xff");
    EXPECT_EQ(printable("\xc0\x80"), "\\xc0\\x80");           // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xe7\x94"), "\\xe7\\x94");           // cut off
}

TEST(Printable, NeverLetsAControlByteThrough) {
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b) {
            const char bytes[] = {static_cast<char>(a), static_cast<char>(b), 'x'};
            const std::string shown = printable({bytes, 3});
            ASSERT_TRUE(is_utf8(shown)) << a << ' ' << b;
            for (const char c : shown) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << a << ' ' << b;
        }
}

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
    EXPECT_EQ(display_width("brian"), 5u);
    EXPECT_EQ(display_width("Zoë"), 3u);
    EXPECT_EQ(display_width("田中"), 4u);
    EXPECT_EQ(display_width("e\u0301"), 1u);
    EXPECT_EQ(display_width("🙂"), 2u);
}

TEST(Fitted, LeavesAloneWhatFits) { EXPECT_EQ(fitted("brian", 5, Keep::Start, Charset::Unicode), "brian"); }

TEST(Fitted, MarksWhatItCuts) {
    EXPECT_EQ(fitted("administrator", 6, Keep::Start, Charset::Unicode), "admin…");
    EXPECT_EQ(fitted("administrator", 6, Keep::Start, Charset::Ascii), "admin~");
    EXPECT_EQ(fitted("C:\\Windows\\cmd.exe", 8, Keep::End, Charset::Unicode), "…cmd.exe");
    EXPECT_EQ(fitted("powershell.exe -enc AAAA", 11, Keep::Both, Charset::Unicode), "power… AAAA");
}

TEST(Fitted, NeverCutsThroughALetter) {
    EXPECT_EQ(fitted("田中田中", 4, Keep::Start, Charset::Unicode), "田…");
    EXPECT_EQ(fitted("xe\u0301yz", 3, Keep::End, Charset::Unicode), "…yz");
    for (std::size_t width = 0; width < 12; ++width)
        for (const Keep keep : {Keep::Start, Keep::End, Keep::Both}) {
            const std::string cut = fitted("a田ë🙂b中 c", width, keep, Charset::Unicode);
            EXPECT_LE(display_width(cut), width);
            EXPECT_TRUE(is_utf8(cut));
        }
}

}  // namespace
}  // namespace spoor::terminal
