#include "sources/linux/kernel/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <mntent.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "sources/linux/host/capabilities.h"
#include "sources/linux/host/descriptor.h"
#include "sources/linux/host/proc.h"
#include "sources/linux/kernel/calls.h"
#include "sources/linux/kernel/kernel_types.h"

// The skeletons name types of record.h.
#include <sensor_programs.skel.h>
#include <sensor_programs_plain.skel.h>
#include <sensor_programs_untyped.skel.h>

namespace spoor::sensor {
namespace {

using Names = std::set<std::string, std::less<>>;
using Reasons = std::map<std::string, std::string, std::less<>>;  // by the program that cannot be had

/// The program that libbpf last complained of. libbpf's printer is a plain function, so that what it hears has to lie
/// at file scope; it is per thread, and only read right after the call that may fail.
thread_local std::string last_complaint;

int hear(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    char line[512];
    const int size = std::vsnprintf(line, sizeof line, format, arguments);
    const std::string_view text(line, static_cast<std::size_t>(std::clamp(size, 0, static_cast<int>(sizeof line) - 1)));
    const std::size_t quote = text.find("prog '");
    if (quote == std::string_view::npos) return 0;
    const std::size_t begin = quote + 6;
    last_complaint = text.substr(begin, text.find('\'', begin) - begin);
    return 0;
}

std::vector<std::string> words(std::string_view list) {
    std::vector<std::string> result;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        if (end > 0) result.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return result;
}

/// The object, opened but not yet loaded: of one of three skeletons that have the same maps, programs and variables.
class Object {
public:
    virtual ~Object() = default;
    virtual bpf_object* object() const = 0;
    virtual bpf_object_skeleton* skeleton() const = 0;
    virtual void set_constants(std::uint32_t pid, std::uint32_t threshold, const CallTable& native,
                               const CallTable& compat) = 0;
    virtual volatile std::uint32_t* reader_is_awake() const = 0;
};

template <typename Skeleton>
class SkeletonObject final : public Object {
public:
    static Result<std::unique_ptr<Object>> open() {
        Skeleton* const skeleton = Skeleton::open(nullptr);
        if (!skeleton) return fail_errno("opening the kernel programs");
        return std::unique_ptr<Object>(new SkeletonObject(skeleton));
    }
    ~SkeletonObject() override { Skeleton::destroy(skeleton_); }

    bpf_object* object() const override { return skeleton_->obj; }
    bpf_object_skeleton* skeleton() const override { return skeleton_->skeleton; }
    void set_constants(std::uint32_t pid, std::uint32_t threshold, const CallTable& native,
                       const CallTable& compat) override {
        skeleton_->rodata->sensor_pid = pid;
        skeleton_->rodata->wakeup_threshold = threshold;
        std::copy(native.begin(), native.end(), skeleton_->rodata->native_calls);
        std::copy(compat.begin(), compat.end(), skeleton_->rodata->compat_calls);
    }
    volatile std::uint32_t* reader_is_awake() const override { return &skeleton_->bss->reader_is_awake; }

private:
    explicit SkeletonObject(Skeleton* skeleton) : skeleton_(skeleton) {}
    Skeleton* skeleton_;
};

bool has_atomic_operations() {
    utsname system{};
    unsigned major = 0;
    unsigned minor = 0;
    if (uname(&system) != 0 || std::sscanf(system.release, "%u.%u", &major, &minor) != 2) return true;
    return major > 5 || (major == 5 && minor >= 12);
}

/// Why a program cannot be had here, found out without loading it; empty when it may work.
std::string missing_in_kernel(const bpf_program* program, const KernelTypes& types) {
    const std::string_view section = bpf_program__section_name(program);
    const std::size_t slash = section.find('/');
    if (slash == std::string_view::npos) return {};
    const std::string_view type = section.substr(0, slash);
    const std::string target(section.substr(slash + 1));
    if (type == "tp_btf" && !types.has_tracepoint(target))
        return fmt::format("this kernel has no tracepoint {}", target);
    if (target == "io_uring_complete" && types.arguments_of_tracepoint(target) != 3)
        return "the tracepoint io_uring_complete has other arguments here";
    if ((type == "fentry" || type == "fexit") && !types.has_function(target))
        return fmt::format("this kernel has no function {} to attach to", target);
    if ((type == "kprobe" || type == "kretprobe") && access("/sys/bus/event_source/devices/kprobe/type", R_OK) != 0)
        return "this kernel has no kprobes";
    return {};
}

constexpr std::string_view kCallPrefix = "call_";      // a program that call_ended goes on to
constexpr std::string_view kNativePrefix = "native_";  // its twin for the tracepoints of single calls

/// The programs of a way, by the names that they have in the object.
std::vector<std::string> programs_of(const Way& way, Calls calls) {
    std::vector<std::string> names = words(way.programs);
    if (calls == Calls::ByName)
        for (std::string& name : names)
            if (name.starts_with(kCallPrefix)) name.replace(0, kCallPrefix.size(), kNativePrefix);
    return names;
}

bool is_function_hook(const bpf_program* program) {
    const std::string_view section = bpf_program__section_name(program);
    return section.starts_with("fentry/") || section.starts_with("fexit/");
}

Descriptor unified_cgroup_root() {
    FILE* const mounts = setmntent("/proc/self/mounts", "re");
    if (!mounts) return {};
    std::string directory;
    while (const mntent* const mount = getmntent(mounts))
        if (std::string_view(mount->mnt_type) == "cgroup2") {
            directory = mount->mnt_dir;
            break;
        }
    endmntent(mounts);
    return directory.empty() ? Descriptor() : Descriptor(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

struct LinkCloser {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkCloser>;

struct RingCloser {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

class LoadedPrograms final : public Programs {
public:
    LoadedPrograms(std::unique_ptr<Object> object, std::vector<HookState> hooks, Calls calls, std::size_t cpus)
        : object_(std::move(object)), hooks_(std::move(hooks)), calls_(calls), cpus_(cpus) {}

    std::span<const HookState> hooks() const override { return hooks_; }

    std::size_t drain(RecordSink& sink, std::size_t limit) override {
        sink_ = &sink;
        room_ = limit;
        forget_wakening();
        *object_->reader_is_awake() = 0;
        ring_buffer__consume(ring_.get());
        sink_ = nullptr;
        return limit - room_;
    }

    int descriptor() const override { return ring_buffer__epoll_fd(ring_.get()); }

    std::vector<cpu_account> accounts() const override {
        std::vector<cpu_account> accounts(cpus_);
        if (accounts_) std::memcpy(accounts.data(), accounts_, cpus_ * sizeof(cpu_account));
        return accounts;
    }

    std::uint64_t skipped() const override {
        std::uint64_t total = 0;
        for (const int program : program_descriptors_) {
            // Here, and not by asking the kernel for the program's state: that takes privileges long given up.
            const std::string state = read_small_file(fmt::format("/proc/self/fdinfo/{}", program), 4096);
            constexpr std::string_view kLine = "recursion_misses:\t";
            const std::size_t at = state.find(kLine);
            if (at == std::string::npos) continue;
            std::uint64_t missed = 0;
            std::from_chars(state.data() + at + kLine.size(), state.data() + state.size(), missed);
            total += missed;
        }
        return total;
    }

    std::size_t cpus() const override { return cpus_; }

    void detach() override { links_.clear(); }

    ~LoadedPrograms() override {
        if (accounts_) munmap(accounts_, accounts_size());
    }

    /// The name of the program that could not be attached, if one could not.
    std::string attach() {
        ring_.reset(ring_buffer__new(map_descriptor("records"), &LoadedPrograms::take, this, nullptr));
        if (!ring_ || !wake_once()) return "records";
        void* const memory = mmap(nullptr, accounts_size(), PROT_READ, MAP_SHARED, map_descriptor("accounts"), 0);
        if (memory == MAP_FAILED) return "accounts";
        accounts_ = memory;
        cgroup_ = unified_cgroup_root();
        bool needs_calls = false;
        Names attached;  // one program may serve several happenings
        for (const HookState& hook : hooks_) {
            if (!hook.way) continue;
            for (const std::string& name : programs_of(*hook.way, calls_)) {
                if (!attached.insert(name).second) continue;
                bpf_program* const program = bpf_object__find_program_by_name(object_->object(), name.c_str());
                if (name.starts_with(kCallPrefix)) {
                    needs_calls = true;
                    const std::uint32_t call_class = hook.way->call_class;
                    const int descriptor = bpf_program__fd(program);
                    if (bpf_map_update_elem(map_descriptor("call_handlers"), &call_class, &descriptor, BPF_ANY) != 0)
                        return name;
                } else if (name.starts_with(kNativePrefix)) {
                    if (!attach_to_calls(program, hook.way->call_class)) return name;
                } else if (!attach(program, hook.way->back_end)) {
                    return name;
                }
                program_descriptors_.push_back(bpf_program__fd(program));
            }
        }
        if (needs_calls) {
            bpf_program* const program = bpf_object__find_program_by_name(object_->object(), "call_ended");
            if (!attach(program, BackEnd::Tracepoint)) return "call_ended";
            program_descriptors_.push_back(bpf_program__fd(program));
        }
        return {};
    }

private:
    static int take(void* self, void* data, std::size_t size) {
        auto* const programs = static_cast<LoadedPrograms*>(self);
        programs->sink_->record({static_cast<const std::byte*>(data), size});
        return --programs->room_ > 0 ? 0 : -EAGAIN;  // an error ends the reading, behind this record
    }

    /// The ring's descriptor is readable from a wakening until forget_wakening(), and not for as long as the ring is
    /// not empty: in a storm it never is, and the reader would not sleep any more.
    bool wake_once() const {
        epoll_event interest{.events = EPOLLIN | EPOLLET, .data = {}};
        return epoll_ctl(descriptor(), EPOLL_CTL_MOD, map_descriptor("records"), &interest) == 0;
    }
    void forget_wakening() const {
        epoll_event event;
        epoll_wait(descriptor(), &event, 1, 0);
    }

    std::size_t accounts_size() const {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        return (cpus_ * sizeof(cpu_account) + page - 1) / page * page;
    }

    int map_descriptor(const char* name) const { return bpf_object__find_map_fd_by_name(object_->object(), name); }

    bool attach(bpf_program* program, BackEnd back_end) {
        Link link(back_end == BackEnd::Cgroup ? bpf_program__attach_cgroup(program, cgroup_.number())
                                              : bpf_program__attach(program));
        if (!link) return false;
        links_.push_back(std::move(link));
        return true;
    }

    /// Not every kernel has all of the calls.
    bool attach_to_calls(bpf_program* program, std::uint8_t call_class) {
        const std::size_t before = links_.size();
        for (const std::string_view call : names_of_calls(call_class)) {
            Link link(bpf_program__attach_tracepoint(program, "syscalls", fmt::format("sys_exit_{}", call).c_str()));
            if (!link && errno != ENOENT) return false;
            if (link) links_.push_back(std::move(link));
        }
        return links_.size() > before;
    }

    std::unique_ptr<Object> object_;
    std::vector<HookState> hooks_;
    Calls calls_;
    std::size_t cpus_;
    void* accounts_ = nullptr;
    Descriptor cgroup_;
    std::vector<Link> links_;
    std::unique_ptr<ring_buffer, RingCloser> ring_;
    std::vector<int> program_descriptors_;
    RecordSink* sink_ = nullptr;
    std::size_t room_ = 0;  // records that sink_ still takes
};

/// How calls are looked at here, and whether there are callers who are not seen so.
struct CallPlan {
    Calls calls = Calls::All;
    bool has_compat_callers = true;
};

std::string missing_of(const Way& way, const CallPlan& plan) {
    std::string missing(way.missing);
    if (way.back_end != BackEnd::SystemCall || plan.calls == Calls::All || !plan.has_compat_callers) return missing;
    return missing.empty() ? "32-bit callers" : missing + "; 32-bit callers";
}

/// For each happening the first way whose programs are all usable.
std::vector<HookState> choose(Scope scope, const CallPlan& plan, const Reasons& unusable) {
    std::vector<HookState> hooks;
    for (const Happening& happening : happenings()) {
        HookState state{.happening = &happening};
        if (happening.scope == Scope::Everything && scope == Scope::Processes) {
            state.is_wanted = false;
            state.why_not = "not asked for";
            hooks.push_back(state);
            continue;
        }
        for (const Way& way : happening.ways) {
            std::string reason;
            for (const std::string& program : programs_of(way, plan.calls))
                if (const auto found = unusable.find(program); found != unusable.end()) reason = found->second;
            if (way.back_end == BackEnd::SystemCall && plan.calls == Calls::All && reason.empty())
                if (const auto found = unusable.find("call_ended"); found != unusable.end()) reason = found->second;
            if (reason.empty()) {
                state.way = &way;
                state.missing = missing_of(way, plan);
                state.why_not.clear();
                break;
            }
            state.why_not = reason;
        }
        hooks.push_back(std::move(state));
    }
    return hooks;
}

Result<std::unique_ptr<Object>> open_object(bool has_typed_pointers) {
    if (has_typed_pointers) return SkeletonObject<sensor_programs>::open();
    return has_atomic_operations() ? SkeletonObject<sensor_programs_untyped>::open()
                                   : SkeletonObject<sensor_programs_plain>::open();
}

/// The programs that this kernel cannot have, without one being loaded.
Reasons missing_programs(const Object& object, const KernelTypes& types) {
    Reasons missing;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object.object()) {
        std::string reason = missing_in_kernel(program, types);
        if (!reason.empty()) missing.emplace(bpf_program__name(program), std::move(reason));
    }
    return missing;
}

/// Sets what has to stand before the object is loaded: which of its programs are, sizes of maps, constants.
void prepare(Object& object, std::span<const HookState> hooks, const CallPlan& plan, const ProgramOptions& options,
             std::uint32_t cpus) {
    Names wanted;
    std::uint32_t call_classes = 0;
    for (const HookState& hook : hooks) {
        if (!hook.way) continue;
        for (std::string& name : programs_of(*hook.way, plan.calls)) wanted.insert(std::move(name));
        if (hook.way->back_end == BackEnd::SystemCall) call_classes |= 1u << hook.way->call_class;
    }
    if (call_classes != 0 && plan.calls == Calls::All) wanted.insert("call_ended");
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object.object())
        bpf_program__set_autoload(program, wanted.contains(bpf_program__name(program)));
    const auto set_size = [&](const char* map, std::uint32_t entries) {
        bpf_map__set_max_entries(bpf_object__find_map_by_name(object.object(), map), entries);
    };
    set_size("records", options.ring_bytes);
    set_size("accounts", cpus);
    set_size("scratches", cpus * SCRATCH_SLOTS);
    object.set_constants(options.watcher_pid != 0 ? options.watcher_pid : static_cast<std::uint32_t>(getpid()),
                         options.ring_bytes / 4, native_calls(call_classes), compat_calls(call_classes));
}

/// Notes that the kernel refused a program of the object. An error where there is nothing to leave out.
Result<void> leave_out(const std::string& refused, int why, const Object& object, Reasons& unusable) {
    const bpf_program* const culprit = bpf_object__find_program_by_name(object.object(), refused.c_str());
    if (!culprit || unusable.contains(refused))
        return fail(Errc::Unsupported, fmt::format("cannot use {}: {}", refused, std::strerror(why)));
    unusable.emplace(refused, fmt::format("the kernel refuses it: {}", std::strerror(why)));
    // Where one function hook is not permitted, none is.
    if (!is_function_hook(culprit) || why != EPERM) return {};
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object.object()) if (is_function_hook(program))
        unusable.emplace(bpf_program__name(program), "the kernel takes no function hooks");
    return {};
}

}  // namespace

Result<void> check_capabilities() {
    // CAP_SYS_ADMIN stands for the first two on kernels and set-ups that predate them.
    constexpr Capability kNeeded[] = {Capability{39}, Capability{38}, Capability{12},
                                      Capability{19}, Capability{2},  Capability{37}};
    const std::uint64_t held = own_effective_capabilities();
    std::string needed;
    std::string missing;
    for (const Capability capability : kNeeded) {
        if (!needed.empty()) needed += ", ";
        needed += name(capability);
        const bool covered =
            (capability == Capability{39} || capability == Capability{38}) && holds(held, Capability{21});
        if (covered || holds(held, capability)) continue;
        if (!missing.empty()) missing += ", ";
        missing += name(capability);
    }
    if (missing.empty()) return {};
    return fail(Errc::Denied,
                fmt::format("watching the kernel needs {}; missing here: {} (run it as root)", needed, missing));
}

Result<std::unique_ptr<Programs>> Programs::load(const ProgramOptions& options) {
    TRY(check_capabilities());
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    libbpf_set_print(&hear);
    const KernelTypes types = TRY(KernelTypes::load());
    const bool has_typed_pointers = types.has_function("bpf_rdonly_cast");
    const int cpu_count = libbpf_num_possible_cpus();
    if (cpu_count <= 0) return fail(Errc::Unsupported, "cannot tell how many CPUs there are");
    const auto cpus = static_cast<std::uint32_t>(cpu_count);

    CallPlan plan{.has_compat_callers = may_have_compat_callers()};
    plan.calls = plan.has_compat_callers ? options.calls : Calls::ByName;
    Reasons unusable = missing_programs(*TRY(open_object(has_typed_pointers)), types);
    // Each round leaves out one more program that the kernel refused; there are not many.
    for (;;) {
        std::unique_ptr<Object> object = TRY(open_object(has_typed_pointers));
        std::vector<HookState> hooks = choose(options.scope, plan, unusable);
        if (hooks.front().way == nullptr)
            return fail(Errc::Unsupported, "the kernel refuses even to tell of processes: " + hooks.front().why_not);
        prepare(*object, hooks, plan, options, cpus);

        last_complaint.clear();
        const int loaded = bpf_object__load_skeleton(object->skeleton());
        std::string refused = loaded == 0 ? std::string() : last_complaint;
        if (loaded != 0 && refused.empty())
            return fail(loaded == -EPERM ? Errc::Denied : Errc::Unsupported,
                        fmt::format("the kernel refuses the programs: {}", std::strerror(-loaded)));
        int why = -loaded;
        if (loaded == 0) {
            auto programs = std::make_unique<LoadedPrograms>(std::move(object), std::move(hooks), plan.calls, cpus);
            refused = programs->attach();
            if (refused.empty()) return programs;
            why = errno;
            object = TRY(open_object(has_typed_pointers));
        }
        if (refused.starts_with(kNativePrefix))  // no such tracepoints here
            plan.calls = Calls::All;
        else
            TRY(leave_out(refused, why, *object, unusable));
    }
}

}  // namespace spoor::sensor
