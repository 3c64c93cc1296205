/* An overlay as container networks build it: packets to a pod of another node go through one Geneve device. Which node, and as whom the
 * packet goes, travels in tunnel metadata: the sender's identity is a Geneve option, and the receiving node lets in whom it may. */
#include "datapath.h"

#define OPTION_CLASS 0x0107
#define OPTION_TYPE 1

struct node {
	__u32 address; /* host order, as tunnel keys have it */
	__u32 network;
};

struct identity_option {
	__be16 class;
	__u8 type;
	__u8 words;
	__be32 identity;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be32); /* pod */
	__type(value, struct node);
} nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be32); /* pod of this node */
	__type(value, __u32); /* its device */
} pods SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32); /* identity that may come in */
	__type(value, __u64); /* packets of it */
} allowed SEC(".maps");

const volatile __u32 overlay_device = 10;
const volatile __u32 my_identity = 1;

SEC("tc")
int to_overlay(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct identity_option option = { bpf_htons(OPTION_CLASS), OPTION_TYPE, 1, bpf_htonl(my_identity) };
	struct bpf_tunnel_key key = {};
	struct node *node;

	if (!ip)
		return TC_ACT_UNSPEC;
	node = bpf_map_lookup_elem(&nodes, &ip->daddr);
	if (!node)
		return TC_ACT_UNSPEC;
	key.tunnel_id = node->network;
	key.remote_ipv4 = node->address;
	key.tunnel_ttl = 64;
	if (bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_DONT_FRAGMENT))
		return TC_ACT_SHOT;
	if (bpf_skb_set_tunnel_opt(skb, &option, sizeof(option)))
		return TC_ACT_SHOT;
	return bpf_redirect(overlay_device, 0);
}

SEC("tc")
int from_overlay(struct __sk_buff *skb)
{
	struct identity_option option;
	struct bpf_tunnel_key key;
	struct iphdr *ip;
	__u32 identity, *device;
	__u64 *packets;

	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return TC_ACT_SHOT;
	if (bpf_skb_get_tunnel_opt(skb, &option, sizeof(option)) != sizeof(option))
		return TC_ACT_SHOT;
	if (option.class != bpf_htons(OPTION_CLASS) || option.type != OPTION_TYPE)
		return TC_ACT_SHOT;
	identity = bpf_ntohl(option.identity);
	packets = bpf_map_lookup_elem(&allowed, &identity);
	if (!packets)
		return TC_ACT_SHOT;
	__sync_fetch_and_add(packets, 1);
	ip = ipv4_of(skb);
	if (!ip)
		return TC_ACT_SHOT;
	device = bpf_map_lookup_elem(&pods, &ip->daddr);
	if (!device)
		return TC_ACT_UNSPEC;
	skb->mark = key.tunnel_id;
	return bpf_redirect(*device, 0);
}
