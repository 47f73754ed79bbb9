// Input: bytes that come one after the other, from a file or from inside an archive, with a look ahead.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace spoor::sources {

class Input {
public:
    virtual ~Input() = default;

    /// Fills `to` as far as bytes are left: fewer than asked for is the end.
    Result<std::size_t> read(std::span<char> to);

    /// The next bytes, up to `size` (at most 64 KiB), without taking them. Fewer only at the end, or before an error
    /// that the next read will give.
    std::string_view peek(std::size_t size);

    /// Something to tell of the bytes that were read, once they have been: a checksum missing at the end.
    virtual std::string remark() const { return {}; }

protected:
    /// Reads at least one byte, or none at the end.
    virtual Result<std::size_t> read_some(std::span<char> to) = 0;

private:
    std::vector<char> ahead_;
    std::size_t taken_ = 0;
};

/// A file, from its beginning.
Result<std::unique_ptr<Input>> open_file(const std::string& path);

/// What is packed in `packed` with gzip; several members in a row are one text. An end that comes too early ends the
/// input with a remark, not with an error: captures that were cut off are read as far as they go.
std::unique_ptr<Input> unpack_gzip(Input& packed);

/// UTF-16 with a byte order mark, as UTF-8.
std::unique_ptr<Input> decode_utf16(Input& encoded);

/// `inner`, as long as `budget` lasts: what is read is taken from it, and when it is used up reading fails.
std::unique_ptr<Input> limit(Input& inner, std::uint64_t& budget);

/// Holds all the rest of `input` in a file without a name, which goes away with this.
class Spool {
public:
    static Result<Spool> fill(Input& input);

    Spool(Spool&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), remark_(std::move(other.remark_)) {}
    Spool& operator=(Spool&&) = delete;
    ~Spool();

    /// A path by which it can be opened while this lives.
    std::string path() const;
    const std::string& remark() const { return remark_; }

private:
    explicit Spool(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
    std::string remark_;
};

}  // namespace spoor::sources
