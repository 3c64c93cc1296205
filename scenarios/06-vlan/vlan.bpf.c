/* An access port: frames from the host are tagged with their network's VLAN; tagged frames towards it lose the tag. */
#include "datapath.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be32);
	__type(value, __u16);
} vlan_of_subnet SEC(".maps");

const volatile __u16 own_vlan = 10;

/* Towards the trunk: choose the VLAN by the source's /24, then push the tag. */
SEC("tcx/egress")
int tag(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	__be32 subnet;
	__u16 *vlan;

	if (!ip)
		return TCX_NEXT;
	subnet = ip->saddr & bpf_htonl(0xffffff00);
	vlan = bpf_map_lookup_elem(&vlan_of_subnet, &subnet);
	if (!vlan)
		return TCX_DROP;
	if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), *vlan))
		return TCX_DROP;
	return TCX_NEXT;
}

/* From the trunk: only our own VLAN comes in, without its tag. */
SEC("tcx/ingress")
int untag(struct __sk_buff *skb)
{
	if (!skb->vlan_present)
		return TCX_DROP;
	if ((skb->vlan_tci & 0xfff) != own_vlan)
		return TCX_DROP;
	skb->priority = skb->vlan_tci >> 13;
	if (bpf_skb_vlan_pop(skb))
		return TCX_DROP;
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
