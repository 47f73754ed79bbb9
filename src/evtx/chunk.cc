#include "evtx/chunk.h"

#include <algorithm>

namespace spoor::evtx {
namespace {

/// More records than this cannot lie between two that one chunk holds.
constexpr std::uint64_t kMostRecords = kChunkSize / kSmallestRecord;

bool is_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

class ChunkReader {
public:
    ChunkReader(Bytes bytes, std::uint64_t offset, Recovery recovery, Decoder& decoder, RecordVisitor& visitor)
        : bytes_(bytes), offset_(offset), recovery_(recovery), decoder_(decoder), visitor_(visitor) {
        summary_.offset = offset;
    }

    ChunkSummary read() {
        header_ = ChunkHeader::parse(bytes_);
        if (header_) {
            check_header();
        } else if (is_zero(bytes_)) {
            return summary_;
        } else {
            summary_.state = ChunkSummary::State::Foreign;
        }
        const bool is_whole = header_ && bytes_.size() == kChunkSize;
        if (!is_whole && recovery_ == Recovery::None) {
            report(0, bytes_.size(), header_ ? Problem::FileTruncated : Problem::ForeignBytes);
            return summary_;
        }
        decoder_.begin_chunk(bytes_);
        std::size_t behind = walk();
        if (recovery_ == Recovery::Carve) carve(behind);
        if (!header_) judge_headless();
        return summary_;
    }

private:
    void check_header() {
        summary_.state = ChunkSummary::State::Intact;
        summary_.has_checksums = header_->has_checksums();
        if (summary_.has_checksums) {
            summary_.header_checksum_matches = header_->header_checksum_matches(bytes_);
            summary_.data_checksum_matches = header_->data_checksum_matches(bytes_);
            if (!summary_.header_checksum_matches) report(0, 0, Problem::ChunkHeaderChecksum);
            if (!summary_.data_checksum_matches) report(kChunkHeaderSize, 0, Problem::ChunkDataChecksum);
        }
        if (!summary_.header_checksum_matches || !summary_.data_checksum_matches) damage(Condition::ChecksumMismatch);
        if (header_->free_space >= kChunkHeaderSize && header_->free_space <= bytes_.size())
            stated_end_ = header_->free_space;
    }

    /// A chunk without a header counts as one only when records came out of it.
    void judge_headless() {
        if (summary_.records == 0) {
            report(0, bytes_.size(), Problem::ForeignBytes);
            return;
        }
        summary_.state = ChunkSummary::State::HeaderMissing;
        report(0, kChunkHeaderSize, Problem::ChunkHeaderMissing);
    }

    /// Follows the records from the first; returns where they end.
    std::size_t walk() {
        std::size_t at = kChunkHeaderSize;
        while (true) {
            const std::optional<RecordHeader> record = RecordHeader::parse(bytes_, at);
            const bool is_whole = record && record->size_repeats;
            if (at >= stated_end_) {
                // A log that is being written has a stale header: what goes on with the next id belongs to it. All
                // else behind the end is what is left of older records.
                if (recovery_ == Recovery::None || !is_whole || !follows(record->id)) return at;
                if (!beyond_header_) report(at, 0, Problem::ChunkDirty);
                beyond_header_ = true;
                condition_ = Condition::BeyondHeader;
            }
            if (is_whole) {
                deliver(at, *record, condition_);
                at += record->size;
                continue;
            }
            const std::size_t next = record ? at + record->size : at;
            if (record && deliver(at, *record, Condition::Partial)) {
                damage(condition_);
                // One of the record's two sizes is wrong. Only where the first leads to another record or to the end is
                // it to be trusted.
                if (recovery_ == Recovery::None || next == stated_end_ || RecordHeader::parse(bytes_, next)) {
                    at = next;
                    continue;
                }
            } else if (recovery_ == Recovery::None) {
                if (at < stated_end_) lose(at, stated_end_);
                return at;
            }
            const std::size_t found = resynchronise(at);
            lose(at, found);
            if (found >= stated_end_) return at;
            damage(Condition::Resynchronised);
            at = found;
        }
    }

    /// Where the next record that can belong to this chunk begins; the stated end when there is none.
    std::size_t resynchronise(std::size_t at) const {
        for (at = (at + 8) & ~std::size_t{7}; at < stated_end_; at += 8) {
            const std::optional<RecordHeader> record = RecordHeader::parse(bytes_, at);
            if (record && record->size_repeats && is_plausible(record->id)) return at;
        }
        return stated_end_;
    }

    bool is_plausible(std::uint64_t id) const {
        if (summary_.last_id != 0) return id > summary_.last_id && id - summary_.last_id <= kMostRecords;
        return !header_ || !summary_.header_checksum_matches || (id >= header_->first_id && id <= header_->last_id);
    }

    bool follows(std::uint64_t id) const { return summary_.last_id != 0 && id == summary_.last_id + 1; }

    /// Delivers whatever else looks like a record, if it can be decoded whole.
    void carve(std::size_t at) {
        for (at = (at + 7) & ~std::size_t{7}; at + kSmallestRecord <= bytes_.size(); at += 8) {
            const std::optional<RecordHeader> record = RecordHeader::parse(bytes_, at);
            if (!record || !record->size_repeats) continue;
            Record decoded;
            if (decoder_.decode(at, *record, Decoder::Borrow::Yes, decoded) != Problem::None) continue;
            decoded.offset = offset_ + at;
            decoded.condition = Condition::Carved;
            visitor_.record(decoded);
            at = (at + record->size - 1) & ~std::size_t{7};
        }
    }

    bool deliver(std::size_t at, const RecordHeader& header, Condition condition) {
        Record record;
        Problem problem = decoder_.decode(at, header, Decoder::Borrow::No, record);
        if (problem != Problem::None && problem != Problem::ValueMalformed && recovery_ != Recovery::None) {
            problem = decoder_.decode(at, header, Decoder::Borrow::Yes, record);
            if (problem == Problem::None) {
                report(at, 0, Problem::TemplateUnknown, header.id);
                condition = Condition::Partial;
            }
        }
        if (problem == Problem::ValueMalformed || problem == Problem::NestedUnreadable) {
            report(at, 0, problem, header.id);
            condition = Condition::Partial;
        } else if (problem != Problem::None) {
            if (header.size_repeats) {
                report(at, header.size, problem, header.id);
                ++summary_.unreadable;
                damage(condition_);
                note_id(at, header.id);
            }
            return false;
        }
        if (!header.size_repeats) report(at, 0, Problem::RecordSizeRepeat, header.id);
        note_id(at, header.id);
        record.offset = offset_ + at;
        record.condition = condition;
        ++summary_.records;
        visitor_.record(record);
        return true;
    }

    void note_id(std::size_t at, std::uint64_t id) {
        if (summary_.first_id == 0) summary_.first_id = id;
        if (summary_.last_id != 0 && id != summary_.last_id + 1 && !out_of_order_ &&
            condition_ != Condition::Resynchronised) {
            out_of_order_ = true;
            report(at, 0, Problem::RecordsOutOfOrder, id);
            damage(condition_);
        }
        summary_.last_id = id;
    }

    /// Bytes in which nothing could be read. Zeros up to the chunk's end are only empty, whatever the header says.
    void lose(std::size_t first, std::size_t end) {
        if (first >= end) return;
        if (end == bytes_.size() && is_zero(bytes_.subspan(first))) return;
        report(first, end - first, Problem::RecordsUnreadable);
        damage(condition_);
    }

    void damage(Condition condition) {
        if (summary_.state == ChunkSummary::State::Intact) summary_.state = ChunkSummary::State::Damaged;
        condition_ = condition;
    }

    void report(std::size_t at, std::size_t length, Problem problem, std::uint64_t id = 0) {
        visitor_.issue({offset_ + at, length, id, problem});
    }

    Bytes bytes_;
    std::uint64_t offset_;
    Recovery recovery_;
    Decoder& decoder_;
    RecordVisitor& visitor_;
    ChunkSummary summary_;
    std::optional<ChunkHeader> header_;
    std::size_t stated_end_ = bytes_.size();
    Condition condition_ = Condition::Intact;
    bool beyond_header_ = false;
    bool out_of_order_ = false;
};

}  // namespace

ChunkSummary read_chunk(Bytes bytes, std::uint64_t offset, Recovery recovery, Decoder& decoder,
                        RecordVisitor& visitor) {
    return ChunkReader(bytes, offset, recovery, decoder, visitor).read();
}

}  // namespace spoor::evtx
