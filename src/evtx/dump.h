// Dump: a whole log rendered as text, by several threads if wanted, in the order of the file.
#pragma once
#include <functional>
#include <string_view>

#include "base/result.h"
#include "evtx/reader.h"
#include "evtx/render/renderer.h"

namespace spoor::evtx {

enum class Format : std::uint8_t { Xml, JsonLines };

struct DumpOptions {
    Format format = Format::Xml;
    Recovery recovery = Recovery::Damage;
    unsigned threads = 1;
};

/// Where a dump goes. All are called by the thread that called dump_log, in file order.
struct DumpTarget {
    /// False ends the dump: nobody wants more.
    std::function<bool(std::string_view)> write;
    std::function<void(const Issue&)> issue;
    /// If there is one: told now and then up to which byte the file is done, and how many of its records are written.
    std::function<void(std::uint64_t end, std::uint64_t records)> progress = {};
};

/// Writes the text of all records. The result is what the chunks held, as far as the dump came.
Result<LogSummary> dump_log(const LogFile& file, ShapeStore& store, const DumpOptions& options,
                            const DumpTarget& target);

}  // namespace spoor::evtx
