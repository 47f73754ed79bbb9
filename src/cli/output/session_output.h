// How sessions are printed: as a table, in LogonSessions' layout, as JSON lines, as CSV.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "cli/when.h"
#include "model/history.h"
#include "model/session_name.h"
#include "terminal/csv.h"
#include "terminal/table.h"

namespace spoor::cli {

/// A row of the table: a session, or several short network logons of one user from one place in one row.
struct SessionRow {
    std::uint32_t session = kNobody;  // the first of them
    std::uint64_t count = 1;
    std::optional<Timestamp> last_end = {};
};

/// Folds the short network logons (type 3, under a minute, no process) of each user, host and address into one row.
std::vector<SessionRow> fold_noise(const std::vector<std::uint32_t>& sessions, const History& history,
                                   const Catalog& catalog);
bool is_noise(const Session& session);

class SessionOutput {
public:
    SessionOutput(const Console& console, const History& history, const Catalog& catalog, const SessionNames& names,
                  const When& when);

    void table(const std::vector<SessionRow>& rows, bool with_processes, bool wide) const;
    /// The layout of Sysinternals LogonSessions, block for block.
    void logon_sessions(const std::vector<std::uint32_t>& sessions, bool with_processes) const;
    void json_lines(const std::vector<std::uint32_t>& sessions, bool with_processes) const;
    void csv(const std::vector<std::uint32_t>& sessions, terminal::Formulas formulas) const;

    /// The processes of a session as a tree, each line behind `indent`.
    void process_tree(std::uint32_t session, std::string_view indent) const;
    /// Everything known of one session, name and value a line.
    void facts(std::uint32_t session) const;

private:
    const Console& console_;
    const History& history_;
    const Catalog& catalog_;
    const SessionNames& names_;
    const When& when_;
    std::map<std::uint32_t, std::vector<std::uint32_t>> processes_;  // of each session
};

/// "10.0.10.3 (WS03)": where a session came from; empty where that is not known.
std::string origin_of(const Session& session, const Catalog& catalog);

}  // namespace spoor::cli
