// Arena: memory that is given out piece by piece and freed all at once. What a batch of events points into.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace spoor {

/// Pieces stay where they are until the arena is cleared or destroyed; moving the arena does not move them.
class Arena {
public:
    explicit Arena(std::size_t block_size = 64 * 1024) : block_size_(block_size) {}

    Arena(Arena&& from) noexcept : Arena(from.block_size_) { swap(from); }
    Arena& operator=(Arena&& from) noexcept {
        Arena taken(std::move(from));
        swap(taken);
        return *this;
    }

    /// `size` bytes, aligned for any number up to 8 bytes.
    char* allocate(std::size_t size) {
        char* const piece = reserve(size + 7);
        char* const aligned = piece + (-reinterpret_cast<std::size_t>(piece) & 7);
        commit(static_cast<std::size_t>(aligned - piece) + size);
        return aligned;
    }

    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* const piece = reserve(text.size());
        std::memcpy(piece, text.data(), text.size());
        commit(text.size());
        return {piece, text.size()};
    }

    /// Room for at least `size` unaligned bytes, not yet given out: write at most that many, then `commit` those
    /// written.
    char* reserve(std::size_t size) {
        if (static_cast<std::size_t>(end_ - next_) < size) grow(size);
        return next_;
    }
    void commit(std::size_t size) { next_ += size; }

    /// Forgets every piece and keeps memory for about as many, so that filling it again and again allocates nothing.
    void clear();

    /// Bytes held, given out or not.
    std::size_t footprint() const { return footprint_; }

private:
    void grow(std::size_t size);
    void swap(Arena& other) noexcept;

    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };
    std::vector<Block> blocks_;
    char* next_ = nullptr;
    char* end_ = nullptr;
    std::size_t block_size_;
    std::size_t footprint_ = 0;
};

}  // namespace spoor
