#include "evtx/write/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/unicode.h"
#include "evtx/write/chunk_builder.h"

namespace spoor::evtx {
namespace {

template <typename T>
NewValue number(Type type, T value) {
    return {type, std::string(reinterpret_cast<const char*>(&value), sizeof value)};
}

std::string units_of(std::string_view utf8) {
    const std::u16string units = utf8_to_utf16(utf8);
    return {reinterpret_cast<const char*>(units.data()), 2 * units.size()};
}

constexpr std::size_t kLargestValue = 0xffff;

}  // namespace

NewValue NewValue::text(std::string_view utf8) { return {Type::Utf16, units_of(utf8)}; }

NewValue NewValue::text_array(std::span<const std::string_view> items) {
    NewValue value{static_cast<Type>(0x80 | static_cast<int>(Type::Utf16)), {}};
    for (const std::string_view item : items) value.bytes += units_of(item).append(2, '\0');
    return value;
}

NewValue NewValue::i32(std::int32_t value) { return number(Type::I32, value); }
NewValue NewValue::u8(std::uint8_t value) { return number(Type::U8, value); }
NewValue NewValue::u16(std::uint16_t value) { return number(Type::U16, value); }
NewValue NewValue::u32(std::uint32_t value) { return number(Type::U32, value); }
NewValue NewValue::u64(std::uint64_t value) { return number(Type::U64, value); }
NewValue NewValue::hex32(std::uint32_t value) { return number(Type::Hex32, value); }
NewValue NewValue::hex64(std::uint64_t value) { return number(Type::Hex64, value); }
NewValue NewValue::boolean(bool value) { return number(Type::Bool, std::uint32_t{value}); }
NewValue NewValue::guid(const Guid& value) { return number(Type::Guid, value.bytes); }
NewValue NewValue::filetime(Timestamp time) { return number(Type::Filetime, time.to_filetime()); }
NewValue NewValue::binary(std::string_view bytes) { return {Type::Binary, std::string(bytes)}; }
NewValue NewValue::sid(std::string_view bytes) { return {Type::Sid, std::string(bytes)}; }

/// The file behind a writer: on the disk, or in memory when there is no descriptor.
class LogWriter::File {
public:
    File(int descriptor, std::string path, std::uint64_t first_id)
        : descriptor_(descriptor), path_(std::move(path)), next_id_(first_id) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    Result<std::uint64_t> add(const NewEvent& event) {
        for (const NamedValue& value : event.data)
            if (value.value.bytes.size() > kLargestValue) return too_large(event);
        if (!chunk_.add(event, next_id_, next_number_)) {
            if (chunk_.empty()) return too_large(event);
            TRY(flush());
            if (!chunk_.add(event, next_id_, next_number_)) return too_large(event);
        }
        ++next_number_;
        return next_id_++;
    }

    Result<void> finish() {
        if (!chunk_.empty()) TRY(flush());
        std::uint8_t header[kFileHeaderSize] = {};
        std::memcpy(header, kFileSignature, 8);
        save(header + 16, chunks_ == 0 ? 0 : chunks_ - 1);
        save(header + 24, next_id_);
        save(header + 32, std::uint32_t{128});
        save(header + 36, std::uint16_t{1});
        save(header + 38, std::uint16_t{3});
        save(header + 40, static_cast<std::uint16_t>(kFileHeaderSize));
        save(header + 42, static_cast<std::uint32_t>(chunks_));
        save(header + 124, crc32(Bytes(header).first(120)));
        return write(0, header);
    }

    const std::vector<std::uint8_t>& bytes() const { return memory_; }

private:
    Result<void> flush() {
        TRY(write(kFileHeaderSize + chunks_ * kChunkSize, chunk_.finish()));
        chunk_.clear();
        ++chunks_;
        return {};
    }

    Result<void> write(std::uint64_t offset, Bytes bytes) {
        if (descriptor_ < 0) {
            if (memory_.size() < offset + bytes.size()) memory_.resize(offset + bytes.size());
            std::memcpy(memory_.data() + offset, bytes.data(), bytes.size());
            return {};
        }
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return fail_errno(fmt::format("writing {}", path_));
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
        }
        return {};
    }

    static std::unexpected<Error> too_large(const NewEvent& event) {
        return fail(Errc::Full, fmt::format("event {} of {} is too large: a record must fit into a chunk of 64 KiB",
                                            event.event_id, event.provider));
    }

    int descriptor_;
    std::string path_;
    std::vector<std::uint8_t> memory_;
    ChunkBuilder chunk_;
    std::uint64_t chunks_ = 0;
    std::uint64_t next_id_;
    std::uint64_t next_number_ = 1;
};

Result<LogWriter> LogWriter::create(const std::string& path, std::uint64_t first_record_id) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return fail_errno(fmt::format("creating {}", path));
    LogWriter writer;
    writer.file_ = std::make_unique<File>(descriptor, path, first_record_id);
    return writer;
}

LogWriter::LogWriter(std::uint64_t first_record_id) : file_(std::make_unique<File>(-1, "", first_record_id)) {}
LogWriter::LogWriter(LogWriter&&) noexcept = default;
LogWriter& LogWriter::operator=(LogWriter&&) noexcept = default;
LogWriter::~LogWriter() = default;

Result<std::uint64_t> LogWriter::add(const NewEvent& event) { return file_->add(event); }
Result<void> LogWriter::finish() { return file_->finish(); }
const std::vector<std::uint8_t>& LogWriter::bytes() const { return file_->bytes(); }

}  // namespace spoor::evtx
