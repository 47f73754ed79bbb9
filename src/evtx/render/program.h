// Program: what a renderer does for all records of one blueprint, and the machine state in which it does so.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "evtx/decode/blueprint.h"
#include "evtx/render/value_writer.h"

namespace spoor::evtx {

/// `before` and `after` are constant texts around a value, as ranges of Program::texts.
template <typename Code>
struct Operation {
    Code code;
    bool drops_when_null = false;
    std::uint32_t part = 0;
    std::uint32_t target = 0;  // the operation to go on with
    std::uint32_t before = 0, before_size = 0;
    std::uint32_t after = 0, after_size = 0;
    std::uint32_t room = 0;  // for its texts, punctuation, and a value without ValueWriter::growth()
};

/// What an operation may write besides its texts.
constexpr std::uint32_t kOperationRoom = kWidestFormat + 2 * kConstantSlack + 64;

template <typename Code>
struct Program {
    std::vector<Operation<Code>> operations;
    std::string texts;

    std::uint32_t here() const { return static_cast<std::uint32_t>(operations.size()); }

    /// Constant text; joins the constant text before it.
    void constant(std::string_view text, Code code) {
        if (text.empty()) return;
        const bool joins = !operations.empty() && operations.back().code == code && joinable_ == here() &&
                           operations.back().before + operations.back().before_size == texts.size();
        if (!joins) {
            operations.push_back({code});
            operations.back().before = static_cast<std::uint32_t>(texts.size());
        }
        texts += text;
        operations.back().before_size += static_cast<std::uint32_t>(text.size());
        joinable_ = here();
    }

    Operation<Code>& add(Code code, std::uint32_t part = 0, std::string_view before = {}, std::string_view after = {}) {
        Operation<Code>& made = operations.emplace_back(Operation<Code>{code});
        made.part = part;
        made.before = static_cast<std::uint32_t>(texts.size());
        made.before_size = static_cast<std::uint32_t>(before.size());
        texts += before;
        made.after = static_cast<std::uint32_t>(texts.size());
        made.after_size = static_cast<std::uint32_t>(after.size());
        texts += after;
        return made;
    }

    /// The operation number `from` goes on here when it does not go on behind itself. No text is joined across such a
    /// place.
    void land(std::uint32_t from) {
        operations[from].target = here();
        joinable_ = kNowhere;
    }

    /// Makes room, so that nothing moves while the program for that many nodes is made.
    void expect(std::size_t nodes) {
        operations.reserve(nodes);
        texts.reserve(24 * nodes);
    }

    void finish() {
        texts.append(kConstantSlack, ' ');
        texts.shrink_to_fit();
        operations.shrink_to_fit();
        for (Operation<Code>& operation : operations)
            operation.room = operation.before_size + operation.after_size + kOperationRoom;
    }

private:
    static constexpr std::uint32_t kNowhere = 0xffffffff;
    std::uint32_t joinable_ = kNowhere;
};

/// The programs of one renderer, by blueprint. Those of passing blueprints are made anew each time.
template <typename Code>
class ProgramCache {
public:
    template <typename Compile>
    const Program<Code>& of(const Blueprint& blueprint, const Compile& compile) {
        const std::uint32_t id = blueprint.id();
        if (id == 0) {
            passing_ = compile(blueprint);
            return passing_;
        }
        if (id >= programs_.size()) programs_.resize(id + id / 2 + 16);
        if (!programs_[id]) programs_[id] = std::make_unique<Program<Code>>(compile(blueprint));
        return *programs_[id];
    }

private:
    std::vector<std::unique_ptr<Program<Code>>> programs_;
    Program<Code> passing_;
};

/// Where a program writes: plain pointers into the buffer, and the record's parts, of which an array's items take the
/// array's place one after the other while an element is repeated.
class Output {
public:
    static constexpr std::size_t kLongestRecord = 8 << 20;

    Output(TextBuffer& text, std::span<const Value> parts)
        : text_(text), before_(text.size()), all_(parts), parts_(parts.data()) {
        at = text.room(4096);
        limit_ = text.limit();
    }

    /// False when the record has become too long; nothing more must be written then.
    bool need(std::size_t size) {
        if (static_cast<std::size_t>(limit_ - at) >= size) return true;
        text_.end_at(at);
        if (text_.size() - before_ + size > 2 * kLongestRecord) return false;
        at = text_.room(size);
        limit_ = text_.limit();
        return true;
    }

    const Value& part(std::uint32_t index) const { return parts_[index]; }

    /// Calls `once` for each item of the array at `index`, with the item in its place; once with null when it has none.
    template <typename Once>
    bool for_each_item(std::uint32_t index, const Once& once) {
        if (patched_.empty()) {
            patched_.assign(all_.begin(), all_.end());
            parts_ = patched_.data();
        }
        const Value array = patched_[index];
        Items items(array);
        bool went_on = true;
        if (array.size == 0) {
            patched_[index] = Value{array.data, 0, item_type(array.type) == Type::Utf16 ? Type::Utf16 : Type::Binary};
            went_on = once();
        }
        while (went_on) {
            const std::optional<Value> item = items.next();
            if (!item) break;
            patched_[index] = *item;
            went_on = once() && length() <= kLongestRecord;
        }
        patched_[index] = array;
        return went_on;
    }

    // Positions in the text survive its growing; pointers do not.
    std::size_t length() const { return static_cast<std::size_t>(at - text_.text().data()) - before_; }
    char* from(std::size_t length) const { return at - (this->length() - length); }

    bool finish(bool succeeded) {
        text_.end_at(at);
        if (!succeeded || text_.size() - before_ > kLongestRecord) text_.truncate(before_);
        return succeeded && text_.size() > before_;
    }

    char* at = nullptr;

private:
    TextBuffer& text_;
    std::size_t before_;
    std::span<const Value> all_;
    const Value* parts_;
    const char* limit_ = nullptr;
    std::vector<Value> patched_;
};

}  // namespace spoor::evtx
