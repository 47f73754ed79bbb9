#include "sources/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

namespace spoor::sources {
namespace {

/// libarchive asks for blocks through this.
struct Feed {
    Input& input;
    std::vector<char> buffer;
    std::string trouble;
};

la_ssize_t read_block(archive*, void* context, const void** block) {
    Feed& feed = *static_cast<Feed*>(context);
    const auto got = feed.input.read(feed.buffer);
    if (!got) {
        feed.trouble = got.error().what;
        return ARCHIVE_FATAL;
    }
    *block = feed.buffer.data();
    return static_cast<la_ssize_t>(*got);
}

struct FreeArchive {
    void operator()(archive* opened) const { archive_read_free(opened); }
};

std::string reason(archive* opened) {
    const char* const text = archive_error_string(opened);
    return text ? text : "no reason given";
}

class Member final : public Input {
public:
    explicit Member(archive* opened) : archive_(opened) {}
    std::string remark() const override { return remark_; }

private:
    Result<std::size_t> read_some(std::span<char> to) override {
        if (broken_) return std::size_t{0};
        const la_ssize_t got = archive_read_data(archive_, to.data(), to.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        // What came before the damage is good: it is kept, and the damage told.
        broken_ = true;
        remark_ = fmt::format("unpacking stopped: {}; what comes before was read", reason(archive_));
        return std::size_t{0};
    }

    archive* archive_;
    bool broken_ = false;
    std::string remark_;
};

}  // namespace

Result<> for_each_member(Input& packed, const std::function<void(std::string_view, Input&)>& visit) {
    const std::unique_ptr<archive, FreeArchive> opened(archive_read_new());
    // Not "all": some of those run other programs on what may be hostile input.
    for (const auto support :
         {archive_read_support_filter_bzip2, archive_read_support_filter_xz, archive_read_support_filter_zstd,
          archive_read_support_filter_gzip, archive_read_support_format_zip_streamable, archive_read_support_format_tar,
          archive_read_support_format_7zip})
        support(opened.get());
    // One packed file that is no archive (x.json.zst) is an archive of one.
    archive_read_support_format_raw(opened.get());
    Feed feed{packed, std::vector<char>(64 * 1024), {}};
    if (archive_read_open(opened.get(), &feed, nullptr, read_block, nullptr) != ARCHIVE_OK)
        return fail(Errc::Corrupt, fmt::format("opening the archive: {}", reason(opened.get())));
    for (;;) {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(opened.get(), &entry);
        if (result == ARCHIVE_EOF) return {};
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return fail(Errc::Corrupt, fmt::format("the archive breaks off: {}",
                                                   feed.trouble.empty() ? reason(opened.get()) : feed.trouble));
        if (archive_entry_filetype(entry) != AE_IFREG && archive_format(opened.get()) != ARCHIVE_FORMAT_RAW) continue;
        const char* const name = archive_entry_pathname(entry);
        Member content(opened.get());
        visit(name ? name : "", content);
    }
}

}  // namespace spoor::sources
