// DuckConclusion: one transaction on a connection of its own, which reads all events as they were when it began and
// writes what they add up to.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "store/duckdb/chapter_reader.h"
#include "store/duckdb/engine.h"
#include "store/store.h"

namespace spoor::store::duckdb {

class DuckStore;

class DuckConclusion final : public Conclusion {
public:
    static Result<std::unique_ptr<DuckConclusion>> begin(DuckStore& store);
    ~DuckConclusion() override;

    Result<std::vector<HostId>> unresolved() override;
    Result<std::vector<HostId>> hosts() override;
    Result<void> each_event(HostId host, const Take& take) override;
    Result<void> write(const History& history, std::span<const HostId> hosts, const Stamp& stamp) override;
    Result<void> publish() override;

private:
    DuckConclusion(DuckStore& store, Connection connection);
    /// A chapter's reader; the last few stay open, because hosts that follow each other lie in the same chapters.
    Result<ChapterReader*> reader_of(const ChapterEntry& chapter);
    Result<void> write_actors(const History& history, const std::set<HostId>& hosts, const Stamp& stamp);

    DuckStore& store_;
    Connection connection_;
    std::uint32_t generation_;
    std::vector<ChapterEntry> chapters_;
    std::map<std::uint32_t, std::set<HostId>> hosts_of_;  // by chapter
    std::list<ChapterReader> readers_;  // the one used last in front
    bool open_ = true;
};

}  // namespace spoor::store::duckdb
