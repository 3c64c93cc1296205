/* Flows that forget themselves: each has a timer in its map entry, which every packet winds up again. */
#include "datapath.h"

#ifndef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC 1
#endif

struct flow {
	struct bpf_timer idle;
	__u32 packets;
	__u32 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, struct flow);
} flows SEC(".maps");

struct total {
	__u32 flows;
	__u32 packets;
	__u64 last_ns;
};

/* What forgotten flows had, by source. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, struct total);
} forgotten SEC(".maps");

const volatile __u64 idle_ns = 30000000000;

static int forget(void *map, __be32 *source, struct flow *flow)
{
	struct total *total, none = {};
	__be32 key = *source;

	total = bpf_map_lookup_elem(&forgotten, &key);
	if (!total) {
		bpf_map_update_elem(&forgotten, &key, &none, BPF_NOEXIST);
		total = bpf_map_lookup_elem(&forgotten, &key);
		if (!total)
			return 0;
	}
	total->flows++;
	total->packets += flow->packets;
	total->last_ns = bpf_ktime_get_ns();
	bpf_map_delete_elem(map, &key);
	return 0;
}

SEC("tcx/ingress")
int track(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct flow *flow, fresh = {};
	__be32 source;

	if (!ip)
		return TCX_NEXT;
	source = ip->saddr;
	flow = bpf_map_lookup_elem(&flows, &source);
	if (!flow) {
		if (bpf_map_update_elem(&flows, &source, &fresh, BPF_NOEXIST))
			return TCX_DROP;
		flow = bpf_map_lookup_elem(&flows, &source);
		if (!flow)
			return TCX_DROP;
		bpf_timer_init(&flow->idle, &flows, CLOCK_MONOTONIC);
		bpf_timer_set_callback(&flow->idle, forget);
	}
	flow->packets++;
	flow->bytes += skb->len;
	bpf_timer_start(&flow->idle, idle_ns, 0);
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
