// Any text is a filter or a diagnosis with its place in the text; what is understood survives being printed and read,
// and can be asked.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "match/evaluate/evaluator.h"
#include "match/language/query.h"
#include "match/testing.h"

using namespace spoor;
using namespace spoor::match;

namespace {

testing::World& world() {
    static auto* const kWorld = [] {
        auto* made = new testing::World;
        testing::Random random(1);
        testing::fill(*made, random, 8);
        return made;
    }();
    return *kWorld;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const QueryContext context{.subject = static_cast<Subject>(size % 3),
                               .now = Timestamp::from_unix_seconds(1'600'000'000)};
    const auto expr = parse_query(text, context);
    if (!expr) {
        CHECK(expr.error().span.begin <= expr.error().span.end && expr.error().span.end <= size);
        CHECK(render(expr.error(), text).size() < 2000);
        return 0;
    }
    const auto again = parse_query(to_string(*expr), context);
    CHECK(again && *again == *expr);
    auto matcher = Matcher::compile(*expr, world().catalog);
    CHECK(matcher);
    for (const Event& event : world().batch.events()) matcher->matches({world().batch, event}, &world().history);
    for (const Session& session : world().history.sessions) matcher->matches(session);
    return 0;
}
