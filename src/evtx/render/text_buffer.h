// TextBuffer: where rendered text gathers. Writers ask for room, write behind the end with plain pointers, and move the
// end.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace spoor::evtx {

class TextBuffer {
public:
    /// The end of the text, with at least `size` bytes of room behind it. Invalidates pointers from before.
    char* room(std::size_t size) {
        if (capacity_ - size_ < size) grow(size);
        return text_.get() + size_;
    }
    /// The text now ends at `end`, which lies in the room asked for.
    void end_at(const char* end) { size_ = static_cast<std::size_t>(end - text_.get()); }

    void append(std::string_view text) {
        std::memcpy(room(text.size()), text.data(), text.size());
        size_ += text.size();
    }

    std::string_view text() const { return {text_.get(), size_}; }
    std::size_t size() const { return size_; }
    const char* limit() const { return text_.get() + capacity_; }
    void truncate(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }

private:
    void grow(std::size_t size) {
        const std::size_t capacity = std::max(size_ + size, capacity_ * 2);
        auto grown = std::make_unique_for_overwrite<char[]>(capacity);
        if (size_ != 0) std::memcpy(grown.get(), text_.get(), size_);
        text_ = std::move(grown);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> text_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace spoor::evtx
