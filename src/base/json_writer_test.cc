#include "base/json_writer.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(JsonWriter, WritesWhatItIsGivenInOrder) {
    std::string out;
    JsonWriter json(out);
    json.open('{').key("user").text("CORP\\jimmy").key("id").number(UINT64_MAX).key("list").open('[').boolean(true).null().close(']').close('}');
    EXPECT_EQ(out, R"({"user":"CORP\\jimmy","id":18446744073709551615,"list":[true,null]})");
}

TEST(JsonWriter, HostileTextStaysAString) {
    std::string out;
    JsonWriter(out).text("a\"\x1b[2J\n\xff");
    EXPECT_EQ(out, "\"a\\\"\\u001b[2J\\n\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace spoor
