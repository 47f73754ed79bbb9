// Record: a Windows event as the sample's machines write it, before it becomes bytes in a file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "evtx/record.h"
#include "model/sid.h"

namespace spoor::sample {

/// A value in the form that its log stores: texts as UTF-8, all others as their bytes.
struct Value {
    evtx::Type type = evtx::Type::Null;
    std::string bytes = {};
};

Value text(std::string_view utf8);
Value u8(std::uint8_t number);
Value u16(std::uint16_t number);
Value u32(std::uint32_t number);
Value u64(std::uint64_t number);
Value hex32(std::uint32_t number);
Value hex64(std::uint64_t number);
Value sid(const Sid& sid);
Value guid(const Guid& guid);
Value filetime(Timestamp time);

struct Field {
    std::string name;  // empty for the nameless values of classic providers
    Value value;
};

struct Provider {
    std::string_view name;
    std::string_view guid;         // empty for a classic one
    std::string_view source = {};  // EventSourceName
};

/// Where the fields stand in the record's XML.
struct Body {
    std::string_view element = {};     // below UserData; empty: EventData
    std::string_view name_space = {};  // of that element
};

struct Record {
    Timestamp time = {};
    const Provider* provider = nullptr;
    std::string_view channel = {};
    std::uint16_t event_id = 0;
    std::uint16_t qualifiers = 0;
    std::uint8_t version = 0;
    std::uint8_t level = 4;
    std::uint16_t task = 0;
    std::uint64_t keywords = 0x8000000000000000;
    std::optional<Guid> activity = {};
    std::uint32_t process_id = 0;
    std::uint32_t thread_id = 0;
    std::optional<Sid> user = {};
    Body body = {};
    std::vector<Field> fields = {};

    std::uint64_t number = 0;  // EventRecordID; given when all records of the channel are known
};

}  // namespace spoor::sample
