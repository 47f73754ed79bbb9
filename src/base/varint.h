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
inline std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

/// Takes bytes from the front of a text that may be damaged: once something was not there, `ok()` is false for good and
/// everything else comes out empty.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    bool ok() const { return ok_; }
    bool done() const { return next_ == end_; }
    std::size_t left() const { return static_cast<std::size_t>(end_ - next_); }
    /// What was read made no sense.
    void fail() {
        ok_ = false;
        next_ = end_;
    }

    std::uint64_t varint() {
        // Most numbers are small: differences between neighbours.
        if (next_ != end_ && static_cast<std::uint8_t>(*next_) < 0x80) return static_cast<std::uint8_t>(*next_++);
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && next_ != end_; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*next_++);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        ok_ = false;
        return 0;
    }

    /// Steps over so many numbers without reading them.
    void skip_varints(std::uint64_t count) {
        for (; count > 0 && next_ != end_; ++next_) count -= static_cast<std::uint8_t>(*next_) < 0x80;
        if (count > 0) ok_ = false;
    }

    std::string_view bytes(std::uint64_t size) {
        if (size > static_cast<std::uint64_t>(end_ - next_)) {
            ok_ = false;
            next_ = end_;
            return {};
        }
        const std::string_view taken(next_, size);
        next_ += size;
        return taken;
    }

private:
    const char* next_;
    const char* end_;
    bool ok_ = true;
};

}  // namespace spoor
