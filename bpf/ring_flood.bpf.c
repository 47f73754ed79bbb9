// What tests/live/loss_test.cc floods the ring with: records of the common size, as many a run as it is told, by the
// same way out as the sensor's own.
#include "kernel.h"
//
#include "record.h"
//
#include "emit.h"

const volatile __u32 records_a_run = 1000;

SEC("raw_tp/sys_enter")  // never attached: user space runs it
int flood(void* ctx) {
    for (__u32 i = 0; i < records_a_run && i < 1024; ++i) {
        struct file_record record = {};
        record.header.type = RECORD_FILE;
        record.header.time = bpf_ktime_get_boot_ns();
        emit(&record.header, sizeof record);
    }
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
