/*
 * What XDP can do with a frame, chosen by its UDP destination port, on a device with a wire and on the end of a veth pair, and what tc
 * sees of it afterwards.
 */
#include "../../../../scenarios/include/datapath.h"

#define UPLINK 2
#define HOST_VETH 3
#define OTHER 4
#define NOWHERE 99
#define ROOM 128

struct sight {
	__u32 device;
	__u32 port;
	__u32 len;
	__u32 meta;
	__u32 mark;
	__u32 pkt_type;
	__u32 protocol;
	__u32 ingress_ifindex;
	__u32 queue_mapping;
	__u32 vlan_tci;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROOM);
	__type(key, __u32);
	__type(value, struct sight);
} sights SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __s64);
} answers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} doors SEC(".maps");

__u32 seen;

static __always_inline __u32 port_in(void *start, void *end)
{
	struct ethhdr *eth = start;
	struct iphdr *ip = (void *)(eth + 1);
	struct ports *ports = (void *)(ip + 1);

	if ((void *)(ports + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5)
		return 0;
	return bpf_ntohs(ports->dest);
}

static __always_inline int answer(__u32 port, __s64 value)
{
	bpf_map_update_elem(&answers, &port, &value, BPF_ANY);
	return (int)value;
}

SEC("xdp")
int early(struct xdp_md *xdp)
{
	__u32 port = port_in((void *)(long)xdp->data, (void *)(long)xdp->data_end);
	__u32 *meta;

	switch (port) {
	case 1:
		return XDP_DROP;
	case 2:
		return XDP_TX;
	case 3:
		return XDP_ABORTED;
	case 4:
		return 17;
	case 5:
		return bpf_redirect(OTHER, 0);
	case 6:
		return bpf_redirect(HOST_VETH, 0);
	case 7:
		return bpf_redirect(NOWHERE, 0);
	case 8:
		return bpf_redirect_map(&doors, 0, 0);
	case 9:
		return bpf_redirect_map(&doors, 3, XDP_PASS);
	case 10:
		return bpf_redirect_map(&doors, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
	case 11:
		return bpf_redirect_map(&doors, 0, BPF_F_BROADCAST);
	case 12:
		answer(port, bpf_xdp_adjust_meta(xdp, -4));
		meta = (void *)(long)xdp->data_meta;
		if ((void *)(meta + 1) > (void *)(long)xdp->data)
			return XDP_DROP;
		*meta = 0x5a5a;
		return XDP_PASS;
	case 13:
		answer(port, bpf_xdp_adjust_tail(xdp, -6));
		return XDP_TX;
	case 14:
		/* Of 48 bytes a veth rounds up to 64 or more. */
		answer(port, bpf_xdp_adjust_tail(xdp, 4));
		return XDP_PASS;
	case 15:
		answer(port, bpf_xdp_adjust_head(xdp, 14));
		return XDP_PASS;
	case 16:
		answer(port, bpf_xdp_adjust_tail(xdp, 4000));
		return XDP_PASS;
	case 17:
		/* Said, but not done: the verdict is another. */
		bpf_redirect(OTHER, 0);
		return XDP_PASS;
	case 18:
		return XDP_REDIRECT;
	case 19:
		return bpf_redirect(UPLINK, 0);
	case 24:
		/* More than a veth has room for. */
		bpf_xdp_adjust_tail(xdp, 100);
		return XDP_PASS;
	default:
		return XDP_PASS;
	}
}

/* On the container's end; it can send nothing back by TX while the host's end runs no XDP. */
SEC("xdp")
int early_inside(struct xdp_md *xdp)
{
	__u32 port = port_in((void *)(long)xdp->data, (void *)(long)xdp->data_end);

	return port == 20 ? XDP_TX : port == 21 ? XDP_DROP : XDP_PASS;
}

SEC("tcx/ingress")
int witness(struct __sk_buff *skb)
{
	__u32 slot = seen;
	struct sight *sight = bpf_map_lookup_elem(&sights, &slot);
	__u32 *meta = (void *)(long)skb->data_meta;

	if (!sight)
		return TCX_NEXT;
	seen = slot + 1;
	sight->device = skb->ifindex;
	sight->port = port_in(packet_start(skb), packet_end(skb));
	sight->len = skb->len;
	sight->meta = (void *)(meta + 1) > packet_start(skb) ? 0 : *meta;
	sight->mark = skb->mark;
	sight->pkt_type = skb->pkt_type;
	sight->protocol = skb->protocol;
	sight->ingress_ifindex = skb->ingress_ifindex;
	sight->queue_mapping = skb->queue_mapping;
	sight->vlan_tci = skb->vlan_tci;
	return TCX_NEXT;
}

SEC("tcx/ingress")
int onward(struct __sk_buff *skb)
{
	__u32 port = port_in(packet_start(skb), packet_end(skb));

	if (port >= 20 && port < 30) {
		skb->mark = 0x99;
		return bpf_redirect(HOST_VETH, 0);
	}
	if (port >= 30 && port < 40)
		return bpf_redirect_peer(HOST_VETH, 0);
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
