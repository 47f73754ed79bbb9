// spoor store info, check, compact, prune, export: what is done with a store as a whole.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "cli/command.h"
#include "cli/store_option.h"
#include "ingest/conclude.h"
#include "match/language/query.h"
#include "terminal/progress.h"

namespace spoor::cli {
namespace {

class StoreInfo final : public Command {
    void declare(Options& options) override { store_.declare(options); }
    Result<Exit> run(Console& console) override {
        const auto store = TRY(store_.open(store::Opening::Read));
        const store::Inventory inventory = TRY(store->inventory());
        TRY(print_contents(console, *store, inventory));
        console.out.line(fmt::format("sessions    {}", inventory.sessions));
        console.out.line(fmt::format("processes   {}", inventory.processes));
        console.out.line(fmt::format("links       {}", inventory.links));
        console.out.line(fmt::format("size        {}", terminal::short_bytes(TRY(store->bytes_on_disk()))));
        console.out.line(fmt::format("layout      {}", store->layout_version()));
        if (const auto waiting = TRY(store->unresolved()); !waiting.empty())
            console.warn(fmt::format(
                "{} hosts have events that no session is known for yet: an import was interrupted; import again",
                waiting.size()));
        return Exit::Done;
    }
    StoreOption store_;
};

class StoreCheck final : public Command {
    void declare(Options& options) override { store_.declare(options); }
    Result<Exit> run(Console& console) override {
        const auto store = TRY(store_.open(store::Opening::Read));
        const std::vector<store::Damage> damage = TRY(store->check());
        for (const store::Damage& one : damage) console.out.line(one.what);
        if (damage.empty())
            console.out.line(
                fmt::format("{}: {} events, all as they should be", store->location(), TRY(store->inventory()).events));
        return damage.empty() ? Exit::Done : Exit::PartlyUnreadable;
    }
    StoreOption store_;
};

class StoreCompact final : public Command {
    void declare(Options& options) override { store_.declare(options); }
    Result<Exit> run(Console& console) override {
        const auto store = TRY(store_.open(store::Opening::Write));
        TRY(ingest::conclude(*store));
        const std::uint64_t before = TRY(store->bytes_on_disk());
        TRY(store->compact());
        console.out.line(fmt::format("{} before, {} now", terminal::short_bytes(before),
                                     terminal::short_bytes(TRY(store->bytes_on_disk()))));
        return Exit::Done;
    }
    StoreOption store_;
};

/// "90d", "36h", "2y" as a length of time.
Result<Duration> parse_age(std::string_view text) {
    std::int64_t count = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t hours = unit == "h" ? 1 : unit == "d" ? 24 : unit == "w" ? 24 * 7 : unit == "y" ? 24 * 365 : 0;
    if (errc != std::errc{} || count <= 0 || hours == 0 || count > 1'000'000)
        return fail(Errc::BadUsage, fmt::format("\"{}\" is no age: 36h, 90d, 12w or 2y", text));
    return Duration::seconds(count * hours * 3600);
}

Result<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const unsigned shift = unit == "M" ? 20 : unit == "G" ? 30 : unit == "T" ? 40 : 0;
    if (errc != std::errc{} || shift == 0 || count > UINT64_MAX >> shift)
        return fail(Errc::BadUsage, fmt::format("\"{}\" is no size: 500M, 20G or 1T", text));
    return count << shift;
}

class StorePrune final : public Command {
    void declare(Options& options) override {
        store_.declare(options);
        options.text("--older-than", age_, "AGE", "events of that age go: 36h, 90d, 2y");
        options.text("--larger-than", size_, "SIZE", "the oldest events go until the store is that small: 500M, 20G");
    }
    Result<Exit> run(Console& console) override {
        store::Retention retention;
        if (age_) retention.older_than = console.clock.now() - TRY(parse_age(*age_));
        if (size_) retention.larger_than = TRY(parse_size(*size_));
        if (!age_ && !size_) return fail(Errc::BadUsage, "what is to go? Say --older-than or --larger-than");
        const auto store = TRY(store_.open(store::Opening::Write));
        const std::uint64_t dropped = TRY(store->prune(retention));
        if (dropped > 0) TRY(tidy(console, *store));
        console.out.line(
            fmt::format("{} events are gone; {} on disk", dropped, terminal::short_bytes(TRY(store->bytes_on_disk()))));
        return Exit::Done;
    }

    /// Sessions and processes go with their events, and the disk gets their room back. On a full disk both may have to
    /// wait: the events are gone all the same, and what comes next has their room.
    static Result<void> tidy(Console& console, store::Store& store) {
        Result<void> done = ingest::conclude(store);
        if (done) done = store.compact();
        if (done || done.error().code != Errc::Full) return done;
        console.warn(
            fmt::format("{}; the events are gone, and the store keeps its size until `spoor store compact`, which "
                        "needs some room on the disk",
                        done.error().what));
        return {};
    }
    StoreOption store_;
    std::optional<std::string> age_, size_;
};

class StoreExport final : public Command {
    void declare(Options& options) override {
        store_.declare(options);
        options.argument(path_, "FILE", Needed::One, "the file to write, ending in .parquet");
        options.text("--filter", filter_, "FILTER", "only events that match");
        options.flag("--force", force_, "replace the file if it is there");
    }
    Result<Exit> run(Console& console) override {
        if (!path_.ends_with(".parquet"))
            return fail(Errc::BadUsage, path_ + ": exports are Parquet; `spoor search` writes CSV and JSON lines");
        if (!force_ && std::filesystem::exists(path_))
            return fail(Errc::BadUsage, path_ + " is there already; --force replaces it");
        const auto store = TRY(store_.open(store::Opening::Read));
        match::Expr where =
            TRY(match::parse_filter(filter_, {.now = console.clock.now(), .catalog = &store->catalog()}));
        const std::uint64_t events = TRY(store->export_parquet({.where = std::move(where)}, path_));
        console.note(fmt::format("{} events written to {}", events, path_));
        return Exit::Done;
    }
    StoreOption store_;
    std::string path_, filter_;
    bool force_ = false;
};

}  // namespace

CommandEntry store_info_command() {
    return {.name = "store info",
            .summary = "what a store holds",
            .group = Group::Store,
            .examples = {{"store info", "hosts, times, sizes and gaps"}},
            .make = make<StoreInfo>};
}
CommandEntry store_check_command() {
    return {.name = "store check",
            .summary = "read everything in a store and tell what is wrong",
            .group = Group::Store,
            .examples = {{"store check", "ends with 3 when something is"}},
            .make = make<StoreCheck>};
}
CommandEntry store_compact_command() {
    return {.name = "store compact",
            .summary = "rewrite a store without holes",
            .group = Group::Store,
            .examples = {{"store compact", "after many small imports"}},
            .make = make<StoreCompact>};
}
CommandEntry store_prune_command() {
    return {.name = "store prune",
            .summary = "throw old events away",
            .group = Group::Store,
            .description =
                "Sessions, processes and links are worked out anew from what is left, and the disk gets the room back "
                "at once. That needs room for a copy of what is left; where there is none, the events go and the "
                "store keeps its size until `spoor store compact`.",
            .examples = {{"store prune --older-than 90d", "keep a quarter of a year"},
                         {"store prune --larger-than 20G", "keep what fits"}},
            .make = make<StorePrune>};
}
CommandEntry store_export_command() {
    return {.name = "store export",
            .summary = "write events as Parquet",
            .group = Group::Store,
            .examples = {{"store export case.parquet --filter 'kind: logon'", "for DuckDB, pandas, Spark ..."}},
            .make = make<StoreExport>};
}

}  // namespace spoor::cli
