/*
 * bpf_fib_lookup as the question of each UDP destination port says; the answers go to a map. bpf_redirect_neigh for IPv6 packets.
 */
#include <linux/in6.h>
#include "../../../../scenarios/include/datapath.h"

#define OTHER 4

struct question {
	__u32 flags;
	__u32 family;
	__u32 ifindex;
	__u32 tot_len;
	__u32 table;
	__u32 mark;
	__be32 source;
	__be32 dest;
	struct in6_addr source6;
	struct in6_addr dest6;
};

struct reply {
	__s64 said;
	__u32 family;
	__u32 tot_len;
	__u32 ifindex;
	__u32 rt_metric;
	__u32 source[4];
	__u32 dest[4];
	__u32 vlan;
	__u8 smac[ETH_ALEN];
	__u8 dmac[ETH_ALEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct question);
} questions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct reply);
} replies SEC(".maps");

SEC("tcx/ingress")
int ask(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct bpf_fib_lookup look = {};
	struct question *question;
	struct reply reply = {};
	struct ports *ports;
	__u32 port;

	if (!ip) {
		/* IPv6: by the routes of the other device. */
		return skb->protocol == bpf_htons(ETH_P_IPV6) ? bpf_redirect_neigh(OTHER, NULL, 0, 0) : TCX_DROP;
	}
	ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > packet_end(skb))
		return TCX_DROP;
	port = bpf_ntohs(ports->dest);
	question = bpf_map_lookup_elem(&questions, &port);
	if (!question)
		return TCX_DROP;
	look.family = question->family;
	look.ifindex = question->ifindex;
	look.tot_len = question->tot_len;
	if (question->family == 10) {
		__builtin_memcpy(look.ipv6_src, &question->source6, 16);
		__builtin_memcpy(look.ipv6_dst, &question->dest6, 16);
	} else {
		look.ipv4_src = question->source;
		look.ipv4_dst = question->dest;
	}
	if (question->flags & BPF_FIB_LOOKUP_TBID)
		look.tbid = question->table;
	if (question->flags & 32)
		*(__u32 *)look.smac = question->mark;
	reply.said = bpf_fib_lookup(skb, &look, sizeof(look), question->flags);
	reply.family = look.family;
	reply.tot_len = look.tot_len;
	reply.ifindex = look.ifindex;
	reply.rt_metric = look.rt_metric;
	__builtin_memcpy(reply.source, look.ipv6_src, 16);
	__builtin_memcpy(reply.dest, look.ipv6_dst, 16);
	reply.vlan = look.tbid;
	__builtin_memcpy(reply.smac, look.smac, ETH_ALEN);
	__builtin_memcpy(reply.dmac, look.dmac, ETH_ALEN);
	bpf_map_update_elem(&replies, &port, &reply, BPF_ANY);
	return TCX_DROP;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
