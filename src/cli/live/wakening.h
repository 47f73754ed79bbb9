// Wakening: several descriptors as one, readable when one of them is, for those who wait on a single one.
#pragma once
#include <sys/epoll.h>
#include <unistd.h>

namespace spoor::cli {

class Wakening {
public:
    Wakening() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {}
    Wakening(const Wakening&) = delete;
    Wakening& operator=(const Wakening&) = delete;
    ~Wakening() { close(descriptor_); }

    void add(int source) {
        epoll_event interest{.events = EPOLLIN, .data = {.fd = source}};
        epoll_ctl(descriptor_, EPOLL_CTL_ADD, source, &interest);
    }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace spoor::cli
