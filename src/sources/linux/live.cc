#include "sources/linux/live.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <thread>

#include "sources/linux/audit/control.h"
#include "sources/linux/audit/socket.h"
#include "sources/linux/kernel/loss.h"
#include "sources/linux/kernel/programs.h"
#include "sources/linux/logons.h"
#include "sources/linux/normaliser.h"
#include "sources/linux/self_report.h"

namespace spoor::sensor {
namespace {

constexpr Duration kPatience = Duration::milliseconds(200);
constexpr auto kLastRecords = std::chrono::milliseconds(20);   // for programs that still run when they are detached
constexpr Duration kHashPatience = Duration::milliseconds(5);  // a turn may wait so long for hashes
constexpr std::uint64_t kHousekeeping = 1'000'000'000;
// Records that one batch is made of: their events and lines then fit into a processor's own cache, and memory is
// bounded however much has gathered in the ring.
constexpr std::size_t kRingPiece = 2048;
constexpr std::size_t kPiecesATurn = 64;     // after so many other work has its turn, though the ring is never empty
constexpr std::size_t kSnapshotPiece = 512;  // processes between two looks at the ring
constexpr std::size_t kAuditPiece = 4096;

class LiveMachine final : public Live, private RecordSink {
public:
    LiveMachine(std::unique_ptr<HostContext> host, SelfReport self, std::unique_ptr<Programs> programs,
                std::optional<AuditSocket> audit, std::optional<std::string> without_audit, const LiveOptions& options)
        : host_(std::move(host)),
          self_(std::move(self)),
          programs_(std::move(programs)),
          audit_(std::move(audit)),
          without_audit_(std::move(without_audit)),
          normaliser_(*host_),
          logons_(*host_),
          ledger_(programs_->cpus(), kPatience),
          attached_(BootClock::now()),
          before_(all_processes()) {
        host_->next_number = options.first_number;
        host_->on_new_session = [this](std::uint32_t session, const KnownProcess& process, std::uint64_t time) {
            logons_.session_appeared(session, process, time);
        };
        host_->on_session_empty = [this](std::uint32_t session, const KnownProcess& last, std::uint64_t time) {
            logons_.session_emptied(session, last, time);
        };
    }

    std::span<const HookState> hooks() const override { return programs_->hooks(); }
    const std::optional<std::string>& without_audit() const override { return without_audit_; }

    void wait(Duration pause, int also) override {
        pollfd waiting[3] = {
            {programs_->descriptor(), POLLIN, 0}, {audit_ ? audit_->descriptor() : -1, POLLIN, 0}, {also, POLLIN, 0}};
        const bool has_work = !knows_all() || pieces_ > 0;
        poll(waiting, 3, has_work ? 0 : static_cast<int>(pause.nanoseconds / 1'000'000));
    }

    void take(Batch& batch) override {
        if (!started_) self_.add_start(*host_, programs_->hooks(), without_audit_, batch);
        started_ = true;
        if (is_turn_over()) host_->hashes.begin_turn(kHashPatience);
        read_snapshot(batch);
        // Before the ring, and made into events after it: what a program did before it wrote a record is known by then.
        receive_audit();
        drain(batch);
        normaliser_.add_late_hashes(batch);
        if (is_turn_over()) end_turn(batch);
        report_losses(now_, batch);
    }

    void finish(Batch& batch) override {
        programs_->detach();
        std::this_thread::sleep_for(kLastRecords);
        do take(batch);
        while (pieces_ > 0);
        count_produced();
        report_losses(Timestamp::latest(), batch);
        report_skipped(batch);
        self_.add_stop(*host_, batch);
    }

    void describe(Batch& batch) override {
        const std::uint64_t next = host_->next_number;
        const std::size_t before = batch.size();
        logons_.describe(batch);
        host_->processes.for_each([&](const KnownProcess& process) {
            if (!process.exited) normaliser_.add_found(process, batch);
        });
        for (Event& event : batch.events().subspan(before)) event.sequence |= kCounted;
        host_->next_number = next;
    }

    std::uint64_t next_number() const override { return host_->next_number; }

    LiveCounts counts() const override {
        LiveCounts counts{.received = ledger_.received(),
                          .lost = ledger_.lost(),
                          .skipped = programs_->skipped(),
                          .malformed = normaliser_.malformed(),
                          .processes = host_->processes.size(),
                          .sessions = host_->sessions.size()};
        for (const cpu_account& account : programs_->accounts()) {
            counts.produced += account.sequence;
            counts.suppressed += account.suppressed;
        }
        return counts;
    }

private:
    void record(std::span<const std::byte> bytes) override {
        const RecordView view(bytes);
        if (const record_header* const header = view.header())
            ledger_.received(header->cpu, header->sequence, host_->clock.wall(header->time), now_);
        normaliser_.add(view, *batch_);
    }

    bool is_turn_over() const { return pieces_ % kPiecesATurn == 0; }

    void end_turn(Batch& batch) {
        add_audit(batch);
        const std::uint64_t now = BootClock::now();
        if (knows_all()) logons_.settle(now, batch);
        if (now < next_housekeeping_) return;
        next_housekeeping_ = now + kHousekeeping;
        keep_house(now, batch);
    }

    void drain(Batch& batch) {
        batch_ = &batch;
        now_ = host_->clock.wall(BootClock::now());
        const bool is_all = programs_->drain(*this, kRingPiece) < kRingPiece;
        batch_ = nullptr;
        pieces_ = is_all ? 0 : pieces_ + 1;
    }

    /// A piece of what ran before the programs were attached; the rest next time, so that the ring is read meanwhile.
    void read_snapshot(Batch& batch) {
        for (std::size_t piece = 0; !before_.empty() && piece < kSnapshotPiece; ++piece) {
            const std::uint32_t pid = before_.back();
            before_.pop_back();
            const auto snapshot = read_process(pid);
            if (!snapshot) continue;
            if (KnownProcess* const process = host_->processes.found(*snapshot))
                host_->count(*process, process->start);
            else if (snapshot->start_ticks * kTick >= attached_)
                continue;        // told when it began
            found_.insert(pid);  // one that has acted meanwhile too: it is known, and yet nobody was told of it
        }
        if (before_.empty()) tell_found(batch);
    }

    /// Whether all that was there before has been looked at, and told.
    bool knows_all() const { return before_.empty() && found_.empty(); }

    /// A piece of what was found, so that a hundred thousand processes make no batch of as many events. Parents come
    /// before their children, and sessions before their processes.
    void tell_found(Batch& batch) {
        for (std::size_t piece = 0; !found_.empty() && piece < kSnapshotPiece; ++piece) {
            const std::uint32_t pid = *found_.begin();
            found_.erase(found_.begin());
            const KnownProcess* const process = host_->processes.find(pid);
            if (!process || process->exited) continue;
            if (process->session != kUnset && found_sessions_.insert(process->session).second)
                logons_.add_found(process->session, *process, batch);
            normaliser_.add_found(*process, batch);
        }
        if (found_.empty()) found_sessions_.clear();
    }

    void receive_audit() {
        if (!audit_) return;
        for (std::size_t piece = 0; piece < kAuditPiece; ++piece) {
            const auto message = audit_->next();
            if (!message) return;
            if (message->overrun) continue;  // the serials tell how many
            if (auto record = parse_audit(message->type, message->text)) audit_records_.push_back(*std::move(record));
        }
    }

    void add_audit(Batch& batch) {
        for (const AuditRecord& record : audit_records_) {
            if (last_serial_ != 0 && record.serial > last_serial_ + 1)
                normaliser_.add_loss({.first = last_serial_ + 1,
                                      .count = record.serial - last_serial_ - 1,
                                      .after = last_audit_time_,
                                      .before = record.time},
                                     "audit stream", host_->audit, batch);
            last_serial_ = std::max(last_serial_, record.serial);
            last_audit_time_ = record.time;
            note_audit_state(record, batch);
            logons_.add(record, batch);
        }
        audit_records_.clear();
    }

    /// Audit may be turned on, by auditd for one, and off again while we run.
    void note_audit_state(const AuditRecord& record, Batch& batch) {
        if (!record.turns_audit_off()) {
            if (record.serial > turned_off_) without_audit_.reset();  // and no further record of the same happening
            return;
        }
        turned_off_ = record.serial;
        without_audit_ = why_no_records(AuditState{.enabled = false});
        SelfReport::add_error(*host_, "no audit", *without_audit_, batch);
    }

    void keep_house(std::uint64_t now, Batch& batch) {
        host_->accounts.refresh();
        host_->processes.forget_exited(now);
        report_skipped(batch);
        if (pieces_ == 0) {  // what waits in the ring is not lost, and who it tells of may be gone
            count_produced();
            recount(now);
        }
        self_.remember(*host_);
        if (const auto step = host_->clock.refresh()) {
            batch.begin();
            batch.add_time("PreviousTime"_field, step->before);
            batch.add_time("NewTime"_field, step->after);
            batch.commit({.time = step->after,
                          .sequence = host_->next_number++,
                          .host = host_->host,
                          .channel = host_->kernel,
                          .kind = Kind::TimeChanged,
                          .outcome = Outcome::Success});
        }
    }

    void count_produced() {
        const Timestamp now = host_->clock.wall(BootClock::now());
        const std::vector<cpu_account> accounts = programs_->accounts();
        for (std::uint32_t cpu = 0; cpu < accounts.size(); ++cpu) ledger_.produced(cpu, accounts[cpu].sequence, now);
    }

    void report_losses(Timestamp now, Batch& batch) {
        const std::vector<Loss> losses = ledger_.take_losses(now);
        for (const Loss& loss : losses) normaliser_.add_loss(loss, "kernel ring", host_->kernel, batch);
        has_lost_ |= !losses.empty();
    }

    /// A kernel that may interrupt a program does not run it a second time on that CPU meanwhile. What it would have
    /// told got no number, but is counted.
    void report_skipped(Batch& batch) {
        const Timestamp now = host_->clock.wall(BootClock::now());
        if (const std::uint64_t skipped = programs_->skipped(); skipped > skipped_told_) {
            normaliser_.add_loss({.count = skipped - skipped_told_, .after = skipped_looked_, .before = now},
                                 "kernel programs", host_->kernel, batch);
            has_lost_ = true;
            skipped_told_ = skipped;
        }
        skipped_looked_ = now;
    }

    /// Not each time: looking at a hundred thousand processes takes a second, and losses come when there is no time.
    void recount(std::uint64_t now) {
        if (!has_lost_ || now < next_recount_) return;
        has_lost_ = false;
        host_->recount(now);
        next_recount_ = now + 20 * (BootClock::now() - now);
    }

    std::unique_ptr<HostContext> host_;
    SelfReport self_;
    bool started_ = false;
    std::unique_ptr<Programs> programs_;
    std::optional<AuditSocket> audit_;
    std::optional<std::string> without_audit_;
    Normaliser normaliser_;
    Logons logons_;
    LossLedger ledger_;
    std::uint64_t attached_;                  // when: what starts later is told by its records
    std::vector<std::uint32_t> before_;       // processes still to be looked at
    std::set<std::uint32_t> found_;           // those that are still to be told
    std::set<std::uint32_t> found_sessions_;  // those that are told
    Batch* batch_ = nullptr;
    std::size_t pieces_ = 0;  // taken of the ring since it was empty; 0: nothing waits in it
    Timestamp now_ = {};
    std::uint64_t next_housekeeping_ = 0;
    bool has_lost_ = false;  // since the processes were counted
    std::uint64_t skipped_told_ = 0;
    Timestamp skipped_looked_ = host_->clock.wall(BootClock::now());
    std::uint64_t next_recount_ = 0;
    std::vector<AuditRecord> audit_records_;  // of this turn
    std::uint64_t last_serial_ = 0;
    std::uint64_t turned_off_ = 0;  // the serial that said so
    Timestamp last_audit_time_ = {};
};

std::string configuration_of(const LiveOptions& options) {
    if (options.scope == Scope::Processes) return "processes only";
    return options.calls == Calls::All ? "everything" : "everything, native calls only";
}

}  // namespace

Result<std::unique_ptr<Live>> Live::start(Catalog& catalog, const LiveOptions& options) {
    auto self = TRY(SelfReport::open(options.state_file, options.version, configuration_of(options)));
    auto programs =
        TRY(Programs::load({.scope = options.scope, .calls = options.calls, .ring_bytes = options.ring_bytes}));
    std::optional<AuditSocket> audit;
    std::optional<std::string> without;
    if (auto opened = AuditSocket::open())
        audit = *std::move(opened);
    else
        without = opened.error().what;
    if (!without) without = why_no_records(audit_state());
    return std::make_unique<LiveMachine>(HostContext::of_this_machine(catalog), std::move(self), std::move(programs),
                                         std::move(audit), std::move(without), options);
}

}  // namespace spoor::sensor
