#include "screen/key.h"

#include <optional>
#include <utility>

namespace spoor::screen {
namespace {

using Code = Key::Code;

constexpr std::size_t kLongestSequence = 32;

struct Sequence {
    std::string_view bytes;  // behind ESC [ or ESC O
    Code code;
};

constexpr Sequence kSequences[] = {
    {"A", Code::Up},      {"B", Code::Down},      {"C", Code::Right},   {"D", Code::Left},    {"H", Code::Home},
    {"F", Code::End},     {"1~", Code::Home},     {"7~", Code::Home},   {"4~", Code::End},    {"8~", Code::End},
    {"5~", Code::PageUp}, {"6~", Code::PageDown}, {"3~", Code::Delete}, {"Z", Code::BackTab}, {"M", Code::Enter},
};

/// Bytes of the UTF-8 letter that begins so; 0 for a byte that begins none.
std::size_t letter_size(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

}  // namespace

std::vector<Key> KeyDecoder::decode(std::string_view bytes) {
    std::vector<Key> keys;
    std::string all = std::exchange(rest_, {});
    all += bytes;
    std::string_view left = all;
    while (!left.empty()) {
        const std::size_t taken = one(left, keys);
        if (taken == 0) break;
        left.remove_prefix(taken);
    }
    rest_ = left;
    return keys;
}

std::vector<Key> KeyDecoder::pause() {
    std::vector<Key> keys;
    if (rest_.empty()) return keys;
    // Cut off in the middle: the Escape stands for itself, and the rest is nothing.
    if (rest_.front() == '\x1b') keys.push_back({Code::Escape});
    rest_.clear();
    return keys;
}

/// Takes one key off the front and returns its length; 0 when more bytes are needed to tell.
std::size_t KeyDecoder::one(std::string_view bytes, std::vector<Key>& keys) {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first == 0x1b) {
        if (bytes.size() == 1) return 0;
        if (bytes[1] != '[' && bytes[1] != 'O') {
            keys.push_back({Code::Escape});
            return 1;
        }
        std::size_t end = 2;
        while (end < bytes.size() && (bytes[end] < 0x40 || bytes[end] > 0x7e)) ++end;
        if (end == bytes.size()) return bytes.size() < kLongestSequence ? 0 : bytes.size();
        const std::string_view sequence = bytes.substr(2, end - 1);
        if (sequence == "200~")
            pasting_ = true;
        else if (sequence == "201~")
            pasting_ = false;
        for (const Sequence& known : kSequences)
            if (sequence == known.bytes) keys.push_back({known.code});
        return end + 1;
    }
    if (pasting_ && (first < 0x20 || first == 0x7f)) return 1;
    switch (first) {
        case '\r':
        case '\n': keys.push_back({Code::Enter}); return 1;
        case '\t': keys.push_back({Code::Tab}); return 1;
        case 0x7f:
        case 0x08: keys.push_back({Code::Backspace}); return 1;
        default: break;
    }
    if (first < 0x20) {
        keys.push_back({Code::Control, static_cast<char32_t>(first + 'a' - 1)});
        return 1;
    }
    const std::size_t size = letter_size(first);
    if (size == 0) return 1;
    if (bytes.size() < size) return 0;
    char32_t letter = size == 1 ? first : first & (0x7f >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(bytes[i]);
        if ((next & 0xc0) != 0x80) return i;
        letter = letter << 6 | (next & 0x3f);
    }
    keys.push_back({.code = Code::Letter, .letter = letter, .pasted = pasting_});
    return size;
}

}  // namespace spoor::screen
