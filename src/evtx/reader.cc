#include "evtx/reader.h"

#include "evtx/decode/template_lender.h"

namespace spoor::evtx {

Result<LogSummary> read_log(const std::string& path, ShapeStore& store, Recovery recovery, RecordVisitor& visitor) {
    const LogFile file = TRY(LogFile::open(path));
    return read_log(file, store, recovery, visitor);
}

Result<LogSummary> read_log(const LogFile& file, ShapeStore& store, Recovery recovery, RecordVisitor& visitor) {
    for (const Issue& issue : file.issues()) visitor.issue(issue);
    Decoder decoder(store);
    TemplateLender lender(file, store, TemplateLender::From::EarlierFilesToo);
    decoder.borrow_from(&lender);
    ChunkSource source(file, 0, file.chunk_count());
    LogSummary summary;
    for (std::size_t i = 0; i < file.chunk_count(); ++i) {
        const Bytes chunk = TRY(source.next());
        if (chunk.empty()) break;
        summary.chunks.push_back(read_chunk(chunk, source.offset(), recovery, decoder, visitor));
        summary.records += summary.chunks.back().records;
    }
    return summary;
}

}  // namespace spoor::evtx
