/* XDP in front of everything: drops listed sources, bounces pings, sends one subnet to another device, passes the rest. */
#include "datapath.h"

#define ICMP_ECHOREPLY 0
#define ICMP_ECHO 8

struct icmphdr {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be32 rest;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, __u64);
} blocklist SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

const volatile __be32 routed_subnet = bpf_htonl(0x0a090000);

static __always_inline void swap_macs(struct ethhdr *eth)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct icmphdr *icmp;
	__be32 source;
	__u64 *hits;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return XDP_PASS;
	source = ip->saddr;
	hits = bpf_map_lookup_elem(&blocklist, &source);
	if (hits) {
		__sync_fetch_and_add(hits, 1);
		return XDP_DROP;
	}
	if ((ip->daddr & bpf_htonl(0xffff0000)) == routed_subnet)
		return bpf_redirect_map(&ports, 1, XDP_ABORTED);
	if (ip->protocol != IPPROTO_ICMP)
		return XDP_PASS;
	icmp = (void *)(ip + 1);
	if ((void *)(icmp + 1) > end || icmp->type != ICMP_ECHO)
		return XDP_PASS;
	/* Type 8 becomes type 0, so the checksum grows by 8 in its first byte. */
	icmp->type = ICMP_ECHOREPLY;
	__u32 sum = icmp->checksum + bpf_htons(0x0800);

	icmp->checksum = (__u16)(sum + (sum >> 16));
	ip->saddr = ip->daddr;
	ip->daddr = source;
	swap_macs(eth);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
