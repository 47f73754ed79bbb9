// LogArchive: the archive that some log files are, without a store.
//
// Opening it reads the logs once, and works out boots, sessions, processes and links from all of them. Events are not
// kept beyond a small budget: whoever asks for them has the logs read again, as often as memory needs. Each reading
// keeps the earliest matches behind those that were given already, so a search with few matches reads once, `--limit
// 20` reads once, and all events of a hundred gigabytes come in order without more memory than the events of one
// reading.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sources/reader.h"
#include "store/archive.h"
#include "store/record_set.h"

namespace spoor::ingest {

/// Who is told what happens while logs are read. Anything may be left out.
struct Listener {
    std::function<void(const sources::Issue&)> issue = {};
    std::function<void(const sources::Progress&)> progress = {};
    std::function<void()> done = {};  // with one reading
};

struct Reading {
    unsigned threads = 0;                        // 0: one for each core
    std::size_t events_in_memory = 96ull << 20;  // bytes of events up to which logs are not read again
    std::size_t events_per_reading = 1 << 16;    // what one further reading keeps
};

class LogArchive final : public store::Archive {
public:
    /// Fails where no path leads to a log. What is wrong with single files and records goes to the listener.
    static Result<std::unique_ptr<LogArchive>> open(std::vector<std::string> paths, Listener listener,
                                                    Reading reading = {});

    Catalog& catalog() override { return catalog_; }
    Result<const History*> history() override { return &history_; }
    Result<std::unique_ptr<store::EventStream>> events(store::EventQuery query) override;
    Result<std::vector<store::Count>> count(const store::CountQuery& query) override;
    Result<std::vector<store::Holding>> holdings() override;
    Result<store::Inventory> inventory() override;

    const sources::Totals& totals() const { return totals_; }

private:
    friend class LogStream;
    class FirstReading;

    LogArchive(std::vector<std::string> paths, Listener listener, Reading reading);

    /// Every portion of the logs, with actors. `number` is that of its first event among all. From memory, or from the
    /// files again.
    using Take = std::function<sources::Flow(const Batch& batch, std::uint64_t number)>;
    void each_portion(const Take& take);

    struct Channel {
        store::RecordSet records;
        std::uint64_t events = 0;
        Timestamp first = Timestamp::latest();
        Timestamp last = Timestamp::earliest();
    };

    std::vector<std::string> paths_;
    Listener listener_;
    Reading reading_;
    Catalog catalog_;
    History history_;
    sources::Totals totals_;
    std::map<std::pair<HostId, ChannelId>, Channel> channels_;
    std::vector<Batch> kept_;  // all events, when they fit
    bool all_kept_ = true;
};

}  // namespace spoor::ingest
