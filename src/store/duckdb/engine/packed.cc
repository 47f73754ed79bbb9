#include "store/duckdb/engine/packed.h"

#include <zstd.h>

#include <memory>

#include "base/check.h"
#include "base/varint.h"

namespace spoor::store::duckdb {
namespace {

constexpr std::uint64_t kMostBytes = 256ull << 20;
constexpr int kLevel = 3;  // level 1 is a tenth larger and, on pages of 30-100 kB, no faster that shows

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::string pack(std::string_view bytes) {
    // Making a context costs more than compressing a page; each thread keeps one.
    thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
    std::string packed;
    put_varint(packed, bytes.size());
    const std::size_t header = packed.size();
    packed.resize(header + ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compressCCtx(context.get(), packed.data() + header, packed.size() - header,
                                               bytes.data(), bytes.size(), kLevel);
    CHECK(!ZSTD_isError(size));
    packed.resize(header + size);
    return packed;
}

Result<std::string> unpack(std::string_view packed) {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
    ByteReader reader(packed);
    const std::uint64_t size = reader.varint();
    if (!reader.ok() || size > kMostBytes) return fail(Errc::Corrupt, "a page of the store gives an impossible size");
    std::size_t header = 1;
    for (std::uint64_t rest = size; rest >= 0x80; rest >>= 7) ++header;
    std::string bytes(size, '\0');
    const std::size_t got =
        ZSTD_decompressDCtx(context.get(), bytes.data(), bytes.size(), packed.data() + header, packed.size() - header);
    if (ZSTD_isError(got) || got != size) return fail(Errc::Corrupt, "a page of the store does not decompress");
    return bytes;
}

}  // namespace spoor::store::duckdb
