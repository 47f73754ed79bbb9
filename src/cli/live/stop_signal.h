// StopSignal: SIGINT, SIGTERM and SIGHUP as a descriptor that becomes readable, so that a live command ends in order.
#pragma once
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace spoor::cli {

class StopSignal {
public:
    StopSignal() {
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
        pthread_sigmask(SIG_BLOCK, &signals, &before_);
        descriptor_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    }
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    ~StopSignal() {
        close(descriptor_);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    int descriptor() const { return descriptor_; }

    /// True once somebody has asked us to stop.
    bool raised() {
        signalfd_siginfo signal;
        if (read(descriptor_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) raised_ = true;
        return raised_;
    }

private:
    sigset_t before_;
    int descriptor_ = -1;
    bool raised_ = false;
};

}  // namespace spoor::cli
