/*
 * Packets into a VXLAN device as their first payload bytes say, and a witness of what comes out of it: metadata and skb.
 */
#include "../../../../scenarios/include/datapath.h"

#define TUNNEL 10
#define ROOM 128
#define ORDERS_OFFSET 42 /* Ethernet, IPv4 without options, UDP */

struct orders {
	__u8 flags; /* of bpf_skb_set_tunnel_key; 0xff: no metadata at all */
	__u8 tos;
	__u8 ttl;
	__u8 label;
	__u8 remote; /* last byte of the address */
	__u8 local; /* last byte; 0 lets the route choose */
	__u8 mark;
	__u8 options; /* words */
};

struct sight {
	__s64 first, second;
	__u32 id, remote, local, tos_ttl_flags, label;
	__u32 remote6, local6, id6;
	__u32 len, pkt_type, protocol, ingress_ifindex, mark, queue_mapping, vlan;
	__u32 head;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROOM);
	__type(key, __u32);
	__type(value, struct sight);
} sights SEC(".maps");

__u32 seen;
__s64 refusals;

SEC("tc")
int send(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = {};
	struct orders orders;
	__u32 words[4] = { 0x01020304, 5, 6, 7 };

	if (bpf_skb_load_bytes(skb, ORDERS_OFFSET, &orders, sizeof(orders)))
		return TC_ACT_SHOT;
	skb->mark = orders.mark;
	if (orders.flags == 0xff)
		return bpf_redirect(TUNNEL, 0);
	key.tunnel_id = 0xabcd00 + orders.remote;
	key.tunnel_tos = orders.tos;
	key.tunnel_ttl = orders.ttl;
	if (orders.flags & BPF_F_TUNINFO_IPV6) {
		key.remote_ipv6[0] = bpf_htonl(0xfd000000);
		key.remote_ipv6[3] = bpf_htonl(orders.remote);
		if (orders.local) {
			key.local_ipv6[0] = bpf_htonl(0xfd000000);
			key.local_ipv6[3] = bpf_htonl(orders.local);
		}
		key.tunnel_label = orders.label;
	} else {
		key.remote_ipv4 = 0xc0000200 + orders.remote;
		key.local_ipv4 = orders.local ? 0xc0000200 + orders.local : 0;
	}
	refusals += bpf_skb_set_tunnel_key(skb, &key, sizeof(key), orders.flags);
	if (orders.options)
		refusals += bpf_skb_set_tunnel_opt(skb, words, orders.options & 1 ? 4 : 16);
	return bpf_redirect(TUNNEL, 0);
}

/* On every hook: metadata of both families and the skb as it is there. */
static __always_inline void look(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = {}, key6 = {};
	__u32 at = seen % ROOM;
	struct sight *sight = bpf_map_lookup_elem(&sights, &at);

	if (!sight)
		return;
	seen++;
	sight->first = bpf_skb_get_tunnel_key(skb, &key, sizeof(key), BPF_F_TUNINFO_FLAGS);
	sight->id = key.tunnel_id;
	sight->remote = key.remote_ipv4;
	sight->local = key.local_ipv4;
	sight->tos_ttl_flags = key.tunnel_tos | key.tunnel_ttl << 8 | key.tunnel_flags << 16;
	sight->second = bpf_skb_get_tunnel_key(skb, &key6, sizeof(key6), BPF_F_TUNINFO_IPV6);
	sight->id6 = key6.tunnel_id;
	sight->remote6 = bpf_ntohl(key6.remote_ipv6[3]);
	sight->local6 = bpf_ntohl(key6.local_ipv6[3]);
	sight->label = key6.tunnel_label | key6.tunnel_tos << 20;
	sight->len = skb->len;
	sight->pkt_type = skb->pkt_type;
	sight->protocol = skb->protocol;
	sight->ingress_ifindex = skb->ingress_ifindex;
	sight->mark = skb->mark;
	sight->queue_mapping = skb->queue_mapping;
	sight->vlan = skb->vlan_present;
	bpf_skb_load_bytes(skb, 14, &sight->head, sizeof(sight->head));
}

SEC("tc")
int before(struct __sk_buff *skb)
{
	look(skb);
	return TCX_NEXT;
}

SEC("tc")
int around(struct __sk_buff *skb)
{
	look(skb);
	return TCX_NEXT;
}

SEC("tc")
int arrived(struct __sk_buff *skb)
{
	look(skb);
	return TCX_NEXT;
}
