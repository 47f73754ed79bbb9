#include "sources/linux/audit/control.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include "sources/linux/host/descriptor.h"

namespace spoor::sensor {
namespace {

constexpr int kAnswerMilliseconds = 500;

/// One request to the kernel and what it answers: the message of type `answer`, or the verdict of an acknowledgement.
class Conversation {
public:
    Conversation() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT)) {}

    bool ask(std::uint16_t type, std::uint16_t flags, std::span<const std::byte> body) const {
        std::vector<std::byte> message(NLMSG_SPACE(body.size()));
        nlmsghdr header{};
        header.nlmsg_len = static_cast<__u32>(NLMSG_LENGTH(body.size()));
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<__u16>(NLM_F_REQUEST | flags);
        header.nlmsg_seq = 1;
        std::memcpy(message.data(), &header, sizeof header);
        if (!body.empty()) std::memcpy(message.data() + NLMSG_HDRLEN, body.data(), body.size());
        return socket_ && send(socket_.number(), message.data(), message.size(), 0) >= 0;
    }

    /// The body of the next message of that type; empty when it does not come.
    std::vector<std::byte> answer(std::uint16_t type) const {
        for (;;) {
            pollfd waiting{socket_.number(), POLLIN, 0};
            if (poll(&waiting, 1, kAnswerMilliseconds) <= 0) return {};
            alignas(nlmsghdr) std::byte buffer[8192];
            const ssize_t size = recv(socket_.number(), buffer, sizeof buffer, 0);
            if (size < static_cast<ssize_t>(NLMSG_HDRLEN)) return {};
            nlmsghdr header;
            std::memcpy(&header, buffer, sizeof header);
            if (header.nlmsg_type == type) return {buffer + NLMSG_HDRLEN, buffer + size};
            if (header.nlmsg_type == NLMSG_ERROR) return {};
        }
    }

    Result<void> verdict(std::string_view what) const {
        const std::vector<std::byte> body = answer(NLMSG_ERROR);
        nlmsgerr verdict{};
        if (body.size() < sizeof verdict) return fail(Errc::Io, std::string(what) + ": the kernel does not answer");
        std::memcpy(&verdict, body.data(), sizeof verdict);
        if (verdict.error == 0) return {};
        errno = -verdict.error;
        return fail_errno(what);
    }

private:
    Descriptor socket_;
};

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

}  // namespace

std::optional<AuditState> audit_state() {
    const Conversation kernel;
    if (!kernel.ask(AUDIT_GET, 0, {})) return std::nullopt;
    const std::vector<std::byte> body = kernel.answer(AUDIT_GET);
    std::uint32_t words[4] = {};  // mask, enabled, what to do on failure, pid
    if (body.size() < sizeof words) return std::nullopt;
    std::memcpy(words, body.data(), sizeof words);
    return AuditState{.enabled = words[1] != 0, .locked = words[1] == 2, .daemon_pid = words[3]};
}

std::optional<std::string> why_no_records(const std::optional<AuditState>& state) {
    if (!state)
        return "whether audit is on cannot be asked (that needs CAP_AUDIT_CONTROL); it tells of logons only if it is";
    if (!state->enabled)
        return "audit is off: logons are seen by their kernel session alone (auditctl -e 1 turns it on)";
    return std::nullopt;
}

Result<void> set_audit(AuditMode mode) {
    const Conversation kernel;
    audit_status status{};
    status.mask = AUDIT_STATUS_ENABLED;
    status.enabled = static_cast<__u32>(mode);
    if (!kernel.ask(AUDIT_SET, NLM_F_ACK, bytes_of(status))) return fail_errno("turning auditing on or off");
    return kernel.verdict("turning auditing on or off (it needs CAP_AUDIT_CONTROL, and may be locked)");
}

Result<void> set_rule_for_no_task(bool present) {
    const Conversation kernel;
    audit_rule_data rule{};
    rule.flags = AUDIT_FILTER_TASK;
    rule.action = AUDIT_NEVER;
    std::memset(rule.mask, 0xff, sizeof rule.mask);
    if (!kernel.ask(present ? AUDIT_ADD_RULE : AUDIT_DEL_RULE, NLM_F_ACK, bytes_of(rule)))
        return fail_errno("changing an audit rule");
    return kernel.verdict("changing an audit rule");
}

}  // namespace spoor::sensor
