// DuckConclusion: one transaction on a connection of its own, which reads all events as they were when it began and
// writes what they add up to.
#pragma once
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
    Result<void> write_actors(const History& history, const std::set<HostId>& hosts, const Stamp& stamp);

    DuckStore& store_;
    Connection connection_;
    std::uint32_t generation_;
    std::vector<ChapterEntry> chapters_;
    bool open_ = true;
};

}  // namespace spoor::store::duckdb
