// Key: what a person pressed, out of the bytes that a terminal sends for it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::screen {

struct Key {
    enum class Code : unsigned char {
        Letter,
        Control,
        Enter,
        Escape,
        Tab,
        BackTab,
        Backspace,
        Delete,
        Up,
        Down,
        Left,
        Right,
        PageUp,
        PageDown,
        Home,
        End,
        Other,
    };
    Code code = Code::Other;
    char32_t letter = 0;  // of Letter, as typed; of Control, lower case
    bool pasted = false;  // text, never a command

    friend bool operator==(const Key&, const Key&) = default;
};

class KeyDecoder {
public:
    /// The keys that are complete with these bytes. What is no key is passed over.
    std::vector<Key> decode(std::string_view bytes);
    /// Nothing has come for a while: an Escape that might have begun a longer sequence was the key of that name.
    std::vector<Key> pause();
    bool waits() const { return !rest_.empty(); }

private:
    std::size_t one(std::string_view bytes, std::vector<Key>& keys);

    std::string rest_;
    bool pasting_ = false;
};

}  // namespace spoor::screen
