// How tracks are printed: a table for people, JSON lines and CSV for what comes after.
#pragma once
#include <memory>
#include <string_view>

#include "cli/answers/tracks.h"
#include "cli/when.h"
#include "terminal/console.h"
#include "terminal/csv.h"

namespace spoor::cli {

/// Writes tracks as they come; what it refers to must outlive it.
class TrackOutput {
public:
    virtual ~TrackOutput() = default;
    virtual void begin() {}
    virtual void show(const Track& track) = 0;
    virtual void end() {}
};

struct TrackContext {
    const terminal::Console& console;
    const Catalog& catalog;
    When when = {};                                               // how the table gives times; other formats have UTC
    terminal::Formulas formulas = terminal::Formulas::AsTheyAre;  // in CSV
};

/// jsonl, csv, or a table for any other.
std::unique_ptr<TrackOutput> make_track_output(std::string_view format, const TrackContext& context);

}  // namespace spoor::cli
