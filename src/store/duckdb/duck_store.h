// DuckStore: the embedded store, one directory with a DuckDB file in it. See schema.h for what is in there.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "store/duckdb/chapter/chapter_reader.h"
#include "store/duckdb/conclusion/history_tables.h"
#include "store/duckdb/conclusion/recollection.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/ledger.h"
#include "store/duckdb/lock.h"
#include "store/duckdb/names.h"
#include "store/store.h"

namespace spoor::store::duckdb {

class DuckStore final : public Store {
public:
    static Result<std::unique_ptr<DuckStore>> open(const std::string& directory, const StoreOptions& options);
    ~DuckStore() override;

    Catalog& catalog() override { return catalog_; }
    Result<const History*> history() override;
    Result<const History*> recollection() override;
    Result<void> recall(std::span<const LogonId> ids) override;
    Result<void> recall_process(const Guid& guid) override;
    Result<void> recall_processes(HostId host, std::uint64_t pid) override;
    Result<void> recall_trail(std::uint32_t session) override;
    Result<void> recall_origins(std::span<const std::uint32_t> sessions) override;
    bool forget() override;
    Result<FoundSessions> find_sessions(const SessionQuery& query) override {
        if (query.is_of_all_time()) TRY(use_all_cores());
        return recollection_ ? recollection_->find_sessions(query) : Archive::find_sessions(query);
    }
    Result<FoundProcesses> find_processes(const match::Expr& where) override {
        TRY(use_all_cores());
        return recollection_ ? recollection_->find_processes(where) : Archive::find_processes(where);
    }
    Result<void> each_session(const match::Expr& where, const VisitSession& visit) override {
        TRY(use_all_cores());
        return recollection_ ? recollection_->each_session(where, visit) : Archive::each_session(where, visit);
    }
    Result<Recalled> recalled(const RecallQuery& query) override { return Recollection::recall(*this, query); }
    Result<std::unique_ptr<EventStream>> events(EventQuery query) override;
    Result<std::vector<Count>> count(const CountQuery& query) override;
    Result<std::vector<Holding>> holdings() override;
    Result<Inventory> inventory() override;
    Result<std::vector<Timestamp>> cuts(std::uint64_t events) override;

    Result<std::unique_ptr<Writer>> writer() override;
    Result<History> read_history() override;
    void take_up(std::shared_ptr<const History> history) override { history_ = std::move(history); }
    Result<std::vector<HostId>> unresolved() override { return hosts_in(*connection_, "unresolved"); }
    Result<std::unique_ptr<Conclusion>> begin_conclusion(std::stop_token stop) override;

    std::string location() const override { return directory_; }
    Result<std::uint64_t> bytes_on_disk() override;
    std::uint64_t layout_version() const override;
    Result<std::vector<Damage>> check() override;
    Result<std::uint64_t> prune(const Retention& retention) override;
    Result<void> compact() override;
    Result<std::uint64_t> export_parquet(EventQuery query, const std::string& path) override;

    // For the parts of the store that live in files of their own.
    Connection& connection() { return *connection_; }
    Names& names() { return *names_; }
    Ledger& ledger() { return ledger_; }
    Listings& listings() { return *listings_; }
    Shelves& shelves() { return *shelves_; }
    /// In order of number.
    Result<std::vector<ChapterEntry>> chapters();
    static Result<std::vector<ChapterEntry>> chapters(Connection& connection);
    /// The hosts that a table names.
    Result<std::vector<HostId>> hosts_in(Connection& connection, std::string_view table);
    /// The same without those that hold nothing between the two times, by first time.
    Result<std::vector<ChapterEntry>> chapters_between(Timestamp from, Timestamp until);
    /// Where actors are looked up: null while they are indices into history().
    Recollection* recollected() { return recollection_.get(); }
    /// What the actors of events are indices into.
    Result<const History*> known() { return recollection_ ? recollection() : history(); }
    std::uint32_t generation() const { return generation_; }
    Result<const RecordPlaces*> places();
    Result<const HostBases*> bases() { return &TRY(places())->bases; }
    /// Takes up the conclusions of a generation that was just committed.
    void turn_to(std::uint32_t generation);
    Result<void> write_host_names(Connection& connection);
    /// The actors of a chapter that are good: behind FROM, to be gone on with AND.
    std::string actors_of(const ChapterEntry& chapter) const;
    std::uint32_t take_chapter_number() { return next_chapter_++; }
    Result<Connection> connect() { return database_->connect(); }
    /// For what goes through a whole store: has DuckDB work on every core that it may.
    Result<void> use_all_cores();
    /// Commits what a writer has put into a transaction, one after the other, and nothing more when one failed: what
    /// DuckDB writes behind a commit that a full disk cut short need not be whole. A new writer begins anew,
    /// with a new log.
    Result<void> commit(Connection& connection);
    /// Puts into `known` the identities of the events there are in an overlap.
    Result<void> look_up(Connection& connection, const Ledger::Overlap& overlap, IdentitySet& known);

private:
    DuckStore(std::string directory, Access access, StoreOptions options)
        : directory_(std::move(directory)), access_(access), options_(options) {}
    Result<void> attach();
    Result<void> enter_hosts();
    Result<void> enter_fields();
    /// Writes the events of some chapters that are to stay into new ones, and drops the old ones, in one transaction.
    Result<std::uint64_t> rewrite(std::span<const ChapterEntry> old, const std::function<bool(const Event&)>& stays);
    Result<void> drop(Connection& connection, std::uint32_t chapter);
    Result<void> check_chapter(const ChapterEntry& entry, std::vector<Damage>& damage);
    void detach();
    /// Forgets what was read of the generation before.
    void forget_conclusions();
    std::string file() const { return directory_ + "/store.duckdb"; }

    std::string directory_;
    Access access_;
    bool uses_all_cores_ = false;
    StoreOptions options_;
    Catalog catalog_;
    std::unique_ptr<Lock> lock_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Names> names_;
    std::unique_ptr<Listings> listings_;
    std::unique_ptr<Shelves> shelves_;
    std::atomic<std::uint64_t> commits_ = 0;  // that changed which chapters there are, or how many events they have
    struct Chapters {
        std::uint64_t commits = 0;  // that they were read after
        std::vector<ChapterEntry> entries;
    };
    std::optional<Chapters> chapters_;
    Ledger ledger_;
    std::mutex committing_;
    std::optional<Error> failed_commit_;
    std::atomic<std::uint32_t> next_chapter_ = 1;
    std::uint32_t generation_ = 0;
    std::optional<RecordPlaces> places_;    // of this generation
    std::optional<Inventory> conclusions_;  // of this generation, counted
    std::shared_ptr<const History> history_;
    std::unique_ptr<Recollection> recollection_;
};

}  // namespace spoor::store::duckdb
