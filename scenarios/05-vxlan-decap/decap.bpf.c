/* Takes VXLAN off: outer Ethernet, IPv4, UDP and VXLAN headers go, the inner frame goes on to the device its VNI belongs to. */
#include "datapath.h"

#define VXLAN_PORT 4789
#define VXLAN_VALID 0x08000000

struct vxlanhdr {
	__be32 flags;
	__be32 vni;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u32);
} networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u64);
} unknown SEC(".maps");

SEC("tc")
int decap(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct udphdr *udp;
	struct vxlanhdr *vxlan;
	__u32 vni, *ifindex;
	/* Outer IPv4 + UDP + VXLAN + inner Ethernet: the outer Ethernet header is replaced by the inner one below. */
	const int wrapped = sizeof(*ip) + sizeof(*udp) + sizeof(*vxlan) + sizeof(struct ethhdr);
	struct ethhdr inner;

	if (!ip || ip->protocol != IPPROTO_UDP)
		return TC_ACT_UNSPEC;
	udp = (void *)(ip + 1);
	vxlan = (void *)(udp + 1);
	if ((void *)(vxlan + 1) > packet_end(skb) || udp->dest != bpf_htons(VXLAN_PORT))
		return TC_ACT_UNSPEC;
	if (!(vxlan->flags & bpf_htonl(VXLAN_VALID)))
		return TC_ACT_SHOT;
	vni = bpf_ntohl(vxlan->vni) >> 8;
	ifindex = bpf_map_lookup_elem(&networks, &vni);
	if (!ifindex) {
		__u64 one = 1, *n = bpf_map_lookup_elem(&unknown, &vni);

		if (n)
			__sync_fetch_and_add(n, 1);
		else
			bpf_map_update_elem(&unknown, &vni, &one, BPF_NOEXIST);
		return TC_ACT_SHOT;
	}
	if (bpf_skb_load_bytes(skb, ETH_HLEN + sizeof(*ip) + sizeof(*udp) + sizeof(*vxlan), &inner, sizeof(inner)))
		return TC_ACT_SHOT;
	if (bpf_skb_adjust_room(skb, -wrapped, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO))
		return TC_ACT_SHOT;
	if (bpf_skb_store_bytes(skb, 0, &inner, sizeof(inner), BPF_F_INVALIDATE_HASH))
		return TC_ACT_SHOT;
	return bpf_redirect(*ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
