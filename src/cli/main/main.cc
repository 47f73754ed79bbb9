// The program's entry: the process's own affairs (signals, descriptors); everything else is run_program.
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/program.h"

namespace {

// A failed CHECK has said what is wrong; the exit code says whose fault it is.
extern "C" void exit_as_bug(int) { ::_exit(static_cast<int>(spoor::cli::Exit::Bug)); }

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // terminal::Output ends quietly
    std::signal(SIGABRT, exit_as_bug);
    spoor::terminal::Output out(STDOUT_FILENO);
    spoor::terminal::Output err(STDERR_FILENO);
    const spoor::SystemClock clock;
    return static_cast<int>(spoor::cli::run_program(std::vector<std::string>(argv + 1, argv + argc), out, err, clock));
}
