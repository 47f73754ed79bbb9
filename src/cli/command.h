// Command: one thing that the spoor program does, `spoor NAME ...`. Each has its file in commands/, and a line in
// commands.cc.
//
// A command file looks like this (schema.cc is a short one):
//
//     class Schema final : public Command {
//         void declare(Options& options) override { options.argument(kind_, "KIND", Needed::No, "only this kind"); }
//         Result<Exit> run(Console& console) override { ...console.out.line(...)...; return Exit::Done; }
//     };
//     CommandEntry schema_command() { return {"schema", "the event kinds and their fields", ..., make<Schema>}; }
//
// Data goes to `console.out`, talk to `console.err`. A command that cannot do its work returns an Error; one that did
// its work on what could be read, and told of the rest, returns Exit::PartlyUnreadable.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "terminal/console.h"

namespace spoor::cli {

using terminal::Console;

/// What the program ends with. docs/commands.md and every --help list them.
enum class Exit : int {
    Done = 0,
    NothingFound = 1,      // only with --exit-code
    WrongUse = 2,          // of options, arguments, or the filter language
    PartlyUnreadable = 3,  // some input could not be read; the rest was done
    NotPermitted = 3,      // of the live commands: capabilities are missing, so nothing of the kernel could be read
    CouldNotRun = 4,       // no rights, no such file, no space, no kernel support
    Bug = 70,              // our own
};

class Command {
public:
    virtual ~Command() = default;
    virtual void declare(Options& options) = 0;
    virtual Result<Exit> run(Console& console) = 0;
};

/// Where the list of commands shows it.
enum class Group : unsigned char { Look, Store, Live, Tools };

struct Example {
    std::string_view line;  // without the leading "spoor "
    std::string_view does;
};

struct CommandEntry {
    std::string_view name = {};     // "sessions"; of two words for a family: "evtx dump"
    std::string_view summary = {};  // one line, no full stop
    Group group = Group::Look;
    std::string_view description = {};   // paragraphs for --help and the man page, separated by empty lines
    std::vector<Example> examples = {};  // at least one
    std::unique_ptr<Command> (*make)() = nullptr;
};

template <typename T>
std::unique_ptr<Command> make() {
    return std::make_unique<T>();
}

/// Every command, in the order of the list that `spoor --help` prints.
const std::vector<CommandEntry>& commands();

}  // namespace spoor::cli
