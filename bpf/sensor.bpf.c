// The kernel side of the sensor: one object; the loader attaches of it what the running kernel takes.
#include "kernel.h"
//
#include "record.h"
//
#include "access.h"
#include "calls.h"
#include "files.h"
#include "hooks.h"
#include "identity.h"
#include "network.h"
#include "process.h"
#include "uring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
