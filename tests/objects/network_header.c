/* What programs that see packets from the network header on can tell of them: every result goes into a map. */
#define __sk_buff first_fields_of_sk_buff
#include "bpf.h"
#undef __sk_buff

struct __sk_buff {
	__u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid,
		data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port;
};

enum { BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_CGROUP_STORAGE = 19, BPF_HDR_START_MAC = 0, BPF_HDR_START_NET = 1 };

static void *(*bpf_get_local_storage)(void *map, __u64 flags) = (void *)81;
static long (*bpf_skb_load_bytes)(const void *ctx, __u32 offset, void *to, __u32 len) = (void *)26;
static long (*bpf_skb_load_bytes_relative)(const void *ctx, __u32 offset, void *to, __u32 len, __u32 start) = (void *)68;

struct seen {
	__u32 runs, len, protocol, pkt_type, ifindex, wire, mark, head, tail, load, relative_mac, relative_net, direct, direct_bytes, beyond, family, remote, local;
	__u32 ports, remote6[4], local6[4];
	__s32 load_errno, mac_errno, net_errno;
};

struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, struct seen); } seen SEC(".maps");

static inline __attribute__((always_inline)) struct seen *look(struct __sk_buff *skb, __u32 key)
{
	struct seen *s = bpf_map_lookup_elem(&seen, &key);
	if (!s)
		return s;
	s->runs++;
	s->len = skb->len;
	s->protocol = skb->protocol;
	s->pkt_type = skb->pkt_type;
	s->ifindex = skb->ifindex;
	s->mark = skb->mark;
	s->load_errno = bpf_skb_load_bytes(skb, 0, &s->load, 4);
	s->mac_errno = bpf_skb_load_bytes_relative(skb, 0, &s->relative_mac, 4, BPF_HDR_START_MAC);
	s->net_errno = bpf_skb_load_bytes_relative(skb, 0, &s->relative_net, 4, BPF_HDR_START_NET);
	return s;
}

SEC("socket") int filter(struct __sk_buff *skb)
{
	struct seen *s = look(skb, 0);
	if (!s)
		return 0;
	skb->cb[0] = s->load;
	skb->cb[4] = skb->len;
	return s->runs;
}

/* Loads of the old kind end the program with 0 when they leave the packet. */
SEC("socket") int legacy(struct __sk_buff *skb)
{
	__u32 sum;
	asm volatile ("r6 = %[skb]; r0 = *(u8 *)skb[0]; %[sum] = r0; r0 = *(u16 *)skb[-1048576]; %[sum] += r0; r0 = *(u16 *)skb[-2097140]; %[sum] += r0; r0 = *(u32 *)skb[16]; %[sum] += r0"
		: [sum] "=&r"(sum) : [skb] "r"(skb) : "r0", "r1", "r2", "r3", "r4", "r5", "r6");
	return sum;
}

SEC("cgroup_skb/ingress") int group(struct __sk_buff *skb)
{
	struct seen *s = look(skb, 1);
	if (!s)
		return 0;
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	s->direct = data + 20 <= end;
	if (data + 20 <= end) {
		s->direct_bytes = data[0] << 8 | data[9];
		s->beyond = data + 65000 <= end;
	}
	s->family = skb->family;
	s->remote = skb->remote_ip4;
	s->local = skb->local_ip4;
	s->remote6[0] = skb->remote_ip6[0];
	s->remote6[1] = skb->remote_ip6[1];
	s->remote6[2] = skb->remote_ip6[2];
	s->remote6[3] = skb->remote_ip6[3];
	s->local6[0] = skb->local_ip6[0];
	s->local6[1] = skb->local_ip6[1];
	s->local6[2] = skb->local_ip6[2];
	s->local6[3] = skb->local_ip6[3];
	s->ports = skb->remote_port + skb->local_port;
	skb->mark = s->len;
	skb->priority = s->protocol;
	skb->cb[1] = s->load;
	return s->runs & 1;
}

/* A test run begins with storage of its own: the count is always 1. */
struct { __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE); __type(key, __u64); __type(value, __u64); } stored SEC(".maps");

SEC("cgroup_skb/egress") int counted(struct __sk_buff *skb)
{
	__u64 *count = bpf_get_local_storage(&stored, 0);
	skb->mark = ++*count;
	return *count & 1;
}

char _license[] SEC("license") = "GPL";
