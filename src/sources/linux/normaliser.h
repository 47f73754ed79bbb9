// Normaliser: kernel records in, events of the schema out.
//
// It keeps what is known of processes, to give every event the program that acts and its session, and to tell what a
// change of credentials means: a new identity, an impersonation or its end, and each capability that came or went.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "model/catalog.h"
#include "model/event.h"
#include "sources/linux/host/accounts.h"
#include "sources/linux/host/clock.h"
#include "sources/linux/host/containers.h"
#include "sources/linux/host/image_hashes.h"
#include "sources/linux/host/processes.h"
#include "sources/linux/kernel/loss.h"
#include "sources/linux/kernel/record_view.h"

namespace spoor::sensor {

/// What the parts that make events of this host share.
struct HostContext {
    HostContext(Catalog& catalog, std::string host_name, std::string machine_id, std::string boot_id);
    /// Of the machine that this runs on.
    static std::unique_ptr<HostContext> of_this_machine(Catalog& catalog);

    HostId host;
    ChannelId kernel;
    ChannelId audit;
    std::string machine_id;
    std::string boot_id;
    BootClock clock;
    Accounts accounts;
    Containers containers;
    ImageHashes hashes;
    Processes processes;
    std::uint64_t next_number = 1;                    // of events, the losses counted in
    std::map<std::uint32_t, std::uint32_t> sessions;  // audit session: how many processes it has
    /// The capability checks and such that come with a new process: tells of each session seen for the first time.
    std::function<void(std::uint32_t session, const KnownProcess& process, std::uint64_t time)> on_new_session;
    std::function<void(std::uint32_t session, const KnownProcess& last, std::uint64_t time)> on_session_empty;

    /// Counts a process among those of its session, and no longer among those of the one before; one that has exited
    /// nowhere. Saying so again changes nothing, so that what is told twice, or late, does no harm.
    void count(KnownProcess& process, std::uint64_t time);
    /// The process has lost its number to another, or is found to be gone.
    void discount(KnownProcess& process, std::uint64_t time) { count_in(kUnset, process, time); }
    /// Looks who is there, after records were lost: starts and ends may have been among them.
    void recount(std::uint64_t time);

private:
    void count_in(std::uint32_t session, KnownProcess& process, std::uint64_t time);
};

class Normaliser {
public:
    explicit Normaliser(HostContext& host) : host_(host) {}

    /// Adds the events of one record to `batch`. A record that is malformed adds none and is counted.
    void add(const RecordView& record, Batch& batch);

    /// Adds the event of a loss; the numbers of the lost are skipped.
    void add_loss(const Loss& loss, std::string_view stage, ChannelId channel, Batch& batch);

    /// Adds the start of a process that ran before the sensor, marked as found.
    void add_found(const KnownProcess& process, Batch& batch);

    /// Adds the hashes that were not ready when their files were used.
    void add_late_hashes(Batch& batch);

    std::uint64_t malformed() const { return malformed_; }

private:
    void fork(const RecordView& record, Batch& batch);
    void exec(const RecordView& record, Batch& batch);
    void exit(const RecordView& record, Batch& batch);
    void credentials(const RecordView& record, Batch& batch);
    void capability(const RecordView& record, Batch& batch);
    void connection(const RecordView& record, Batch& batch);
    void file(const RecordView& record, Batch& batch);
    void access(const RecordView& record, Batch& batch);
    void unix_socket(const RecordView& record, Batch& batch);
    void program(const RecordView& record, Batch& batch);
    void module(const RecordView& record, Batch& batch);

    void compare(const record_header& header, const KnownProcess& process, const Identity& before,
                 const Identity& after, std::string_view method, Batch& batch);
    void compare_privileges(const record_header& header, const KnownProcess& process, const record_credentials& before,
                            const record_credentials& after, Batch& batch);
    void add_hash(const FileState& file, const record_header& header, const KnownProcess& process,
                  const std::string& path, Batch& batch);
    KnownProcess& process_of(const record_header& header);
    void add_actor(const record_header& header, const KnownProcess& process, Batch& batch);
    void commit(Kind kind, const record_header& header, Batch& batch, Outcome outcome = Outcome::Success);

    HostContext& host_;
    std::uint64_t malformed_ = 0;
};

}  // namespace spoor::sensor
