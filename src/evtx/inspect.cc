#include "evtx/inspect.h"

#include <algorithm>
#include <unordered_map>

#include "evtx/value.h"

namespace spoor::evtx {
namespace {

class Inspector : public RecordVisitor {
public:
    explicit Inspector(Inspection& found) : found_(found) {}

    void record(const Record& record) override {
        if (!runs_.empty() && record.id == runs_.back().last + 1)
            runs_.back().last = record.id;
        else
            runs_.push_back({record.id, record.id});
        if (found_.first_written == 0 || record.written < found_.first_written) found_.first_written = record.written;
        found_.last_written = std::max(found_.last_written, record.written);
        const Places places = places_of(*record.shape);
        count(record, places.channel, found_.channels);
        count(record, places.computer, found_.computers);
    }
    void issue(const Issue& issue) override { found_.issues.push_back(issue); }

    /// Sorts the runs of ids into ranges and what is missing between them.
    void finish() {
        std::ranges::sort(runs_, {}, &IdRange::first);
        for (const IdRange& run : runs_) {
            if (found_.ids.empty() || run.first > found_.ids.back().last + 1) {
                if (!found_.ids.empty()) found_.gaps.push_back({found_.ids.back().last + 1, run.first - 1});
                found_.ids.push_back(run);
                continue;
            }
            IdRange& before = found_.ids.back();
            if (run.first <= before.last) found_.repeated += std::min(run.last, before.last) - run.first + 1;
            before.last = std::max(before.last, run.last);
        }
    }

private:
    static constexpr std::size_t kNowhere = SIZE_MAX;

    /// The slots of a shape that are asked for.
    struct Places {
        std::size_t channel = kNowhere;
        std::size_t computer = kNowhere;
    };

    Places places_of(const Shape& shape) {
        if (shape.id != 0) {
            const auto known = places_.find(shape.id);
            if (known != places_.end()) return known->second;
        }
        Places places;
        for (std::size_t slot = 0; slot < shape.slots.size(); ++slot) {
            if (shape.slots[slot].path == "/Event/System/Channel") places.channel = slot;
            if (shape.slots[slot].path == "/Event/System/Computer") places.computer = slot;
        }
        if (shape.id != 0) places_.emplace(shape.id, places);
        return places;
    }

    void count(const Record& record, std::size_t slot, std::map<std::string, std::uint64_t>& names) {
        constexpr std::size_t kMostNames = 1000;
        if (slot == kNowhere) return;
        name_.clear();
        append_text(record.values[slot], name_);
        if (names.size() < kMostNames || names.contains(name_)) ++names[name_];
    }

    Inspection& found_;
    std::vector<IdRange> runs_;
    std::unordered_map<std::uint32_t, Places> places_;
    std::string name_;
};

}  // namespace

Result<Inspection> inspect_log(const std::string& path, Recovery recovery) {
    Inspection found;
    const LogFile file = TRY(LogFile::open(path));
    found.file_size = file.size();
    found.header = file.header();
    ShapeStore store;
    Inspector inspector(found);
    LogSummary summary = TRY(read_log(file, store, recovery, inspector));
    found.chunks = std::move(summary.chunks);
    found.records = summary.records;
    inspector.finish();
    return found;
}

}  // namespace spoor::evtx
