/* Copies selected traffic to a monitoring device, cut to its headers, while the original goes on untouched. */
#include "datapath.h"

const volatile __u32 monitor_ifindex = 3;
const volatile __u16 watched_port = 80;
const volatile __u32 keep_bytes = 54;

__u64 mirrored;
__u64 failed;

SEC("tcx/ingress")
int mirror(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct ports *ports;

	if (!ip || ip->protocol != IPPROTO_TCP)
		return TCX_NEXT;
	ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > packet_end(skb))
		return TCX_NEXT;
	if (ports->dest != bpf_htons(watched_port) && ports->source != bpf_htons(watched_port))
		return TCX_NEXT;
	if (bpf_clone_redirect(skb, monitor_ifindex, 0))
		__sync_fetch_and_add(&failed, 1);
	else
		__sync_fetch_and_add(&mirrored, 1);
	return TCX_NEXT;
}

/* On the monitor's egress: what leaves for the recorder is only the front of each frame. */
SEC("tcx/egress")
int headers_only(struct __sk_buff *skb)
{
	if (skb->len > keep_bytes && bpf_skb_change_tail(skb, keep_bytes, 0))
		return TCX_DROP;
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
