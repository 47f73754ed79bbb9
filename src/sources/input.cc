#include "sources/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/unicode.h"

namespace spoor::sources {
namespace {

class FileInput final : public Input {
public:
    explicit FileInput(int descriptor) : descriptor_(descriptor) {}
    FileInput(const FileInput&) = delete;
    FileInput& operator=(const FileInput&) = delete;
    ~FileInput() override { ::close(descriptor_); }

private:
    Result<std::size_t> read_some(std::span<char> to) override {
        for (;;) {
            const ssize_t got = ::read(descriptor_, to.data(), to.size());
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) return fail_errno("reading");
        }
    }
    int descriptor_;
};

class GzipInput final : public Input {
public:
    explicit GzipInput(Input& packed) : packed_(packed) {
        stream_ = {};
        // 16: a gzip header and trailer.
        ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
    }
    GzipInput(const GzipInput&) = delete;
    GzipInput& operator=(const GzipInput&) = delete;
    ~GzipInput() override {
        if (ready_) inflateEnd(&stream_);
    }

    std::string remark() const override { return remark_; }

private:
    Result<std::size_t> read_some(std::span<char> to) override {
        if (!ready_) return fail(Errc::Io, "no memory to unpack in");
        stream_.next_out = reinterpret_cast<Bytef*>(to.data());
        stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(to.size(), 1 << 30));
        const uInt room = stream_.avail_out;
        while (stream_.avail_out == room && !done_) {
            if (stream_.avail_in == 0) {
                const std::size_t got = TRY(packed_.read(buffer_));
                stream_.next_in = reinterpret_cast<Bytef*>(buffer_);
                stream_.avail_in = static_cast<uInt>(got);
                if (got == 0) {
                    if (!between_members_) remark_ = "the gzip data ends too early; what is there was read";
                    done_ = true;
                    break;
                }
            }
            if (between_members_) {
                // What follows a member is another one, or padding, or something that does not belong there.
                if (*stream_.next_in != 0x1f) {
                    if (*stream_.next_in != 0) remark_ = "bytes that are no gzip data follow it; they were passed over";
                    done_ = true;
                    break;
                }
                inflateReset(&stream_);
                between_members_ = false;
            }
            const int result = inflate(&stream_, Z_NO_FLUSH);
            if (result == Z_STREAM_END) {
                between_members_ = true;
            } else if (result != Z_OK && result != Z_BUF_ERROR) {
                remark_ = fmt::format("the gzip data is damaged ({}); what comes before was read",
                                      stream_.msg ? stream_.msg : "no reason given");
                done_ = true;
            }
        }
        return room - stream_.avail_out;
    }

    Input& packed_;
    z_stream stream_;
    bool ready_ = false;
    bool between_members_ = false;
    bool done_ = false;
    std::string remark_;
    char buffer_[64 * 1024];
};

class Utf16Input final : public Input {
public:
    explicit Utf16Input(Input& encoded) : encoded_(encoded) {}
    std::string remark() const override { return encoded_.remark(); }

private:
    Result<std::size_t> read_some(std::span<char> to) override {
        while (given_ == text_.size()) {
            char block[64 * 1024];
            std::memcpy(block, &held_, held_size_);
            std::size_t size = held_size_ + TRY(encoded_.read(std::span(block).subspan(held_size_)));
            const bool at_end = size < sizeof block;
            if (size == 0) return std::size_t{0};
            if (!order_known_) {
                swapped_ = static_cast<std::uint8_t>(block[0]) == 0xfe;
                order_known_ = true;
            }
            if (swapped_)
                for (std::size_t i = held_size_ & ~std::size_t{1}; i + 1 < size; i += 2)
                    std::swap(block[i], block[i + 1]);
            // A surrogate pair, or a unit, may lie across the blocks.
            std::size_t whole = size & ~std::size_t{1};
            if (!at_end && whole >= 2 && (static_cast<std::uint8_t>(block[whole - 1]) & 0xfc) == 0xd8) whole -= 2;
            text_ = utf16_to_utf8(reinterpret_cast<const std::uint8_t*>(block), whole / 2);
            given_ = text_.starts_with("\xef\xbb\xbf") ? 3 : 0;
            held_size_ = at_end ? 0 : size - whole;
            std::memcpy(&held_, block + whole, held_size_);
            if (at_end && text_.size() == given_) return std::size_t{0};
        }
        const std::size_t size = std::min(to.size(), text_.size() - given_);
        std::memcpy(to.data(), text_.data() + given_, size);
        given_ += size;
        return size;
    }

    Input& encoded_;
    std::string text_;
    std::size_t given_ = 0;
    bool order_known_ = false;
    bool swapped_ = false;
    char held_[4] = {};
    std::size_t held_size_ = 0;
};

class LimitedInput final : public Input {
public:
    LimitedInput(Input& inner, std::uint64_t& budget) : inner_(inner), budget_(budget) {}
    std::string remark() const override { return inner_.remark(); }

private:
    Result<std::size_t> read_some(std::span<char> to) override {
        const std::size_t got = TRY(inner_.read(to));
        if (got > budget_) return fail(Errc::Full, "unpacks to more than is allowed for its size");
        budget_ -= got;
        return got;
    }
    Input& inner_;
    std::uint64_t& budget_;
};

}  // namespace

std::unique_ptr<Input> decode_utf16(Input& encoded) { return std::make_unique<Utf16Input>(encoded); }
std::unique_ptr<Input> limit(Input& inner, std::uint64_t& budget) {
    return std::make_unique<LimitedInput>(inner, budget);
}

Result<std::size_t> Input::read(std::span<char> to) {
    std::size_t got = std::min(to.size(), ahead_.size() - taken_);
    std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(taken_), got, to.begin());
    taken_ += got;
    while (got < to.size()) {
        const std::size_t more = TRY(read_some(to.subspan(got)));
        if (more == 0) break;
        got += more;
    }
    return got;
}

std::string_view Input::peek(std::size_t size) {
    ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    size = std::min<std::size_t>(size, 64 * 1024);
    while (ahead_.size() < size) {
        const std::size_t before = ahead_.size();
        ahead_.resize(size);
        const auto more = read_some(std::span(ahead_).subspan(before));
        ahead_.resize(before + more.value_or(0));
        if (!more || *more == 0) break;
    }
    return {ahead_.data(), std::min(size, ahead_.size())};
}

Result<std::unique_ptr<Input>> open_file(const std::string& path) {
    // Without O_NONBLOCK a named pipe that nobody writes to would hold us for ever.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return fail_errno("opening");
    return std::make_unique<FileInput>(descriptor);
}

std::unique_ptr<Input> unpack_gzip(Input& packed) { return std::make_unique<GzipInput>(packed); }

Result<Spool> Spool::fill(Input& input) {
    const char* const chosen = std::getenv("TMPDIR");
    std::string name = std::string(chosen && *chosen ? chosen : "/tmp") + "/spoor-XXXXXX";
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) return fail_errno("making a temporary file");
    ::unlink(name.c_str());
    Spool spool(descriptor);

    std::vector<char> buffer(256 * 1024);
    for (;;) {
        const std::size_t got = TRY(input.read(buffer));
        if (got == 0) break;
        for (std::size_t written = 0; written < got;) {
            const ssize_t more = ::write(descriptor, buffer.data() + written, got - written);
            if (more < 0 && errno != EINTR) return fail_errno("writing a temporary file");
            if (more > 0) written += static_cast<std::size_t>(more);
        }
    }
    spool.remark_ = input.remark();
    return spool;
}

Spool::~Spool() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string Spool::path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

}  // namespace spoor::sources
