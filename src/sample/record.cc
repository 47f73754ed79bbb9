#include "sample/record.h"

#include "base/endian.h"

namespace spoor::sample {
namespace {

template <typename T>
Value number(evtx::Type type, T value) {
    Value result{type, std::string(sizeof value, '\0')};
    save(result.bytes.data(), value);
    return result;
}

}  // namespace

Value text(std::string_view utf8) { return {evtx::Type::Utf16, std::string(utf8)}; }
Value u8(std::uint8_t value) { return number(evtx::Type::U8, value); }
Value u16(std::uint16_t value) { return number(evtx::Type::U16, value); }
Value u32(std::uint32_t value) { return number(evtx::Type::U32, value); }
Value u64(std::uint64_t value) { return number(evtx::Type::U64, value); }
Value hex32(std::uint32_t value) { return number(evtx::Type::Hex32, value); }
Value hex64(std::uint64_t value) { return number(evtx::Type::Hex64, value); }
Value sid(const Sid& value) { return {evtx::Type::Sid, std::string(value.bytes())}; }
Value guid(const Guid& value) {
    return {evtx::Type::Guid, std::string(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size())};
}
Value filetime(Timestamp time) { return number(evtx::Type::Filetime, time.to_filetime()); }

}  // namespace spoor::sample
