// Kept observations of a host with bytes changed: whatever a damaged store gives, it is refused or works.
#include <cstdint>
#include <string>

#include "base/endian.h"
#include "sessions/tracker.h"

namespace {

/// A small but real one: a logon and a process creation of Sysmon.
std::string kept_log(spoor::Catalog& catalog) {
    using namespace spoor;
    Batch batch;
    for (const Kind kind : {Kind::Logon, Kind::ProcessCreated}) {
        batch.begin();
        batch.add_number("TargetLogonId"_field, 0x50000);
        batch.add_text("TargetUserName"_field, "jimmy");
        batch.add_number("LogonType"_field, 3);
        batch.add_guid("ProcessGuid"_field, Guid{{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 4, 0}});
        batch.add_text("CommandLine"_field, "cmd /c ver");
        batch.commit({.sequence = 7,
                      .host = catalog.host("WS07"),
                      .channel = catalog.channel("Microsoft-Windows-Sysmon/Operational"),
                      .kind = kind});
    }
    sessions::Tracker tracker;
    tracker.observe(batch, catalog);
    return tracker.serialise("WS07");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    spoor::Catalog catalog;
    static const std::string kKept = kept_log(catalog);
    std::string bytes = kKept;
    for (; size >= 3; data += 3, size -= 3)  // each three bytes: where, and what to put there
        bytes[spoor::load<std::uint16_t>(data) % bytes.size()] = static_cast<char>(data[2]);
    spoor::sessions::Tracker tracker;
    if (tracker.load(bytes, catalog)) (void)tracker.finish();
    return 0;
}
