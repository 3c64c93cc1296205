/* A stateless firewall for IPv4 and IPv6: source prefixes that are always dropped, destination ports that are open. */
#include "datapath.h"

struct prefix4 {
	__u32 prefixlen;
	__be32 addr;
};

struct prefix6 {
	__u32 prefixlen;
	struct in6_addr addr;
};

struct port_key {
	__u8 protocol;
	__u8 pad;
	__be16 port;
};

enum reason { ALLOWED, BAD_SOURCE, CLOSED_PORT, FRAGMENT, MALFORMED, NOT_IP, REASONS };

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix4);
	__type(value, __u32);
} blocked4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix6);
	__type(value, __u32);
} blocked6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct port_key);
	__type(value, __u8);
} open_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, REASONS);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

const volatile bool allow_icmp = true;

static __always_inline int decide(__u32 reason)
{
	__u64 *n = bpf_map_lookup_elem(&verdicts, &reason);

	if (n)
		(*n)++;
	return reason == ALLOWED || reason == NOT_IP ? TCX_NEXT : TCX_DROP;
}

static __always_inline bool port_open(__u8 protocol, __be16 port)
{
	struct port_key key = { .protocol = protocol, .port = port };

	return bpf_map_lookup_elem(&open_ports, &key) != NULL;
}

static __noinline __u32 check_transport(struct __sk_buff *skb, __u32 offset, __u32 protocol)
{
	struct ports ports;

	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		return allow_icmp ? ALLOWED : CLOSED_PORT;
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return CLOSED_PORT;
	if (bpf_skb_load_bytes(skb, offset, &ports, sizeof(ports)) < 0)
		return MALFORMED;
	return port_open(protocol, ports.dest) ? ALLOWED : CLOSED_PORT;
}

static __always_inline __u32 check4(struct __sk_buff *skb)
{
	struct iphdr *ip = packet_start(skb) + ETH_HLEN_;
	struct prefix4 source = { .prefixlen = 32 };
	__u32 length;

	if ((void *)(ip + 1) > packet_end(skb))
		return MALFORMED;
	length = ip->ihl * 4;
	if (ip->version != 4 || length < sizeof(*ip))
		return MALFORMED;
	source.addr = ip->saddr;
	if (bpf_map_lookup_elem(&blocked4, &source))
		return BAD_SOURCE;
	if (ip->frag_off & bpf_htons(0x1fff))
		return FRAGMENT;
	return check_transport(skb, ETH_HLEN_ + length, ip->protocol);
}

static __always_inline __u32 check6(struct __sk_buff *skb)
{
	struct ipv6hdr *ip = packet_start(skb) + ETH_HLEN_;
	struct prefix6 source = { .prefixlen = 128 };

	if ((void *)(ip + 1) > packet_end(skb))
		return MALFORMED;
	source.addr = ip->saddr;
	if (bpf_map_lookup_elem(&blocked6, &source))
		return BAD_SOURCE;
	if (ip->nexthdr == IPPROTO_FRAGMENT)
		return FRAGMENT;
	return check_transport(skb, ETH_HLEN_ + sizeof(*ip), ip->nexthdr);
}

SEC("tcx/ingress")
int firewall(struct __sk_buff *skb)
{
	switch (skb->protocol) {
	case bpf_htons(ETH_P_IP):
		return decide(check4(skb));
	case bpf_htons(ETH_P_IPV6):
		return decide(check6(skb));
	default:
		return decide(NOT_IP);
	}
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
