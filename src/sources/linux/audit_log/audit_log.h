// AuditLog: the log of an auditd to events of the schema, the same as the live sensor makes of the stream.
//
// The sensor knows the host's processes and accounts; here there is nothing but the log. A program that was started is
// told where a rule has execve watched (SYSCALL, EXECVE, CWD and PATH of one number are one event), and what a number
// is called is learnt from the names that records tell. Times are those of the records: it does not matter when the log
// is read, and memory is bounded whatever it says.
//
// A session begins with the kernel's record LOGIN, or with PAM's USER_START where that is missing, and ends when PAM's
// last record of it comes: USER_END and CRED_DISP of the process that logged on.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "model/catalog.h"
#include "model/event.h"
#include "sources/linux/audit_log/audited_host.h"
#include "sources/linux/audit_log/line.h"

namespace spoor::sensor {

/// The host that a log is likely of, by where it lies: "web01/var/log/audit/audit.log", "web01.tar.gz!audit.log". This
/// machine's own lie in /var/log/audit.
std::string host_by_path(std::string_view path);

class AuditLog {
public:
    /// `host`: whose log it is, where its lines do not say.
    AuditLog(Catalog& catalog, std::string host) : catalog_(catalog), unnamed_(std::move(host)) {}

    /// Adds the events that a line completes; false when it is no record.
    bool add(std::string_view line, Batch& batch);
    /// Adds what waited for more.
    void finish(Batch& batch);

    /// Whether lines came that did not say whose they are.
    bool lacks_names() const { return lacks_names_; }

private:
    AuditedHost& host_of(std::string_view node);

    Catalog& catalog_;
    std::string unnamed_;
    bool lacks_names_ = false;
    std::unordered_map<std::string, std::unique_ptr<AuditedHost>, TextHash, std::equal_to<>> hosts_;
};

}  // namespace spoor::sensor
