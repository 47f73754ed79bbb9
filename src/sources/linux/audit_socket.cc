#include "sources/linux/audit_socket.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace spoor::sensor {
namespace {

constexpr int kReceiveBuffer = 8 << 20;
constexpr int kAnswerMilliseconds = 500;

Descriptor netlink_socket() { return Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT)); }

}  // namespace

Result<AuditSocket> AuditSocket::open() {
    Descriptor stream = netlink_socket();
    if (!stream) return fail_errno("opening the audit stream");
    setsockopt(stream.number(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1);
    if (bind(stream.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail_errno("joining the audit stream (it needs CAP_AUDIT_READ)");
    return AuditSocket(std::move(stream));
}

std::optional<std::uint32_t> AuditSocket::enabled() {
    const Descriptor control = netlink_socket();
    if (!control) return std::nullopt;
    nlmsghdr request{};
    request.nlmsg_len = sizeof request;
    request.nlmsg_type = AUDIT_GET;
    request.nlmsg_flags = NLM_F_REQUEST;
    if (send(control.number(), &request, sizeof request, 0) < 0) return std::nullopt;
    for (;;) {
        pollfd waiting{control.number(), POLLIN, 0};
        if (poll(&waiting, 1, kAnswerMilliseconds) <= 0) return std::nullopt;
        alignas(nlmsghdr) char answer[1024];
        const ssize_t size = recv(control.number(), answer, sizeof answer, 0);
        if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) return std::nullopt;
        nlmsghdr header;
        std::memcpy(&header, answer, sizeof header);
        if (header.nlmsg_type != AUDIT_GET) {
            if (header.nlmsg_type == NLMSG_ERROR) return std::nullopt;
            continue;
        }
        std::uint32_t mask_and_enabled[2] = {};
        if (size < static_cast<ssize_t>(sizeof header + sizeof mask_and_enabled)) return std::nullopt;
        std::memcpy(mask_and_enabled, answer + sizeof header, sizeof mask_and_enabled);
        return mask_and_enabled[1];
    }
}

std::optional<AuditSocket::Message> AuditSocket::next() {
    const ssize_t size = recv(socket_.number(), buffer_.data(), buffer_.size(), 0);
    if (size < 0) return errno == ENOBUFS ? std::optional(Message{.overrun = true}) : std::nullopt;
    if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) return std::nullopt;
    nlmsghdr header;
    std::memcpy(&header, buffer_.data(), sizeof header);
    // The kernel gives the length of the text alone in multicast messages, and of the whole in others.
    return Message{.type = header.nlmsg_type,
                   .text = std::string_view(buffer_).substr(sizeof header, static_cast<std::size_t>(size) - sizeof header)};
}

}  // namespace spoor::sensor
