#include "base/json_writer.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(JsonWriter, WritesWhatItIsGivenInOrder) {
    std::string out;
    JsonWriter json(out);
    json.open('{')
        .text("user", "CORP\\jimmy")
        .number("id", UINT64_MAX)
        .open("list", '[')
        .boolean(true)
        .null()
        .close(']')
        .close('}');
    EXPECT_EQ(out, R"({"user":"CORP\\jimmy","id":18446744073709551615,"list":[true,null]})");
}

TEST(JsonWriter, HostileTextStaysAString) {
    std::string out;
    JsonWriter(out).text("a\"\x1b[2J\n\xff");
    EXPECT_EQ(out, "\"a\\\"\\u001b[2J\\n\xEF\xBF\xBD\"");
}

/// Each byte at each place, beside what a reader that looks at one byte at a time would write.
TEST(JsonWriter, EscapesAByteWhereverItStands) {
    for (int byte = 0; byte < 0x80; ++byte)
        for (std::size_t at = 0; at < 19; ++at) {
            std::string text(19, 'x');
            text[at] = static_cast<char>(byte);
            std::string expected = "\"";
            for (const char c : text) {
                if (c == '"' || c == '\\')
                    (expected += '\\') += c;
                else if (c == '\n')
                    expected += "\\n";
                else if (c == '\r')
                    expected += "\\r";
                else if (c == '\t')
                    expected += "\\t";
                else if (c < 0x20 || c == 0x7f)
                    expected += std::string("\\u00") + "0123456789abcdef"[c >> 4] + "0123456789abcdef"[c & 15];
                else
                    expected += c;
            }
            std::string out;
            append_json_string(out, text);
            EXPECT_EQ(out, expected + '"') << byte << " at " << at;
        }
}

TEST(JsonWriter, KeepsLettersOfAllScriptsAndMendsHalves) {
    std::string out;
    append_json_string(out, "plain text \xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82 \"q\" \xE2\x82");
    EXPECT_EQ(out, "\"plain text \xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82 \\\"q\\\" \xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace spoor
