// spoor sample: the logs of a small invented domain, to learn on.
#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"
#include "sample/write.h"

namespace spoor::cli {
namespace {

class Sample final : public Command {
    void declare(Options& options) override {
        options.argument(folder_, "DIR", Needed::One, "where to write; made when it is not there");
        options.flag("--force", force_, "write even where there are other files already");
    }

    Result<Exit> run(Console& console) override {
        std::error_code error;
        const bool occupied = std::filesystem::exists(folder_, error) && !std::filesystem::is_empty(folder_, error);
        if (occupied && !force_)
            return fail(Errc::BadUsage,
                        fmt::format("{} is there and not empty; give another folder, or --force", folder_));
        std::uint64_t records = 0;
        for (const sample::WrittenFile& file : TRY(sample::write_story(sample::tell_story(), folder_))) {
            console.out.line(fmt::format("{}: {} records", file.path, file.records));
            records += file.records;
        }
        if (!console.quiet)
            console.note(fmt::format("{} records of three machines. Next: spoor sessions {}", records, folder_));
        return Exit::Done;
    }

    std::string folder_;
    bool force_ = false;
};

}  // namespace

CommandEntry sample_command() {
    return {.name = "sample",
            .summary = "write the logs of a small invented domain, to learn on",
            .group = Group::Tools,
            .description =
                "An hour of three machines of the domain CORP: WS07 (brian's workstation), FS01 (the file server) and "
                "DC01 (the domain "
                "controller). A normal morning, and an intrusion that begins with a mail and ends at the domain "
                "controller. "
                "docs/sample.md tells the story and what to look for. The files are the same in every run.",
            .examples = {{"sample corp", "Writes .evtx files below ./corp; then try: spoor sessions corp"}},
            .make = make<Sample>};
}

}  // namespace spoor::cli
