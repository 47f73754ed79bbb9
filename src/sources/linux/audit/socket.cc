#include "sources/linux/audit/socket.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace spoor::sensor {
namespace {

constexpr int kReceiveBuffer = 8 << 20;

Descriptor netlink_socket() {
    return Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT));
}

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

std::optional<AuditSocket::Message> AuditSocket::next() {
    const ssize_t size = recv(socket_.number(), buffer_.data(), buffer_.size(), 0);
    if (size < 0) return errno == ENOBUFS ? std::optional(Message{.overrun = true}) : std::nullopt;
    if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) return std::nullopt;
    nlmsghdr header;
    std::memcpy(&header, buffer_.data(), sizeof header);
    // The kernel gives the length of the text alone in multicast messages, and of the whole in others.
    return Message{
        .type = header.nlmsg_type,
        .text = std::string_view(buffer_).substr(sizeof header, static_cast<std::size_t>(size) - sizeof header)};
}

}  // namespace spoor::sensor
