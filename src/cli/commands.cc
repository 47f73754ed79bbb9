// The list of commands. To add one: write NAME.cc (command.h shows how) and add it in both places here.
#include "cli/command.h"

namespace spoor::cli {

CommandEntry evtx_dump_command();
CommandEntry evtx_info_command();
CommandEntry schema_command();
CommandEntry version_command();

const std::vector<CommandEntry>& commands() {
    static const std::vector<CommandEntry> kCommands = {
        evtx_dump_command(),
        evtx_info_command(),
        schema_command(),
        version_command(),
    };
    return kCommands;
}

}  // namespace spoor::cli
