// DuckConclusion: one transaction on a connection of its own, which writes what all events add up to, as they were when
// it began. They are read over further connections, so that several threads can read while one writes.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "store/duckdb/chapter/actor_writer.h"
#include "store/duckdb/chapter/chapter_reader.h"
#include "store/duckdb/conclusion/history_tables.h"
#include "store/duckdb/engine/engine.h"
#include "store/store.h"

namespace spoor::store::duckdb {

class DuckStore;

class DuckConclusion final : public Conclusion {
public:
    static Result<std::unique_ptr<DuckConclusion>> begin(DuckStore& store, std::stop_token stop);
    ~DuckConclusion() override;

    Result<std::vector<HostId>> unresolved() override;
    Result<std::vector<HostId>> hosts() override;
    std::map<HostId, std::uint64_t> event_counts() const override { return event_counts_; }
    Result<std::optional<Extent>> concluded() override;
    Extent extent() const override;
    Result<std::optional<Timestamp>> first_since(const Extent& before) override;
    Result<void> each_event(const EventsWanted& wanted, const Take& take) override;
    Result<void> add(const History& hosts) override;
    Result<void> keep(HostId host) override;
    Result<void> resolve(HostId host) override;
    Result<void> stamp(HostId host, std::span<const Stamp> stamps) override;
    Result<void> add_evidence(HostId host, std::span<const EvidencePage> pages) override;
    Result<std::set<HostId>> with_evidence() override;
    Result<void> each_evidence_page(const EvidenceWanted& wanted, const TakePage& take) override;
    Result<std::vector<Timestamp>> cuts(std::uint64_t records) override;
    Result<Excerpt> excerpt(Timestamp from, Timestamp until, std::span<const Moment> moments) override;
    Result<void> add_links(std::span<const Link> links) override;
    Result<void> publish() override;

private:
    /// A chapter opened for reading.
    struct Desk {
        Connection connection;
        std::optional<ChapterReader> reader = {};
    };

    DuckConclusion(DuckStore& store, Connection connection, std::stop_token stop);
    /// Fails once a stop was asked for.
    Result<void> go_on() const;
    Result<HistoryWriter*> writer();
    Result<HistoryWriter*> written_hosts();
    Result<std::uint32_t> number_of(HostId host) const;
    // Desks are used by one thread each; the last ones stay, because hosts that follow each other lie in the same
    // chapters.
    Result<std::unique_ptr<Desk>> take_desk(const ChapterEntry& chapter);
    void give_back(std::unique_ptr<Desk> desk);
    bool others_to_come(std::uint32_t chapter, HostId host);

    DuckStore& store_;
    std::stop_token stop_;
    std::uint32_t generation_;
    std::vector<ChapterEntry> chapters_;
    std::map<std::uint32_t, std::set<HostId>> hosts_of_;  // by chapter
    std::map<HostId, std::uint64_t> event_counts_;
    std::mutex desks_mutex_;
    std::list<std::unique_ptr<Desk>> desks_;            // free ones, the one used last in front
    std::map<std::uint32_t, std::set<HostId>> unread_;  // hosts_of_ without those whose events were read
    std::mutex mutex_;                                  // over all below
    Connection connection_;
    std::optional<HistoryWriter> writer_;
    bool hosts_written_ = false;
    std::optional<ActorWriter> actors_;
    bool open_ = true;
};

}  // namespace spoor::store::duckdb
