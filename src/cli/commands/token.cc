// spoor token: a process's security context, whole, and that of each thread that differs from it.
#include <fmt/format.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <iterator>

#include "base/json_writer.h"
#include "cli/command.h"
#include "sources/linux/host/accounts.h"
#include "sources/linux/host/capabilities.h"
#include "sources/linux/host/proc.h"
#include "sources/linux/host/security_context.h"
#include "terminal/text.h"

namespace spoor::cli {
namespace {

using sensor::Capability;
using sensor::SecurityContext;

std::string_view seccomp_name(std::uint32_t mode) {
    return mode == 0 ? "off" : mode == 1 ? "strict" : mode == 2 ? "filter" : "unknown";
}

/// How many of the other threads have the rights that the process is printed with.
std::string about_others(std::size_t alike, std::size_t others) {
    if (others == 1) return alike == 1 ? "Its other thread has the same rights" : "Its other thread has other rights";
    if (alike == others) return fmt::format("All {} other threads have the same rights", others);
    if (alike == 0) return fmt::format("None of the {} other threads has the same rights", others);
    return fmt::format("{} of {} other threads {} the same rights", alike, others, alike == 1 ? "has" : "have");
}

class Token final : public Command {
    void declare(Options& options) override {
        options.argument(process_, "PID", Needed::One, "a process by its number, or \"self\"");
        options.choice("--format", format_, {"text", "jsonl"},
                       "how to print; jsonl has a line for every thread, alike or not");
    }

    Result<Exit> run(Console& console) override {
        std::uint32_t pid = static_cast<std::uint32_t>(getpid());
        if (process_ != "self") {
            const auto [end, errc] = std::from_chars(process_.data(), process_.data() + process_.size(), pid);
            if (errc != std::errc{} || end != process_.data() + process_.size() || pid == 0)
                return fail(Errc::BadUsage, fmt::format("'{}' is no process number (nor \"self\")", process_));
        }
        const std::vector<SecurityContext> threads = TRY(sensor::security_contexts(pid));
        if (format_ == "jsonl") {
            for (const SecurityContext& thread : threads)
                write_json(console, thread, thread.same_rights(threads.front()));
            return Exit::Done;
        }
        print(console, threads.front(), "Process");
        std::size_t alike = 0;
        for (std::size_t i = 1; i < threads.size(); ++i) {
            if (threads[i].same_rights(threads.front()))
                ++alike;
            else
                print(console, threads[i], "Thread that differs");
        }
        if (threads.size() > 1) console.out.line(about_others(alike, threads.size() - 1));
        return Exit::Done;
    }

    /// Sections in the order of the classic dump of a token: who, in which groups, in which session, with which
    /// privileges.
    void print(Console& console, const SecurityContext& context, std::string_view title) {
        auto& out = console.out;
        const record_credentials& c = context.credentials;
        const auto line = [&](std::string_view name, std::string_view value) {
            out.line(fmt::format("  {:<18}{}", name, terminal::printable(value)));
        };
        out.line(console.paint(terminal::Style::Bold,
                               fmt::format("{} {}: {}", title, context.tid, terminal::printable(context.name))));
        line("User", user(c.uid));
        if (c.euid != c.uid || c.fsuid != c.uid)
            line("Acts as", fmt::format("{}  (impersonation)", user(c.fsuid != c.euid ? c.fsuid : c.euid)));
        line("  effective", user(c.euid));
        line("  saved", user(c.suid));
        line("  file system", user(c.fsuid));
        line("Group", group(c.gid));
        if (c.egid != c.gid || c.sgid != c.gid || c.fsgid != c.gid)
            line("",
                 fmt::format("effective {}, saved {}, file system {}", group(c.egid), group(c.sgid), group(c.fsgid)));
        std::string groups;
        for (const std::uint32_t number : context.groups)
            groups += fmt::format("{}{}", groups.empty() ? "" : ", ", group(number));
        line("Further groups", groups.empty() ? "none" : groups);
        line("Login user",
             context.login_uid == sensor::kUnset ? "none: started by the system" : user(context.login_uid));
        line("Logon session", context.session == sensor::kUnset ? "none" : fmt::to_string(context.session));
        line("No new privileges", context.no_new_privileges ? "yes: exec gives none" : "no");
        line("Secure bits", secure_bits(context));
        line("Seccomp", context.seccomp_filters > 0
                            ? fmt::format("{}, {} filters", seccomp_name(context.seccomp), context.seccomp_filters)
                            : std::string(seccomp_name(context.seccomp)));
        line("Security label", context.label.empty() ? "none" : context.label);
        for (std::size_t i = 0; i < context.namespaces.size(); ++i)
            line(i == 0 ? "Namespaces" : "", context.namespaces[i].second);
        print_capabilities(console, c);
        out.line("");
    }

    void write_json(Console& console, const SecurityContext& context, bool alike) {
        const record_credentials& c = context.credentials;
        std::string line;
        JsonWriter json(line);
        json.open('{');
        if (context.tid == context.pid) json.text("schema", "spoor.token/1");
        json.number("pid", context.pid).number("tid", context.tid);
        json.text("name", context.name).boolean("as_process", alike);
        write_identity(json, "real", c.uid, c.gid);
        write_identity(json, "effective", c.euid, c.egid);
        write_identity(json, "saved", c.suid, c.sgid);
        write_identity(json, "file_system", c.fsuid, c.fsgid);
        json.open("groups", '[');
        for (const std::uint32_t number : context.groups) json.number(number);
        json.close(']');
        if (context.login_uid != sensor::kUnset) {
            json.number("login_uid", context.login_uid);
            json.text("login_user", accounts_.name(context.login_uid));
        }
        if (context.session != sensor::kUnset) json.number("session", context.session);
        write_capabilities(json, c);
        json.boolean("no_new_privileges", context.no_new_privileges);
        json.text("seccomp", seccomp_name(context.seccomp));
        json.number("seccomp_filters", context.seccomp_filters);
        json.text("secure_bits", secure_bits(context));
        json.text("label", context.label).open("namespaces", '{');
        for (const auto& [key, value] : context.namespaces) json.text(key, value);
        json.close('}').close('}');
        console.out.line(line);
    }

    void write_identity(JsonWriter& json, std::string_view key, std::uint32_t uid, std::uint32_t gid) {
        json.open(key, '{').number("uid", uid).text("user", accounts_.name(uid));
        json.number("gid", gid).close('}');
    }

    static void write_capabilities(JsonWriter& json, const record_credentials& c) {
        json.open("capabilities", '{');
        const std::pair<std::string_view, std::uint64_t> sets[] = {{"held", c.permitted},
                                                                   {"enabled", c.effective},
                                                                   {"inheritable", c.inheritable},
                                                                   {"ambient", c.ambient},
                                                                   {"bounding", c.bounding}};
        for (const auto& [key, set] : sets) {
            json.open(key, '[');
            for (unsigned number = 0; number < sensor::kCapabilityCount; ++number)
                if (const Capability capability{static_cast<std::uint8_t>(number)}; holds(set, capability))
                    json.text(sensor::name(capability));
            json.close(']');
        }
        json.close('}');
    }

    std::string user(std::uint32_t uid) { return fmt::format("{} ({})", accounts_.name(uid), uid); }

    static std::string group(std::uint32_t gid) {
        const struct group* const known = getgrgid(gid);
        return known ? fmt::format("{} ({})", known->gr_name, gid) : fmt::to_string(gid);
    }

    /// The kernel tells a process its own and nobody else's.
    static std::string secure_bits(const SecurityContext& context) {
        if (context.pid != static_cast<std::uint32_t>(getpid())) return "not told of other processes";
        const int bits = prctl(PR_GET_SECUREBITS);
        constexpr std::string_view kNames[] = {
            "noroot",    "noroot-locked",    "no-setuid-fixup",      "no-setuid-fixup-locked",
            "keep-caps", "keep-caps-locked", "no-cap-ambient-raise", "no-cap-ambient-raise-locked"};
        std::string text;
        for (std::size_t i = 0; i < std::size(kNames); ++i)
            if (bits > 0 && bits >> i & 1) text += fmt::format("{}{}", text.empty() ? "" : " ", kNames[i]);
        return text.empty() ? "none" : text;
    }

    /// One line a capability that is in any set: held is what may be enabled, enabled what counts now.
    void print_capabilities(Console& console, const record_credentials& c) {
        console.out.line("  Capability                held  enabled  inheritable  ambient  bounding");
        const std::uint64_t any = c.permitted | c.effective | c.inheritable | c.ambient | c.bounding;
        for (unsigned number = 0; number < sensor::kCapabilityCount; ++number) {
            const Capability capability{static_cast<std::uint8_t>(number)};
            if (!holds(any, capability)) continue;
            const auto mark = [&](std::uint64_t set) { return holds(set, capability) ? "yes" : "-"; };
            console.out.line(fmt::format("    {:<22}  {:<4}  {:<7}  {:<11}  {:<7}  {}", sensor::name(capability),
                                         mark(c.permitted), mark(c.effective), mark(c.inheritable), mark(c.ambient),
                                         mark(c.bounding)));
        }
    }

    std::string process_;
    std::string format_ = "text";
    sensor::Accounts accounts_;
};

}  // namespace

CommandEntry token_command() {
    return {.name = "token",
            .summary = "the security context of a process and of its threads that differ",
            .group = Group::Live,
            .description =
                "Ids, groups, capabilities (held and enabled), no-new-privileges, seccomp, namespaces, the security "
                "module's label, the login "
                "user and the session: what a token is on Windows.",
            .examples = {{"token self", "Of this program."},
                         {"token 1", "Of init."},
                         {"token --format jsonl 812 | jq .capabilities.enabled", "For other programs."}},
            .make = make<Token>};
}

}  // namespace spoor::cli
