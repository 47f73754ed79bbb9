// Story: an hour in a small invented domain, CORP: a normal morning, and an intrusion that goes from a mail to the
// domain controller. docs/sample.md tells it in words.
#pragma once
#include <string>
#include <vector>

#include "sample/host.h"

namespace spoor::sample {

/// A file of the sample and what lies in it.
struct LogFile {
    std::string name;  // "FS01/Security.evtx"
    std::string computer;
    std::string channel;
    std::vector<Record> records;
};

/// A session that truly was, for tests to compare with what is found.
struct TrueSession {
    std::string host;
    Logon logon;
    std::uint64_t linked = 0;
    /// False where the record of its logon was lost when the log was cleared.
    bool logged = true;
};

struct Story {
    std::vector<LogFile> files;
    std::vector<TrueSession> sessions;
    /// Records that were written and that no file has: on FS01, between the last collection and the clearing.
    std::uint64_t records_lost = 0;
};

/// The same in every run.
Story tell_story();

}  // namespace spoor::sample
