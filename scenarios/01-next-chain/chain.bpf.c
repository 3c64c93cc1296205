/* Three programs on one hook. Each one that lets the packet through leaves its mark, so the order is visible in the mark itself. */
#include "datapath.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline void count(__u32 who)
{
	__u64 *n = bpf_map_lookup_elem(&seen, &who);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* First: stamps every packet and passes it on. */
SEC("tcx/ingress")
int stamp(struct __sk_buff *skb)
{
	count(0);
	skb->mark = skb->mark * 16 + 1;
	return TCX_NEXT;
}

/* Second: drops TCP to port 23, lets ICMP out of the chain, passes the rest on. */
SEC("tcx/ingress")
int guard(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct ports *ports;

	count(1);
	skb->mark = skb->mark * 16 + 2;
	if (!ip)
		return TCX_NEXT;
	if (ip->protocol == IPPROTO_ICMP)
		return TCX_PASS;
	ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > packet_end(skb))
		return TCX_NEXT;
	if (ip->protocol == IPPROTO_TCP && ports->dest == bpf_htons(23))
		return TCX_DROP;
	return TCX_NEXT;
}

/* Third: answers with a number the kernel does not know, which ends the chain and means "next" to the device. */
SEC("tcx/ingress")
int last(struct __sk_buff *skb)
{
	count(2);
	skb->mark = skb->mark * 16 + 3;
	return skb->mark == 0x123 ? 42 : TCX_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
