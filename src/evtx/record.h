// Record: one record of an .evtx file as its binary values, before anything knows what they mean.
//
// Nearly all records are made from templates: the element tree is constant and only its substituted values change. What
// is constant lies in a Shape, made once for each pair of templates and shared by all chunks in which their content is
// equal; a Record is then a shape and a row of values that point into the chunk. Whoever reads many records works out
// once for each shape what its slots mean, and after that only walks values.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::evtx {

/// Stored value types ([MS-EVEN6] 2.2.12.3); 0x80 is added for arrays. Utf8 is ours: literal or composed text.
enum class Type : std::uint8_t {
    Null = 0x00,
    Utf16 = 0x01,
    Ansi = 0x02,
    I8 = 0x03,
    U8 = 0x04,
    I16 = 0x05,
    U16 = 0x06,
    I32 = 0x07,
    U32 = 0x08,
    I64 = 0x09,
    U64 = 0x0a,
    Float = 0x0b,
    Double = 0x0c,
    Bool = 0x0d,
    Binary = 0x0e,
    Guid = 0x0f,
    Size = 0x10,
    Filetime = 0x11,
    Systemtime = 0x12,
    Sid = 0x13,
    Hex32 = 0x14,
    Hex64 = 0x15,
    BinXml = 0x21,
    Utf8 = 0x7f,
    ArrayFlag = 0x80,
};

/// One value: its bytes lie in the chunk (or, for Utf8, in the shape or the reader's scratch) and are not aligned.
struct Value {
    const std::uint8_t* data = nullptr;
    std::uint32_t size = 0;
    Type type = Type::Null;
    std::uint8_t reserved[3] = {};  // so that a copy is one of 16 bytes, not of 13 in overlapping halves
};
static_assert(sizeof(Value) == 16);

/// Where a value stands in the event's element tree.
struct Slot {
    std::string path;       // "/Event/System/EventID", "/Event/EventData/Data"
    std::string attribute;  // "" for the element's text, else the attribute's name: "SystemTime", "Qualifiers"
    std::string data_name;  // of the Name attribute of a <Data Name="..."> element; "" elsewhere
};

/// The slots of all records made from the same templates, in document order. Immutable once made.
struct Shape {
    std::uint32_t id = 0;  // 1, 2, 3 ... within one reader; 0: made for one record (no template), do not keep
    std::vector<Slot> slots;
};

class Blueprint;

/// How the record was found; docs/evtx.md tells the kinds apart.
enum class Condition : std::uint8_t { Intact, ChecksumMismatch, BeyondHeader, Resynchronised, Carved, Partial };

/// Valid until the reader moves on.
struct Record {
    std::uint64_t id = 0;       // of the record's header; EventRecordID may differ in saved selections
    std::uint64_t written = 0;  // FILETIME of the record's header
    std::uint64_t offset = 0;   // in the file
    Condition condition = Condition::Intact;
    const Shape* shape = nullptr;   // with values: null when the reader was asked for parts only
    std::span<const Value> values;  // one for each slot of the shape; Type::Null for what is absent

    // What the renderers need: the whole element tree, and the substituted values as they are stored.
    const Blueprint* blueprint = nullptr;
    std::span<const Value> parts;
};

}  // namespace spoor::evtx
