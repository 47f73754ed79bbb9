#include "cli/investigation.h"

#include "sessions/tracker.h"
#include "sources/reader.h"
#include "terminal/progress.h"

namespace spoor::cli {
namespace {

class Collect final : public sources::Sink {
public:
    Collect(Investigation& investigation, Console& console) : investigation_(investigation), console_(console), progress_(console) {}

    sources::Flow take(sources::Portion&& portion) override {
        tracker_.observe(portion.batch, investigation_.catalog);
        investigation_.evidence.observe(portion.batch);
        return sources::Flow::GoOn;
    }
    void report(const sources::Issue& issue) override {
        progress_.clear();
        console_.warn(issue.to_string());
        investigation_.complete = investigation_.complete && issue.severity == sources::Severity::Note;
    }
    void progress(const sources::Progress& now) override {
        progress_.update({.bytes_done = now.bytes_done, .bytes_total = now.bytes_total, .events = now.events, .current = now.path});
    }

    sessions::Tracker& tracker() { return tracker_; }

private:
    Investigation& investigation_;
    Console& console_;
    terminal::Progress progress_;
    sessions::Tracker tracker_;
};

}  // namespace

Result<std::unique_ptr<Investigation>> investigate(const std::vector<std::string>& paths, Console& console) {
    auto investigation = std::make_unique<Investigation>();
    Collect collect(*investigation, console);
    const sources::Totals totals = sources::read(paths, investigation->catalog, {}, collect);
    if (totals.files == 0) return fail(Errc::NotFound, "there is no log to read");
    investigation->history = collect.tracker().finish();
    investigation->evidence.settle();
    investigation->links = trails::find_links(investigation->history, investigation->evidence, investigation->catalog);
    return investigation;
}

}  // namespace spoor::cli
