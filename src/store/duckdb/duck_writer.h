// DuckWriter: one writer's way into the store: its own connection, its own chapter.
#pragma once
#include <memory>

#include "store/duckdb/chapter/chapter_writer.h"
#include "store/duckdb/engine/engine.h"
#include "store/duckdb/ledger.h"
#include "store/store.h"

namespace spoor::store::duckdb {

class DuckStore;

class DuckWriter final : public Writer {
public:
    DuckWriter(DuckStore& store, Connection connection);
    ~DuckWriter() override;

    Result<std::uint64_t> add(const Batch& batch) override;
    Result<void> commit() override;
    std::uint64_t pending() const override { return pending_.events(); }
    std::uint64_t footprint() const override { return chapter_ ? chapter_->footprint() : 0; }

private:
    Result<void> write();

    DuckStore& store_;
    Connection connection_;
    Ledger::Pending& pending_;
    std::unique_ptr<ChapterWriter> chapter_;
    std::optional<Error> broken_;  // what went wrong: nothing more is taken then
};

}  // namespace spoor::store::duckdb
