#include "base/unicode.h"

#include <gtest/gtest.h>

#include <random>

namespace spoor {
namespace {

std::string narrow(std::u16string_view text) {
    return utf16_to_utf8(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

TEST(Utf16, BecomesUtf8InAnyScript) {
    EXPECT_EQ(narrow(u"C:\\Windows\\System32\\svchost.exe"), "C:\\Windows\\System32\\svchost.exe");
    EXPECT_EQ(narrow(u"Администратор и 管理者 🔑"), "Администратор и 管理者 🔑");
}

TEST(Utf16, ALoneSurrogateTakesNothingWithIt) {
    const char16_t text[] = {u'a', 0xd83d, u'b', 0xdd11, u'c'};
    EXPECT_EQ(narrow({text, 5}),
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD"
              "c");
    EXPECT_EQ(narrow({text, 2}), "a\xEF\xBF\xBD");
}

TEST(Utf16, RandomTextSurvivesTheRoundTrip) {
    std::mt19937 random(1);
    for (int round = 0; round < 500; ++round) {
        std::u16string text;
        for (auto left = random() % 60; left > 0; --left) {
            const auto c = static_cast<char32_t>(random() % 3 ? 32 + random() % 90 : random() % 0x10ffff);
            if (c >= 0xd800 && c < 0xe000) continue;
            if (c < 0x10000) {
                text.push_back(static_cast<char16_t>(c));
            } else {
                text.push_back(static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10)));
                text.push_back(static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff)));
            }
        }
        EXPECT_EQ(utf8_to_utf16(narrow(text)), text);
        EXPECT_TRUE(is_utf8(narrow(text)));
    }
}

TEST(Utf16, EndsAtTheFirstNulWhereAskedTo) {
    // Every place of the NUL, in plain text and behind a character that is not ASCII.
    for (const std::u16string filler : {u"a", u"\u00e4", u"\u5186", u"\uff5e"})
        for (std::size_t length = 0; length < 40; ++length)
            for (std::size_t nul = 0; nul <= length; ++nul) {
                std::u16string text;
                for (std::size_t i = 0; i < length; ++i) text += i % 11 == 3 ? filler : u"b";
                const std::u16string shown = text.substr(0, nul);
                if (nul < length) text[nul] = 0;
                const std::u16string padded = text + std::u16string(kUtf16Slack / 2, u'x');
                char to[utf8_bound(40)];
                char* const end =
                    utf16_to_utf8_until_nul(reinterpret_cast<const std::uint8_t*>(padded.data()), length, to);
                EXPECT_EQ(std::string_view(to, end),
                          utf16_to_utf8(reinterpret_cast<const std::uint8_t*>(shown.data()), shown.size()));
            }
}

TEST(Utf8, MalformedBytesAreSeen) {
    for (const char* text : {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "abc\xff"})
        EXPECT_FALSE(is_utf8(text));
}

TEST(Windows1252, HasItsOwnQuotes) { EXPECT_EQ(windows1252_to_utf8("caf\xe9 \x93x\x94 \x80"), "café “x” €"); }

TEST(Windows1252, ConvertsAnOddByteInAnyPlace) {
    for (std::size_t length = 0; length < 20; ++length)
        for (std::size_t at = 0; at < length; ++at) {
            std::string bytes(length, 'x');
            bytes[at] = '\x80';
            const std::string around(length - at - 1, 'x');
            EXPECT_EQ(windows1252_to_utf8(bytes), std::string(at, 'x') + "€" + around);
        }
}

TEST(FoldCase, FoldsBeyondAscii) {
    EXPECT_EQ(fold_case("CORP\\Jörg ÄÖÜ ИВАН ΣΟΦΊΑ Żółw"), "corp\\jörg äöü иван σοφία żółw");
    EXPECT_EQ(fold_case("bad\xff\x80Z"), "bad\xff\x80z");
}

TEST(Trimmed, DropsBlanksAtBothEnds) {
    EXPECT_EQ(trimmed("User32 "), "User32");
    EXPECT_EQ(trimmed(" \r\n\t"), "");
}

TEST(FoldCase, KnowsLettersOfAllScripts) {
    for (const auto& [upper, lower] : {std::pair{"\u1E9E", "\u00DF"},
                                       {"\u212A", "k"},
                                       {"\u017F", "s"},
                                       {"\u023A", "\u2C65"},
                                       {"\u10A0", "\u2D00"},
                                       {"\uFF21", "\uFF41"},
                                       {"\U00010400", "\U00010428"},
                                       {"\U0001E921", "\U0001E943"},
                                       {"\u03A3\u03C2", "\u03C3\u03C3"}})
        EXPECT_EQ(fold_case(upper), lower);
    EXPECT_EQ(fold_case("\u0130\u0131\u00DF"), "\u0130\u0131\u00DF");
}

TEST(FoldCase, LongTextsFoldAsTheirLettersDo) {
    std::string text, folded, out;
    for (int i = 0; i < 2000; ++i) {
        const std::string piece = i % 97 == 0   ? "\u00C9"
                                  : i % 89 == 0 ? "\xff"
                                                : std::string(1, static_cast<char>('!' + i % 93));
        text += piece;
        folded += fold_case(piece);
        EXPECT_EQ(fold_case(text, out), folded);
    }
}

}  // namespace
}  // namespace spoor
