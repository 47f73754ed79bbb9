// READ(object, field, field...): a field of a kernel object, or of one that it points to.
//
// Since 6.2 a program may say of what type a pointer is; a field is then read like any other memory, and where that
// faults it is 0. Before, a helper has to be called for each, which costs ten times as much: a path or a record's
// header takes a dozen.
#ifndef SPOOR_BPF_READ_H
#define SPOOR_BPF_READ_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#ifdef SPOOR_TYPED_POINTERS

extern void* bpf_rdonly_cast(const void* object, __u32 type) __ksym;

#define TYPED(object) \
    ((typeof(object))bpf_rdonly_cast((const void*)(object), bpf_core_type_id_kernel(typeof(*(object)))))
#define READ(object, ...) ___arrow(TYPED(object), __VA_ARGS__)

#else

#define READ(object, ...) BPF_CORE_READ(object, __VA_ARGS__)

#endif

#endif
