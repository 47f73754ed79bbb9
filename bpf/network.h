// Network: connections made and accepted, and datagrams exchanged, with both ends.
//
// A TCP connection is complete in an interrupt, when some other task may be running. So the owner is noted when the
// socket starts to connect, which happens in its own context (io_uring included), and taken from there when the outcome
// is known.
#ifndef SPOOR_BPF_NETWORK_H
#define SPOOR_BPF_NETWORK_H

#include "emit.h"
#include "paths.h"

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7 };
#define ECANCELED 125
#define MOST_CONNECTING 32768  // at once; what starts to connect beyond them is counted as lost

// Not one that makes room by forgetting the oldest: what would be forgotten could not be counted as lost.
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, MOST_CONNECTING);
    __type(key, __u64);  // address of the socket
    __type(value, struct record_header);
} connecting SEC(".maps");

static __always_inline void fill_address(__u8* to, const struct sock* sk, bool ipv6, bool local) {
    if (ipv6) {
        if (local)
            bpf_core_read(to, 16, &sk->__sk_common.skc_v6_rcv_saddr);
        else
            bpf_core_read(to, 16, &sk->__sk_common.skc_v6_daddr);
        return;
    }
    __u32 address = local ? READ(sk, __sk_common.skc_rcv_saddr) : READ(sk, __sk_common.skc_daddr);
    to[10] = to[11] = 0xff;
    __builtin_memcpy(to + 12, &address, 4);
}

static __always_inline void fill_ends(struct connection_record* record, const struct sock* sk) {
    bool ipv6 = READ(sk, __sk_common.skc_family) == AF_INET6;
    record->ipv6 = ipv6;
    fill_address(record->local_address, sk, ipv6, true);
    fill_address(record->remote_address, sk, ipv6, false);
    record->local_port = READ(sk, __sk_common.skc_num);
    record->remote_port = __builtin_bswap16(READ(sk, __sk_common.skc_dport));
    record->protocol = (__u8)READ(sk, sk_protocol);
}

static __always_inline bool is_inet(const struct sock* sk) {
    __u16 family = READ(sk, __sk_common.skc_family);
    return family == AF_INET || family == AF_INET6;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state_changed, const struct sock* sk, int old_state, int new_state) {
    __u64 key = (__u64)sk;
    if (new_state == TCP_SYN_SENT) {
        if (is_the_sensor()) return 0;
        struct record_header owner = {};
        fill_actor(&owner, current_task());
        if (bpf_map_update_elem(&connecting, &key, &owner, BPF_ANY) != 0) {
            struct cpu_account* account = account_of_this_cpu();
            if (account) lose_record(account);
        }
        return 0;
    }
    // Two that connect to each other at once, or a socket to itself, pass through SYN_RECV as one that accepts does.
    if (old_state != TCP_SYN_SENT && old_state != TCP_SYN_RECV) return 0;
    if (new_state != TCP_ESTABLISHED && new_state != TCP_CLOSE) return 0;
    struct record_header* owner = bpf_map_lookup_elem(&connecting, &key);
    if (!owner) return 0;
    struct connection_record record = {};
    record.header = *owner;
    record.header.time = bpf_ktime_get_boot_ns();
    record.header.type = RECORD_CONNECTION;
    bpf_map_delete_elem(&connecting, &key);
    fill_ends(&record, sk);
    record.direction = CONNECTION_OUTGOING;
    if (new_state == TCP_CLOSE) {
        int error = READ(sk, sk_err);
        record.result = -(error ? error : ECANCELED);
    }
    emit(&record.header, sizeof record);
    return 0;
}

static __always_inline void report_accepted(struct sock* sk) {
    if (!sk || !is_inet(sk) || is_the_sensor()) return;
    struct connection_record record = {};
    fill_header(&record.header, current_task(), RECORD_CONNECTION);
    fill_ends(&record, sk);
    record.direction = CONNECTION_ACCEPTED;
    emit(&record.header, sizeof record);
}

static __always_inline struct sock* sock_of(struct file* file) {
    if (!file) return NULL;
    if ((READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK) return NULL;
    struct socket* socket = READ(file, private_data);
    return READ(socket, sk);
}

// inet_csk_accept(sk, flags, err, kern) until 6.9, (sk, arg) since: the new socket is what it returns.
SEC("fexit/inet_csk_accept")
int fexit_inet_csk_accept(unsigned long long* ctx) {
    report_accepted((struct sock*)ctx[4]);
    return 0;
}

SEC("fexit/inet_csk_accept")
int fexit_inet_csk_accept_since_6_10(unsigned long long* ctx) {
    report_accepted((struct sock*)ctx[2]);
    return 0;
}

// Datagrams: one record for each pair of process and remote end, and then at each sixteenfold.
static __always_inline void report_datagram(struct bpf_sock_addr* address, bool ipv6, __u8 direction) {
    if (address->protocol != IPPROTO_UDP || is_the_sensor()) return;
    struct connection_record record = {};
    record.ipv6 = ipv6;
    record.direction = direction;
    record.protocol = IPPROTO_UDP;
    record.remote_port = __builtin_bswap16((__u16)address->user_port);
    if (ipv6) {
        __u32 parts[4] = {address->user_ip6[0], address->user_ip6[1], address->user_ip6[2], address->user_ip6[3]};
        __builtin_memcpy(record.remote_address, parts, 16);
    } else {
        __u32 ip = address->user_ip4;
        record.remote_address[10] = record.remote_address[11] = 0xff;
        __builtin_memcpy(record.remote_address + 12, &ip, 4);
    }
    __u64 object;
    __builtin_memcpy(&object, record.remote_address + 8, 8);
    __u64 upper;
    __builtin_memcpy(&upper, record.remote_address, 8);
    object ^= upper * 0x9e3779b97f4a7c15ULL;
    if (fold(RECORD_CONNECTION, record.remote_port, object ^ ((__u64)direction << 56)) == 0) return;
    fill_header(&record.header, current_task(), RECORD_CONNECTION);
    struct bpf_sock* socket = address->sk;
    if (socket) {
        record.local_port = (__u16)socket->src_port;
        if (!ipv6) {
            __u32 ip = socket->src_ip4;
            record.local_address[10] = record.local_address[11] = 0xff;
            __builtin_memcpy(record.local_address + 12, &ip, 4);
        } else {
            __u32 parts[4] = {socket->src_ip6[0], socket->src_ip6[1], socket->src_ip6[2], socket->src_ip6[3]};
            __builtin_memcpy(record.local_address, parts, 16);
        }
    }
    emit(&record.header, sizeof record);
}

SEC("cgroup/connect4")
int datagram_connected4(struct bpf_sock_addr* address) {
    report_datagram(address, false, CONNECTION_OUTGOING);
    return 1;
}

SEC("cgroup/connect6")
int datagram_connected6(struct bpf_sock_addr* address) {
    report_datagram(address, true, CONNECTION_OUTGOING);
    return 1;
}

SEC("cgroup/sendmsg4")
int datagram_sent4(struct bpf_sock_addr* address) {
    report_datagram(address, false, CONNECTION_OUTGOING);
    return 1;
}

SEC("cgroup/sendmsg6")
int datagram_sent6(struct bpf_sock_addr* address) {
    report_datagram(address, true, CONNECTION_OUTGOING);
    return 1;
}

SEC("cgroup/recvmsg4")
int datagram_received4(struct bpf_sock_addr* address) {
    report_datagram(address, false, CONNECTION_ACCEPTED);
    return 1;
}

SEC("cgroup/recvmsg6")
int datagram_received6(struct bpf_sock_addr* address) {
    report_datagram(address, true, CONNECTION_ACCEPTED);
    return 1;
}

#endif
