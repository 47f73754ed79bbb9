// Audit records: no text may crash the parser or read beyond its end.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sources/linux/audit/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto record = spoor::sensor::parse_audit(1112, text)) {
        record->number("ses");
        record->succeeded();
    }
    return 0;
}
