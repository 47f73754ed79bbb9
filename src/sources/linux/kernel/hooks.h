// Hooks: which kernel programs can serve each kind of happening, the best first.
//
// One kernel lets programs attach to its own functions (fentry), another only to their first instruction (kprobe), a
// third to its tracepoints alone. Each happening that is watched has a ladder of ways; the loader takes the first that
// the running kernel accepts, and what is blind then is known and said.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sensor {

enum class BackEnd : std::uint8_t {
    None,
    Function,  // fentry, fexit: the kernel's own function, with its result
    Probe,     // kprobe
    Tracepoint,
    SystemCall,  // the end of system calls
    Cgroup,
};
std::string_view name(BackEnd back_end);

/// What a hook costs and needs decides in which mode it is used.
enum class Scope : std::uint8_t {
    Processes,  // always: starts, ends, identities of processes
    Everything,
};

/// How the end of system calls is seen, where that is the way.
enum class Calls : std::uint8_t {
    All,     // by one program that every call of the machine passes
    ByName,  // by the tracepoints of those that matter, which 32-bit callers do not pass
};

/// One way to see a happening: all of its programs together.
struct Way {
    BackEnd back_end;
    std::string_view hook;          // as people know it: "fentry commit_creds"
    std::string_view programs;      // names in the object, blank-separated
    std::uint8_t call_class = 0;    // for SystemCall: whose numbers go into the table
    std::string_view missing = {};  // what this way does not see
};

struct Happening {
    std::string_view name;   // "file deleted"
    std::string_view kinds;  // names of the kinds of events that come of it
    Scope scope;
    std::span<const Way> ways;
};

std::span<const Happening> happenings();

/// How one happening is served on this machine.
struct HookState {
    const Happening* happening = nullptr;
    const Way* way = nullptr;  // nullptr: blind
    std::string missing = {};  // what that way does not see here
    bool is_wanted = true;     // within the scope that was asked for
    std::string why_not = {};  // the reason, when blind
};

}  // namespace spoor::sensor
