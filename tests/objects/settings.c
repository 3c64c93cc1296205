/* What a command line can say: program types, global variables, XDP contexts; and what it can ask for after: maps and variables. */
#include "bpf.h"

#define BPF_MAP_TYPE_HASH 1
#define BPF_MAP_TYPE_PERCPU_ARRAY 6

static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;

struct xdp_md {
	__u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index;
};

struct rule {
	__be16 port;
	__u8 mac[6];
};

struct flow {
	__be32 addr;
	__u32 length;
};

struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, struct flow); __type(value, __u64); } flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } packets SEC(".maps");

const volatile __u32 verdict = 0;
const volatile struct rule rule = {};
__u32 last_length = 0;
long balance = -5;

/* libbpf knows no such section. */
SEC("from-wire")
int count(struct __sk_buff *skb)
{
	struct flow flow = { .addr = 0x0100000a, .length = skb->len };
	__u64 one = 1, *packets_so_far, *flows_so_far = bpf_map_lookup_elem(&flows, &flow);
	__u32 zero = 0;

	if (flows_so_far)
		*flows_so_far += 1;
	else
		bpf_map_update_elem(&flows, &flow, &one, 0);
	packets_so_far = bpf_map_lookup_elem(&packets, &zero);
	if (packets_so_far)
		*packets_so_far += 1;
	last_length = skb->len;
	skb->mark = rule.port;
	return verdict;
}

/* The context and the metadata, written over the Ethernet header. */
SEC("xdp")
int told(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	__u32 *packet = (void *)(long)ctx->data, *meta = (void *)(long)ctx->data_meta;

	if ((void *)(packet + 3) > end)
		return 0;
	packet[0] = ctx->ingress_ifindex;
	packet[1] = ctx->rx_queue_index;
	packet[2] = 0;
	if ((void *)(meta + 1) <= (void *)(long)ctx->data) {
		packet[2] = meta[0];
		meta[0] = ~meta[0];
	}
	return 2;
}

char _license[] SEC("license") = "GPL";
