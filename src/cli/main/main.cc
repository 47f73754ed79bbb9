// The program's entry: the process's own affairs (signals, descriptors); everything else is run_program.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/program.h"

namespace {

// A failed CHECK has said what is wrong; the exit code says whose fault it is.
extern "C" void exit_as_bug(int) { ::_exit(static_cast<int>(spoor::cli::Exit::Bug)); }

/// A descriptor that came closed would be taken by the next file that is opened, and what is printed would go into
/// that: an archive, or the kernel's ring. Opened the wrong way round each refuses its use.
void hold_standard_descriptors() {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(standard, F_GETFD) < 0) ::open("/dev/null", standard == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// What Spoor keeps and exports is what people did: whoever else has an account on the machine need not read it. The
/// store's engine makes its files itself, whenever it wants them, so that this holds for the process.
void keep_others_out() { ::umask(::umask(0) | S_IWGRP | S_IRWXO); }

}  // namespace

int main(int argc, char** argv) {
    hold_standard_descriptors();
    keep_others_out();
    std::signal(SIGPIPE, SIG_IGN);  // terminal::Output ends quietly
    std::signal(SIGABRT, exit_as_bug);
    spoor::terminal::Output out(STDOUT_FILENO);
    spoor::terminal::Output err(STDERR_FILENO);
    const spoor::SystemClock clock;
    const spoor::cli::Ended ended =
        spoor::cli::run_program(std::vector<std::string>(argv + 1, argv + argc), out, err, clock);
    std::exit(static_cast<int>(ended.exit));  // and not by `return`: what looked is left to the end of the process
}
