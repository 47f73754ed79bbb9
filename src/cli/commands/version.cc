// spoor version: which build this is.
#include <fmt/format.h>

#include "base/json_writer.h"
#include "cli/build.h"
#include "cli/command.h"

namespace spoor::cli {
namespace {

class Version final : public Command {
    void declare(Options& options) override { options.flag("--json", json_, "as one JSON object"); }

    Result<Exit> run(Console& console) override {
        std::string text;
        if (json_) {
            JsonWriter(text)
                .open('{')
                .text("version", kVersion)
                .text("compiler", __VERSION__)
                .text("build", kBuildType)
                .close('}');
        } else {
            text = fmt::format("spoor {} ({}, gcc {})", kVersion, kBuildType, __VERSION__);
        }
        console.out.line(text);
        return Exit::Done;
    }

    bool json_ = false;
};

}  // namespace

CommandEntry version_command() {
    return {.name = "version",
            .summary = "which build this is",
            .group = Group::Tools,
            .examples = {{"version --json", "The same for machines."}},
            .make = make<Version>};
}

}  // namespace spoor::cli
