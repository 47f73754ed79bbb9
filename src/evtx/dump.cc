#include "evtx/dump.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "evtx/decode/template_lender.h"

namespace spoor::evtx {
namespace {

constexpr std::size_t kChunksOfBlock = 4;
constexpr std::size_t kUsualText = 5 * kChunksOfBlock * kChunkSize;  // rendered, a chunk is two to five times as long

/// What some neighbouring chunks became.
struct Block {
    TextBuffer text;
    std::vector<Issue> issues;
    std::vector<ChunkSummary> chunks;
    std::optional<Error> error;
};

/// One thread's own decoder, renderer and input buffer.
class BlockMaker : public RecordVisitor {
public:
    BlockMaker(const LogFile& file, ShapeStore& store, TemplateLender& lender, const DumpOptions& options)
        : file_(file),
          recovery_(options.recovery),
          decoder_(store, Decoder::Fill::PartsOnly),
          renderer_(options.format == Format::Xml ? make_xml_renderer() : make_json_renderer()),
          source_(file, 0, 0) {
        decoder_.borrow_from(&lender);
    }

    void make(std::size_t index, Block& block) {
        block_ = &block;
        block.text.clear();
        block.text.room(kUsualText);
        block.issues.clear();
        block.chunks.clear();
        const std::size_t first = index * kChunksOfBlock;
        source_.seek(first, std::min(first + kChunksOfBlock, file_.chunk_count()));
        while (true) {
            const Result<Bytes> chunk = source_.next();
            if (!chunk) block.error = chunk.error();
            if (!chunk || chunk->empty()) return;
            block.chunks.push_back(read_chunk(*chunk, source_.offset(), recovery_, decoder_, *this));
        }
    }

    void record(const Record& record) override {
        if (!renderer_->append(record, block_->text))
            block_->issues.push_back({record.offset, 0, record.id, Problem::TooLarge});
    }
    void issue(const Issue& issue) override { block_->issues.push_back(issue); }

private:
    const LogFile& file_;
    Recovery recovery_;
    Decoder decoder_;
    std::unique_ptr<Renderer> renderer_;
    ChunkSource source_;
    Block* block_ = nullptr;
};

/// Blocks in the making: threads take the next number, the caller takes the finished ones in order. At most as many are
/// under way as the line has places.
class Line {
public:
    Line(std::size_t blocks, std::size_t places) : blocks_(blocks), places_(places) {}

    /// The next block to be made and where; nothing when all are taken or nobody wants more.
    std::optional<std::size_t> take() {
        std::unique_lock held(lock_);
        moved_.wait(held, [&] { return stopped_ || taken_ == blocks_ || taken_ < delivered_ + places_.size(); });
        if (stopped_ || taken_ == blocks_) return std::nullopt;
        return taken_++;
    }
    Block& block(std::size_t index) { return places_[index % places_.size()].block; }

    void finish(std::size_t index) {
        const std::lock_guard held(lock_);
        places_[index % places_.size()].is_finished = true;
        moved_.notify_all();
    }

    /// Waits for the block whose turn it is.
    Block& wait() {
        std::unique_lock held(lock_);
        Place& place = places_[delivered_ % places_.size()];
        moved_.wait(held, [&] { return place.is_finished; });
        return place.block;
    }
    void deliver() {
        const std::lock_guard held(lock_);
        places_[delivered_ % places_.size()].is_finished = false;
        ++delivered_;
        moved_.notify_all();
    }
    void stop() {
        const std::lock_guard held(lock_);
        stopped_ = true;
        moved_.notify_all();
    }

private:
    struct Place {
        Block block;
        bool is_finished = false;
    };
    std::size_t blocks_;
    std::vector<Place> places_;
    std::mutex lock_;
    std::condition_variable moved_;
    std::size_t taken_ = 0;
    std::size_t delivered_ = 0;
    bool stopped_ = false;
};

/// Hands a finished block on; false when that was the last one wanted.
bool deliver(const Block& block, const DumpTarget& target, LogSummary& summary) {
    for (const ChunkSummary& chunk : block.chunks) {
        summary.chunks.push_back(chunk);
        summary.records += chunk.records;
    }
    for (const Issue& issue : block.issues) target.issue(issue);
    if (block.text.size() != 0 && !target.write(block.text.text())) return false;
    if (target.progress && !block.chunks.empty())
        target.progress(block.chunks.back().offset + kChunkSize, summary.records);
    return !block.error;
}

}  // namespace

Result<LogSummary> dump_log(const LogFile& file, ShapeStore& store, const DumpOptions& options,
                            const DumpTarget& target) {
    for (const Issue& issue : file.issues()) target.issue(issue);
    TemplateLender lender(file, store, TemplateLender::From::EarlierFilesToo);
    const std::size_t blocks = (file.chunk_count() + kChunksOfBlock - 1) / kChunksOfBlock;
    const std::size_t threads = std::min<std::size_t>(options.threads, blocks);
    LogSummary summary;
    std::optional<Error> error;
    if (threads <= 1) {
        BlockMaker maker(file, store, lender, options);
        Block block;
        for (std::size_t i = 0; i < blocks; ++i) {
            maker.make(i, block);
            if (!deliver(block, target, summary)) break;
        }
        error = block.error;
    } else {
        Line line(blocks, 4 * threads);
        std::vector<std::jthread> makers;
        for (std::size_t i = 0; i < threads; ++i) {
            makers.emplace_back([&] {
                BlockMaker maker(file, store, lender, options);
                while (const std::optional<std::size_t> index = line.take()) {
                    maker.make(*index, line.block(*index));
                    line.finish(*index);
                }
            });
        }
        for (std::size_t i = 0; i < blocks; ++i) {
            const Block& block = line.wait();
            const bool goes_on = deliver(block, target, summary);
            error = block.error;
            line.deliver();
            if (!goes_on) break;
        }
        line.stop();
    }
    if (error) return std::unexpected(*std::move(error));
    return summary;
}

}  // namespace spoor::evtx
