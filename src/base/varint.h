// Varints: numbers in as few bytes as they need, seven bits a byte, low bits first. How stores and streams write them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor {

inline void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    out += static_cast<char>(value);
}

/// Small numbers of either sign become small varints.
inline std::uint64_t zigzag(std::int64_t value) { return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63); }
inline std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1); }

/// Takes bytes from the front of a text that may be damaged: once something was not there, `ok()` is false for good and
/// everything else comes out empty.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    bool ok() const { return ok_; }
    bool done() const { return bytes_.empty(); }
    std::size_t left() const { return bytes_.size(); }
    /// What was read made no sense.
    void fail() {
        ok_ = false;
        bytes_ = {};
    }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        ok_ = false;
        return 0;
    }

    std::string_view bytes(std::uint64_t size) {
        if (size > bytes_.size()) {
            ok_ = false;
            bytes_ = {};
            return {};
        }
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }

private:
    std::string_view bytes_;
    bool ok_ = true;
};

}  // namespace spoor
