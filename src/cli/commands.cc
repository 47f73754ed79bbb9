// The list of commands. To add one: write commands/NAME.cc (command.h shows how) and add it in both places here.
#include "cli/command.h"

namespace spoor::cli {

CommandEntry access_add_command();
CommandEntry access_link_command();
CommandEntry access_list_command();
CommandEntry access_revoke_command();
CommandEntry evtx_dump_command();
CommandEntry evtx_info_command();
CommandEntry completion_command();
CommandEntry count_command();
CommandEntry events_command();
CommandEntry findings_command();
CommandEntry import_command();
CommandEntry follow_command();
CommandEntry gaps_command();
CommandEntry links_command();
CommandEntry logons_command();
CommandEntry man_command();
CommandEntry processes_command();
CommandEntry sample_command();
CommandEntry schema_command();
CommandEntry search_command();
CommandEntry serve_command();
CommandEntry session_command();
CommandEntry sessions_command();
CommandEntry timeline_command();
CommandEntry store_check_command();
CommandEntry store_compact_command();
CommandEntry store_export_command();
CommandEntry store_info_command();
CommandEntry store_prune_command();
CommandEntry sensor_run_command();
CommandEntry sensor_status_command();
CommandEntry token_command();
CommandEntry version_command();
CommandEntry watch_command();

const std::vector<CommandEntry>& commands() {
    static const std::vector<CommandEntry> kCommands = {
        sessions_command(),      session_command(),     events_command(),        search_command(),
        processes_command(),     follow_command(),      links_command(),         findings_command(),
        logons_command(),        count_command(),       timeline_command(),      gaps_command(),
        serve_command(),         evtx_dump_command(),   evtx_info_command(),     import_command(),
        store_info_command(),    store_check_command(), store_compact_command(), store_prune_command(),
        store_export_command(),  access_link_command(), access_list_command(),   access_add_command(),
        access_revoke_command(), sample_command(),      schema_command(),        completion_command(),
        man_command(),           watch_command(),       token_command(),         sensor_status_command(),
        sensor_run_command(),    version_command(),
    };
    return kCommands;
}

}  // namespace spoor::cli
