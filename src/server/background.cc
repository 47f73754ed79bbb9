#include "server/background.h"

#include <sched.h>
#include <sys/resource.h>

namespace spoor::server {

void step_back() {
    // On Linux niceness and policy are a thread's. Not SCHED_IDLE: who is never let on keeps the locks that he holds.
    // Nothing depends on either; where the system refuses, the work only shows.
    constexpr int kLeast = 19;
    const sched_param none{};
    (void)::sched_setscheduler(0, SCHED_BATCH, &none);
    (void)::setpriority(PRIO_PROCESS, 0, kLeast);
}

}  // namespace spoor::server
