#include "cli/live/host_archive.h"

#include "sources/linux/live_history.h"

namespace spoor::cli {
namespace {

class NoEvents final : public store::EventStream {
public:
    Result<bool> next(Batch& batch) override {
        batch.clear();
        return false;
    }
    std::span<const store::Position> positions() const override { return {}; }
};

class HostArchive final : public store::Archive {
public:
    HostArchive() : history_(sensor::live_history(catalog_)) {}

    Catalog& catalog() override { return catalog_; }
    Result<const History*> history() override { return &history_; }
    Result<std::unique_ptr<store::EventStream>> events(store::EventQuery) override {
        return std::make_unique<NoEvents>();
    }
    Result<std::vector<store::Count>> count(const store::CountQuery&) override { return std::vector<store::Count>(); }
    Result<std::vector<store::Holding>> holdings() override { return std::vector<store::Holding>(); }
    Result<store::Inventory> inventory() override {
        store::Inventory inventory;
        inventory.sessions = history_.sessions.size();
        inventory.processes = history_.processes.size();
        return inventory;
    }

private:
    Catalog catalog_;
    History history_;
};

}  // namespace

std::unique_ptr<store::Archive> make_host_archive() { return std::make_unique<HostArchive>(); }

}  // namespace spoor::cli
