/* Counts packets and bytes for each CPU and protocol, and keeps the busiest sources in an LRU table. */
#include "datapath.h"

struct totals {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct totals);
} by_protocol SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, __be32);
	__type(value, struct totals);
} by_source SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct totals);
} largest SEC(".maps");

/* Sources above this many packets are marked, so that a later program can treat them. */
const volatile __u64 heavy_packets = 20;

static __always_inline void add(struct totals *totals, __u32 bytes)
{
	totals->packets++;
	totals->bytes += bytes;
}

SEC("tcx/ingress")
int measure(struct __sk_buff *skb)
{
	struct totals first = { .packets = 1, .bytes = skb->len }, *totals;
	struct iphdr *ip = ipv4_of(skb);
	__u32 protocol, zero = 0;
	__be32 source;

	if (!ip)
		return TCX_NEXT;
	protocol = ip->protocol;
	source = ip->saddr;
	totals = bpf_map_lookup_elem(&by_protocol, &protocol);
	if (totals)
		add(totals, skb->len);

	totals = bpf_map_lookup_elem(&by_source, &source);
	if (!totals) {
		bpf_map_update_elem(&by_source, &source, &first, BPF_ANY);
		return TCX_NEXT;
	}
	add(totals, skb->len);
	if (totals->packets > heavy_packets) {
		struct totals *top = bpf_map_lookup_elem(&largest, &zero);

		skb->mark = 0xbeef;
		if (top && totals->packets > top->packets)
			*top = *totals;
	}
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
