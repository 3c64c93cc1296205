/* Sends every IPv4 frame back where it came from; what it does not understand goes on to the stack. */
#include "datapath.h"

SEC("tcx/ingress")
int reflect(struct __sk_buff *skb)
{
	struct ethhdr *eth = packet_start(skb);
	__u8 mac[ETH_ALEN];

	if ((void *)(eth + 1) > packet_end(skb) || eth->h_proto != bpf_htons(ETH_P_IP))
		return TCX_NEXT;
	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
	return bpf_redirect(skb->ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
