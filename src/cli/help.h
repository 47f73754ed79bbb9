// The help texts: `spoor --help`, `spoor COMMAND --help`. The man pages are made from the same data.
#pragma once
#include <string>

#include "cli/command.h"

namespace spoor::cli {

/// What is asked of logs first, each with the command that answers it.
extern const std::vector<Example> kFirstQuestions;

/// The list of all commands, and the first questions.
std::string overview(const Console& console);

/// The commands of a family ("evtx"), or nothing where there is none of that name.
std::string family_overview(std::string_view family, const Console& console);

/// All about one command.
std::string help(const CommandEntry& entry, const Options& options, const Console& console);

/// "spoor sessions [OPTION...] LOG..."
std::string usage(const CommandEntry& entry, const Options& options);

/// The options that every command has.
struct CommonOptions {
    bool help = false;
    bool quiet = false;
    std::string color = "auto";
};
void declare_common(Options& options, CommonOptions& common);

/// Each exit code and what it means, for the help and the man pages.
struct ExitMeaning {
    Exit code;
    std::string_view meaning;
};
extern const std::vector<ExitMeaning> kExitMeanings;

}  // namespace spoor::cli
