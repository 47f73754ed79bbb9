// RecordView: a kernel record whose bytes have been checked against what its type must have.
//
// The records come from our own programs, but through memory that is shared; nothing is read that the size does not
// cover.
#pragma once
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "bpf/record.h"

namespace spoor::sensor {

class RecordView {
public:
    explicit RecordView(std::span<const std::byte> bytes) : bytes_(bytes) {}

    /// The header, or nullptr when there is not even room for one.
    const record_header* header() const { return as<record_header>(); }

    /// The record as a T, or nullptr when it is too short for one.
    template <typename T>
    const T* as() const {
        return bytes_.size() >= sizeof(T) ? reinterpret_cast<const T*>(bytes_.data()) : nullptr;
    }

    /// The text of a span; empty when the span does not lie within the record.
    std::string_view text(const text_span& span) const {
        if (span.offset > bytes_.size() || span.size > bytes_.size() - span.offset) return {};
        return {reinterpret_cast<const char*>(bytes_.data()) + span.offset, span.size};
    }

private:
    std::span<const std::byte> bytes_;
};

/// "/usr/bin/ls" from "ls\0bin\0usr\0"; "..." in front when the walk did not reach the root.
std::string path_of(std::string_view leaf_first, bool cut);

/// The absolute path of what a caller passed, "x/../y" and all, below `base` (leaf first) when it is relative.
std::string passed_path(std::string_view path, std::string_view base_leaf_first, bool cut);

}  // namespace spoor::sensor
