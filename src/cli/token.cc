// spoor token: a process's security context, whole, and that of each thread that differs from it.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "cli/command.h"
#include "sources/linux/accounts.h"
#include "sources/linux/capabilities.h"
#include "sources/linux/proc.h"
#include "sources/linux/security_context.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using sensor::Capability;
using sensor::SecurityContext;

std::string_view seccomp_name(std::uint32_t mode) { return mode == 0 ? "off" : mode == 1 ? "strict" : mode == 2 ? "filter" : "unknown"; }

class Token final : public Command {
    void declare(Options& options) override { options.argument(process_, "PID", Needed::One, "a process by its number, or \"self\""); }

    Result<Exit> run(Console& console) override {
        std::uint32_t pid = static_cast<std::uint32_t>(getpid());
        if (process_ != "self") {
            const auto [end, errc] = std::from_chars(process_.data(), process_.data() + process_.size(), pid);
            if (errc != std::errc{} || end != process_.data() + process_.size() || pid == 0)
                return fail(Errc::BadUsage, fmt::format("'{}' is no process number (nor \"self\")", process_));
        }
        const std::vector<SecurityContext> threads = TRY(sensor::security_contexts(pid));
        print(console, threads.front(), "Process");
        std::size_t alike = 0;
        for (std::size_t i = 1; i < threads.size(); ++i) {
            if (threads[i].same_rights(threads.front())) ++alike;
            else print(console, threads[i], "Thread that differs");
        }
        if (threads.size() > 1) console.out.line(fmt::format("{} of {} further threads are alike", alike, threads.size() - 1));
        return Exit::Done;
    }

    void print(Console& console, const SecurityContext& context, std::string_view title) {
        auto& out = console.out;
        const record_credentials& c = context.credentials;
        const auto user = [&](std::uint32_t uid) { return fmt::format("{} ({})", uid, terminal::printable(accounts_.name(uid))); };
        out.line(fmt::format("{} {}  {}", title, context.tid, terminal::printable(context.name)));
        out.line(fmt::format("  User        real {}  effective {}  saved {}  file system {}", user(c.uid), user(c.euid), user(c.suid), user(c.fsuid)));
        out.line(fmt::format("  Group       real {}  effective {}  saved {}  file system {}", c.gid, c.egid, c.sgid, c.fsgid));
        out.line(fmt::format("  Groups      {}", context.groups.empty() ? "none" : fmt::format("{}", fmt::join(context.groups, " "))));
        out.line(fmt::format("  Login       {}", context.login_uid == sensor::kUnset ? "none" : user(context.login_uid)));
        out.line(fmt::format("  Session     {}", context.session == sensor::kUnset ? "none" : fmt::to_string(context.session)));
        if (c.euid != c.uid || c.fsuid != c.uid) out.line(fmt::format("  Impersonates {}", user(c.fsuid != c.euid ? c.fsuid : c.euid)));
        out.line(fmt::format("  No new privileges {}    seccomp {}{}", context.no_new_privileges ? "yes" : "no", seccomp_name(context.seccomp),
                             context.seccomp_filters > 0 ? fmt::format(" ({} filters)", context.seccomp_filters) : ""));
        out.line(fmt::format("  Label       {}", context.label.empty() ? "none" : terminal::printable(context.label)));
        for (const auto& [name, value] : context.namespaces) out.line(fmt::format("  Namespace   {}", value));
        print_capabilities(console, c);
    }

    /// One line a capability that is in any set: held is what may be enabled, enabled what counts now.
    void print_capabilities(Console& console, const record_credentials& c) {
        console.out.line("  Capability                held  enabled  inheritable  ambient  bounding");
        const std::uint64_t any = c.permitted | c.effective | c.inheritable | c.ambient | c.bounding;
        for (unsigned number = 0; number < sensor::kCapabilityCount; ++number) {
            const Capability capability{static_cast<std::uint8_t>(number)};
            if (!holds(any, capability)) continue;
            const auto mark = [&](std::uint64_t set) { return holds(set, capability) ? "yes" : "-"; };
            console.out.line(fmt::format("    {:<22}  {:<4}  {:<7}  {:<11}  {:<7}  {}", sensor::name(capability), mark(c.permitted),
                                         mark(c.effective), mark(c.inheritable), mark(c.ambient), mark(c.bounding)));
        }
    }

    std::string process_;
    sensor::Accounts accounts_;
};

}  // namespace

CommandEntry token_command() {
    return {.name = "token",
            .summary = "the security context of a process and of its threads that differ",
            .group = Group::Live,
            .description = "Ids, groups, capabilities (held and enabled), no-new-privileges, seccomp, namespaces, the security module's label, the login "
                           "user and the session: what a token is on Windows.",
            .examples = {{"token self", "Of this program."}, {"token 1", "Of init."}},
            .make = make<Token>};
}

}  // namespace spoor::cli
