/* A parser made of tail calls: one program a protocol, each advancing the offset kept in cb[0] and calling the next. */
#include "datapath.h"

enum { PARSE_ETHERNET, PARSE_VLAN, PARSE_IPV4, PARSE_IPV6, PARSE_TCP, PARSE_UDP, PARSERS };

int ethernet(struct __sk_buff *skb);
int vlan(struct __sk_buff *skb);
int ipv4(struct __sk_buff *skb);
int ipv6(struct __sk_buff *skb);
int tcp(struct __sk_buff *skb);
int udp(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, PARSERS);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} parsers SEC(".maps") = {
	.values = {
		[PARSE_VLAN] = (void *)&vlan,
		[PARSE_IPV4] = (void *)&ipv4,
		[PARSE_IPV6] = (void *)&ipv6,
		[PARSE_TCP] = (void *)&tcp,
		[PARSE_UDP] = (void *)&udp,
	},
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PARSERS);
	__type(key, __u32);
	__type(value, __u64);
} parsed SEC(".maps");

/* How the calls went, readable from the mark: one hex digit a program. */
static __always_inline void note(struct __sk_buff *skb, __u32 who)
{
	__u64 *n = bpf_map_lookup_elem(&parsed, &who);

	if (n)
		__sync_fetch_and_add(n, 1);
	skb->mark = skb->mark << 4 | (who + 1);
}

static __always_inline int by_ethertype(struct __sk_buff *skb, __be16 type)
{
	switch (type) {
	case bpf_htons(ETH_P_8021Q):
	case bpf_htons(ETH_P_8021AD):
		bpf_tail_call(skb, &parsers, PARSE_VLAN);
		break;
	case bpf_htons(ETH_P_IP):
		bpf_tail_call(skb, &parsers, PARSE_IPV4);
		break;
	case bpf_htons(ETH_P_IPV6):
		bpf_tail_call(skb, &parsers, PARSE_IPV6);
		break;
	}
	return TC_ACT_UNSPEC;
}

static __always_inline int by_protocol(struct __sk_buff *skb, __u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		bpf_tail_call(skb, &parsers, PARSE_TCP);
	else if (protocol == IPPROTO_UDP)
		bpf_tail_call(skb, &parsers, PARSE_UDP);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int ethernet(struct __sk_buff *skb)
{
	struct ethhdr eth;

	note(skb, PARSE_ETHERNET);
	if (bpf_skb_load_bytes(skb, 0, &eth, sizeof(eth)))
		return TC_ACT_SHOT;
	skb->cb[0] = sizeof(eth);
	return by_ethertype(skb, eth.h_proto);
}

SEC("tc")
int vlan(struct __sk_buff *skb)
{
	__be16 tag[2];

	note(skb, PARSE_VLAN);
	if (bpf_skb_load_bytes(skb, skb->cb[0], tag, sizeof(tag)))
		return TC_ACT_SHOT;
	skb->cb[0] += sizeof(tag);
	return by_ethertype(skb, tag[1]);
}

SEC("tc")
int ipv4(struct __sk_buff *skb)
{
	struct iphdr ip;

	note(skb, PARSE_IPV4);
	if (bpf_skb_load_bytes(skb, skb->cb[0], &ip, sizeof(ip)) || ip.ihl < 5)
		return TC_ACT_SHOT;
	skb->cb[0] += ip.ihl * 4;
	return by_protocol(skb, ip.protocol);
}

SEC("tc")
int ipv6(struct __sk_buff *skb)
{
	struct ipv6hdr ip;

	note(skb, PARSE_IPV6);
	if (bpf_skb_load_bytes(skb, skb->cb[0], &ip, sizeof(ip)))
		return TC_ACT_SHOT;
	skb->cb[0] += sizeof(ip);
	return by_protocol(skb, ip.nexthdr);
}

SEC("tc")
int tcp(struct __sk_buff *skb)
{
	__u8 header[20];

	note(skb, PARSE_TCP);
	if (bpf_skb_load_bytes(skb, skb->cb[0], header, sizeof(header)))
		return TC_ACT_SHOT;
	/* A SYN that also wants to end the connection is no honest packet. */
	return (header[13] & 3) == 3 ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc")
int udp(struct __sk_buff *skb)
{
	struct udphdr header;

	note(skb, PARSE_UDP);
	if (bpf_skb_load_bytes(skb, skb->cb[0], &header, sizeof(header)))
		return TC_ACT_SHOT;
	return bpf_ntohs(header.len) < sizeof(header) ? TC_ACT_SHOT : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
