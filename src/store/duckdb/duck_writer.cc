#include "store/duckdb/duck_writer.h"

#include "store/duckdb/duck_store.h"

namespace spoor::store::duckdb {

DuckWriter::DuckWriter(DuckStore& store, Connection connection)
    : store_(store), connection_(std::move(connection)), pending_(store.ledger().enrol()) {}

DuckWriter::~DuckWriter() { store_.ledger().release(pending_); }

Result<std::uint64_t> DuckWriter::add(const Batch& batch) {
    if (broken_) return std::unexpected(*broken_);
    const std::vector<bool> is_new =
        TRY(store_.ledger().admit(batch, pending_, [&](const Ledger::Overlap& overlap, IdentitySet& known) {
            return store_.look_up(connection_, overlap, known);
        }));
    std::uint64_t added = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!is_new[i]) continue;
        // A chapter that is full is committed as it is; so is what was added to it.
        if (chapter_ && chapter_->full()) {
            TRY(write());
            chapter_.reset();
        }
        if (!chapter_)
            chapter_ = std::make_unique<ChapterWriter>(store_.take_chapter_number(), store_.catalog(), store_.names());
        chapter_->add(batch, batch.events()[i]);
        ++added;
    }
    return added;
}

Result<void> DuckWriter::commit() {
    TRY(write());
    store_.ledger().commit(pending_);
    if (chapter_ && chapter_->has_enough()) chapter_.reset();
    return {};
}

Result<void> DuckWriter::write() {
    if (broken_) return std::unexpected(*broken_);
    if (!chapter_ || chapter_->pending() == 0) return {};
    Result<void> done = connection_.run("BEGIN");
    if (done) {
        done = chapter_->write(connection_);
        if (done) done = store_.commit(connection_);
        if (!done) (void)connection_.run("ROLLBACK");
    }
    if (!done) broken_ = done.error();
    return done;
}

}  // namespace spoor::store::duckdb
