#include "cli/output/track_output.h"

#include <string>
#include <vector>

#include "base/json_writer.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

std::string_view strength_of(const Track& track) { return track.strength ? name(*track.strength) : std::string_view(); }

class TrackTable final : public TrackOutput {
public:
    explicit TrackTable(const TrackContext& context)
        : context_(context),
          table_(context.console, {{.title = context.when.title("Time"), .importance = 10, .least = 19},
                                   {.title = "Host", .importance = 7, .least = terminal::kWhole},
                                   {.title = "What", .importance = 9, .least = 24},
                                   {.title = "Account", .importance = 4, .least = 10, .keep = terminal::Keep::End},
                                   {.title = "Session", .importance = 6, .least = terminal::kWhole},
                                   {.title = "From", .importance = 8, .least = 15},
                                   {.title = "Strength", .importance = 3, .least = 8}}) {}

    void show(const Track& track) override {
        table_.row({{context_.when.text(track.time)},
                    {std::string(context_.catalog.host_name(track.host))},
                    {track.what},
                    {track.account},
                    {track.session},
                    {track.from},
                    {std::string(strength_of(track))}});
    }
    void end() override { table_.finish(); }

private:
    TrackContext context_;
    terminal::Table table_;
};

class TrackCsv final : public TrackOutput {
public:
    explicit TrackCsv(const TrackContext& context) : context_(context) {}

    void begin() override { row({"time", "host", "what", "account", "session", "from", "strength"}); }
    void show(const Track& track) override {
        row({track.time.to_string(), std::string(context_.catalog.host_name(track.host)), track.what, track.account,
             track.session, track.from, std::string(strength_of(track))});
    }

private:
    void row(const std::vector<std::string>& cells) {
        std::string line;
        terminal::append_csv_row(line, cells, context_.formulas);
        context_.console.out.write(line);
    }

    TrackContext context_;
};

class TrackLines final : public TrackOutput {
public:
    explicit TrackLines(const TrackContext& context) : context_(context) {}

    void show(const Track& track) override {
        std::string line;
        JsonWriter(line)
            .open('{')
            .text("time", track.time.to_string())
            .text("host", context_.catalog.host_name(track.host))
            .text("what", track.what)
            .text("account", track.account)
            .text("session", track.session)
            .text("from", track.from)
            .text("strength", strength_of(track))
            .close('}');
        context_.console.out.line(line);
    }

private:
    TrackContext context_;
};

}  // namespace

std::unique_ptr<TrackOutput> make_track_output(std::string_view format, const TrackContext& context) {
    if (format == "csv") return std::make_unique<TrackCsv>(context);
    if (format == "jsonl") return std::make_unique<TrackLines>(context);
    return std::make_unique<TrackTable>(context);
}

}  // namespace spoor::cli
