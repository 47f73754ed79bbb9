// Fuzzes auditd's log: any text, line by line, as one log.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "sources/linux/audit_log/audit_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace spoor;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)sensor::is_audit_log(text);
    Catalog catalog;
    Batch batch;
    sensor::AuditLog log(catalog, sensor::host_by_path(text));
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        (void)log.add(text.substr(0, end), batch);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    log.finish(batch);
    std::string printed;
    for (const Event& event : batch.events()) {
        CHECK(event.sequence >= kCounted);
        for (const FieldValue& value : batch.values(event))
            append_text(printed, value, catalog.field_type(value.field));
    }
    return 0;
}
