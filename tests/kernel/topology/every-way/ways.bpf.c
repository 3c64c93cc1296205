/*
 * Every way a program can send a packet on, chosen by its UDP destination port, and a witness on every hook that writes down
 * what the context looks like there.
 */
#include "../../../../scenarios/include/datapath.h"

#define HOST_VETH 3
#define UPLINK 2
#define OTHER 4
#define ASLEEP 6
#define LONELY 7
#define NOWHERE 99
#define ROOM 256

struct sight {
	__u32 device;
	__u32 port;
	__u32 len;
	__u32 linear;
	__u32 wire_len;
	__u32 pkt_type;
	__u32 protocol;
	__u32 mark;
	__u32 priority;
	__u32 queue_mapping;
	__u32 ingress_ifindex;
	__u32 tc_index;
	__u32 tc_classid;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 cb0;
	__u32 cb4;
	__u32 gso_segs;
	__u32 gso_size;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROOM);
	__type(key, __u32);
	__type(value, struct sight);
} sights SEC(".maps");

/* What the helpers said, by port. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __s64);
} answers SEC(".maps");

__u32 seen;

static __always_inline __u32 port_of(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct ports *ports;

	if (!ip)
		return 0;
	ports = (void *)(ip + 1);
	return (void *)(ports + 1) > packet_end(skb) ? 0 : bpf_ntohs(ports->dest);
}

static __always_inline int answer(__u32 port, __s64 value)
{
	bpf_map_update_elem(&answers, &port, &value, BPF_ANY);
	return (int)value;
}

SEC("tcx/ingress")
int witness(struct __sk_buff *skb)
{
	__u32 slot = seen;
	struct sight *sight = bpf_map_lookup_elem(&sights, &slot);

	if (!sight)
		return TCX_NEXT;
	seen = slot + 1;
	sight->device = skb->ifindex;
	sight->port = port_of(skb);
	sight->len = skb->len;
	sight->linear = (__u32)(packet_end(skb) - packet_start(skb));
	sight->wire_len = skb->wire_len;
	sight->pkt_type = skb->pkt_type;
	sight->protocol = skb->protocol;
	sight->mark = skb->mark;
	sight->priority = skb->priority;
	sight->queue_mapping = skb->queue_mapping;
	sight->ingress_ifindex = skb->ingress_ifindex;
	sight->tc_index = skb->tc_index;
	sight->tc_classid = skb->tc_classid;
	sight->vlan_present = skb->vlan_present;
	sight->vlan_tci = skb->vlan_tci;
	sight->vlan_proto = skb->vlan_proto;
	sight->cb0 = skb->cb[0];
	sight->cb4 = skb->cb[4];
	sight->gso_segs = skb->gso_segs;
	sight->gso_size = skb->gso_size;
	return TCX_NEXT;
}

/* volatile: clang would join neighbouring stores into one the verifier refuses. */
static __always_inline void colour(volatile struct __sk_buff *skb)
{
	skb->mark = 0xabc;
	skb->priority = 5;
	skb->queue_mapping = 3;
	skb->tc_index = 17;
	skb->cb[0] = 0x1111;
	skb->cb[4] = 0x4444;
}

static __always_inline int by_route(struct __sk_buff *skb, __u32 port)
{
	struct iphdr *ip = ipv4_of(skb);
	struct bpf_fib_lookup look = {};
	long said;

	if (!ip)
		return TCX_DROP;
	look.family = 2;
	look.ifindex = skb->ifindex;
	look.tot_len = bpf_ntohs(ip->tot_len);
	look.ipv4_src = ip->saddr;
	look.ipv4_dst = ip->daddr;
	said = bpf_fib_lookup(skb, &look, sizeof(look), 0);
	answer(port, said << 32 | look.ifindex);
	if (said)
		return TCX_NEXT;
	if (bpf_skb_store_bytes(skb, 0, look.dmac, ETH_ALEN, 0) || bpf_skb_store_bytes(skb, ETH_ALEN, look.smac, ETH_ALEN, 0))
		return TCX_DROP;
	return bpf_redirect(look.ifindex, 0);
}

SEC("tcx/ingress")
int ways(struct __sk_buff *skb)
{
	struct bpf_redir_neigh hop = { .nh_family = 2 };
	__u32 port = port_of(skb);

	if (skb->mark == 0x7777)
		return TCX_NEXT;
	switch (port) {
	case 1:
		return bpf_redirect(OTHER, 0);
	case 2:
		return bpf_redirect(HOST_VETH, 0);
	case 3:
		return bpf_redirect(HOST_VETH, BPF_F_INGRESS);
	case 4:
		return bpf_redirect_peer(HOST_VETH, 0);
	case 5:
		return bpf_redirect_neigh(OTHER, NULL, 0, 0);
	case 6:
		hop.ipv4_nh = bpf_htonl(0x0a050009);
		return bpf_redirect_neigh(OTHER, &hop, sizeof(hop), 0);
	case 7:
		answer(port, bpf_clone_redirect(skb, OTHER, 0));
		return TCX_NEXT;
	case 8:
		answer(port, bpf_clone_redirect(skb, HOST_VETH, BPF_F_INGRESS));
		return TCX_DROP;
	case 9:
		answer(port, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 7));
		return bpf_redirect(OTHER, 0);
	case 10:
		answer(port, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 7));
		answer(port, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), 9));
		return bpf_redirect(HOST_VETH, 0);
	case 11:
		return bpf_redirect(NOWHERE, 0);
	case 12:
		answer(port, bpf_clone_redirect(skb, NOWHERE, 0));
		return TCX_NEXT;
	case 13:
		answer(port, bpf_skb_adjust_room(skb, 20, BPF_ADJ_ROOM_MAC, 0));
		return bpf_redirect(OTHER, 0);
	case 14:
		answer(port, bpf_skb_change_tail(skb, 300, 0));
		return bpf_redirect(OTHER, 0);
	case 15:
		return bpf_redirect(UPLINK, 0);
	case 16:
		skb->mark = 0x7777;
		return bpf_redirect(UPLINK, BPF_F_INGRESS);
	case 17:
	case 18:
		return by_route(skb, port);
	case 19:
		colour(skb);
		return bpf_redirect(HOST_VETH, 0);
	case 20:
		colour(skb);
		return bpf_redirect_peer(HOST_VETH, 0);
	case 21:
		colour(skb);
		return bpf_redirect(HOST_VETH, BPF_F_INGRESS);
	case 22:
		colour(skb);
		return TCX_NEXT;
	case 23:
		answer(port, bpf_skb_change_type(skb, 0));
		return bpf_redirect(HOST_VETH, BPF_F_INGRESS);
	case 24:
		answer(port, bpf_skb_change_head(skb, 14, 0));
		return bpf_redirect(OTHER, 0);
	case 25:
		answer(port, bpf_skb_adjust_room(skb, -20, BPF_ADJ_ROOM_NET, 0));
		return bpf_redirect(OTHER, 0);
	case 26:
		/* The two copies are made of what the packet is at each moment. */
		bpf_clone_redirect(skb, OTHER, 0);
		bpf_skb_change_tail(skb, 42, 0);
		return bpf_redirect(OTHER, 0);
	case 27:
		return bpf_redirect_neigh(OTHER, NULL, 0, 0);
	case 28:
		hop.ipv4_nh = bpf_htonl(0x0a0500fe);
		return bpf_redirect_neigh(OTHER, &hop, sizeof(hop), 0);
	case 29:
		colour(skb);
		return bpf_redirect_neigh(HOST_VETH, NULL, 0, 0);
	case 30:
		answer(port, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 7));
		answer(port, bpf_skb_vlan_pop(skb));
		return TCX_NEXT;
	case 37:
		/* A group has a link address nobody is asked for, and so has everybody. */
		hop.ipv4_nh = bpf_htonl(0xef810203);
		return bpf_redirect_neigh(OTHER, &hop, sizeof(hop), 0);
	case 38:
		hop.ipv4_nh = bpf_htonl(0xffffffff);
		return bpf_redirect_neigh(OTHER, &hop, sizeof(hop), 0);
	case 39:
		return bpf_redirect(ASLEEP, 0);
	case 40:
		return bpf_redirect(ASLEEP, BPF_F_INGRESS);
	case 41:
		answer(port, bpf_clone_redirect(skb, ASLEEP, 0));
		return TCX_NEXT;
	case 42:
		answer(port, bpf_clone_redirect(skb, ASLEEP, BPF_F_INGRESS));
		return TCX_NEXT;
	case 43:
		/* Its other end is down. */
		return bpf_redirect(LONELY, 0);
	case 44:
		return bpf_redirect_peer(LONELY, 0);
	case 45:
		answer(port, bpf_skb_adjust_room(skb, 1500, BPF_ADJ_ROOM_MAC, 0));
		return TCX_NEXT;
	case 46:
		answer(port, bpf_skb_change_tail(skb, 3000, 0));
		return TCX_NEXT;
	case 47:
		answer(port, bpf_clone_redirect(skb, HOST_VETH, 0));
		answer(port, bpf_clone_redirect(skb, UPLINK, 0));
		return bpf_redirect_peer(HOST_VETH, 0);
	case 48:
		answer(port, bpf_clone_redirect(skb, LONELY, 0));
		return TCX_NEXT;
	default:
		return TCX_NEXT;
	}
}

/* On the container's end: some come back. */
SEC("tcx/ingress")
int reflect(struct __sk_buff *skb)
{
	__u32 port = port_of(skb);

	if (port == 2 || port == 4 || port == 10)
		return bpf_redirect(skb->ifindex, 0);
	return TCX_NEXT;
}

/* On egress of the device on the other wire. */
SEC("tcx/egress")
int leave(struct __sk_buff *skb)
{
	__u32 port = port_of(skb);

	switch (port) {
	case 31:
		return bpf_redirect(UPLINK, BPF_F_INGRESS);
	case 32:
		return bpf_redirect(HOST_VETH, 0);
	case 33:
		answer(port, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 12));
		return TCX_NEXT;
	case 34:
		/* Peer redirects are for ingress. */
		return bpf_redirect_peer(HOST_VETH, 0);
	case 35:
		answer(port, bpf_clone_redirect(skb, OTHER, 0));
		return TCX_DROP;
	case 36:
		/* Out of the same device again, and again: until the kernel says stop. */
		return bpf_redirect(OTHER, 0);
	default:
		return TCX_NEXT;
	}
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
