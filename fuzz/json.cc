// Fuzzes the JSON layouts: any text as blocks of objects, in both framings, with and without a local clock.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "sources/json/decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spoor;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::string text(input);
    text.append(json::Document::kPadding, ' ');
    const std::string_view whole = std::string_view(text).substr(0, size);

    for (const json::Framing framing : {json::Framing::Lines, json::Framing::Brackets}) {
        CHECK(json::whole(whole, framing, 0) <= size);
        Catalog catalog;
        json::Decoder decoder(catalog);
        json::LocalClock clock;
        decoder.survey(whole, 1, framing, clock);
        clock.settle();
        json::Decoded decoded;
        decoder.decode(whole, 1, {.framing = framing, .mark = 7, .clock = &clock}, decoded);
        CHECK(decoded.lines.size() == decoded.batch.size());
        std::string printed;
        for (const Event& event : decoded.batch.events())
            for (const FieldValue& value : decoded.batch.values(event))
                append_text(printed, value, catalog.field_type(value.field));
    }
    return 0;
}
