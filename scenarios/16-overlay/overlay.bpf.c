/* An overlay as container networks build it: packets to a pod of another node go through one VXLAN device. Which node, and as whom the
 * packet goes, is tunnel metadata: the sender's identity is the network id, and the receiving node lets in whom it may. */
#include "datapath.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be32); /* pod */
	__type(value, __u32); /* its node, host order as tunnel keys have it */
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
	struct bpf_tunnel_key key = {};
	__u32 *node;

	if (!ip)
		return TC_ACT_UNSPEC;
	node = bpf_map_lookup_elem(&nodes, &ip->daddr);
	if (!node)
		return TC_ACT_UNSPEC;
	key.tunnel_id = my_identity;
	key.remote_ipv4 = *node;
	key.tunnel_ttl = 64;
	if (bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_DONT_FRAGMENT))
		return TC_ACT_SHOT;
	return bpf_redirect(overlay_device, 0);
}

SEC("tc")
int from_overlay(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key;
	struct iphdr *ip;
	__u32 *device;
	__u64 *packets;

	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return TC_ACT_SHOT;
	packets = bpf_map_lookup_elem(&allowed, &key.tunnel_id);
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
