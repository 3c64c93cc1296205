/*
 * Traffic for a container: the host's uplink sends it into one end of a veth pair, whose other end lives in another
 * namespace and runs a program of its own.
 */
#include "datapath.h"

struct endpoint {
	__u32 ifindex;
	__u8 mac[ETH_ALEN];
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be32);
	__type(value, struct endpoint);
} endpoints SEC(".maps");

__u64 entered;
__u64 refused;

/* On the uplink's ingress. */
SEC("tcx/ingress")
int to_container(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct endpoint *endpoint;
	__be32 dest;

	if (!ip)
		return TCX_NEXT;
	dest = ip->daddr;
	endpoint = bpf_map_lookup_elem(&endpoints, &dest);
	if (!endpoint)
		return TCX_NEXT;
	skb->mark = 0x77;
	if (bpf_skb_store_bytes(skb, 0, endpoint->mac, ETH_ALEN, 0))
		return TCX_DROP;
	return bpf_redirect(endpoint->ifindex, 0);
}

/* On the container's end: whatever the host noted in the mark must not have crossed; only port 8080 is served. */
SEC("tcx/ingress")
int container_guard(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct ports *ports;

	if (skb->mark)
		return TCX_DROP;
	if (!ip)
		return TCX_NEXT;
	ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > packet_end(skb) || ports->dest != bpf_htons(8080)) {
		__sync_fetch_and_add(&refused, 1);
		return TCX_DROP;
	}
	__sync_fetch_and_add(&entered, 1);
	return TCX_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
