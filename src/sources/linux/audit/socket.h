// AuditSocket: the kernel's audit stream as any number of readers may have it, beside auditd (multicast group 1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sources/linux/host/descriptor.h"

namespace spoor::sensor {

class AuditSocket {
public:
    /// Needs CAP_AUDIT_READ, and only while opening.
    static Result<AuditSocket> open();

    int descriptor() const { return socket_.number(); }

    struct Message {
        std::uint16_t type = 0;
        std::string_view text = {};  // good until the next call
        bool overrun = false;        // the kernel dropped messages before this one; no text then
    };
    /// The next message that waits; nullopt when none does.
    std::optional<Message> next();

private:
    explicit AuditSocket(Descriptor socket) : socket_(std::move(socket)), buffer_(16384, '\0') {}

    Descriptor socket_;
    std::string buffer_;
};

}  // namespace spoor::sensor
