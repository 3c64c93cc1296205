/*
 * Source NAT with port translation for TCP and UDP. The way out allocates a port and rewrites the source; the way back
 * finds the flow and restores it. Checksums are updated incrementally, never recomputed.
 */
#include "datapath.h"

#define L3_CHECK (ETH_HLEN_ + offsetof(struct iphdr, check))
#define L3_SOURCE (ETH_HLEN_ + offsetof(struct iphdr, saddr))
#define L3_DEST (ETH_HLEN_ + offsetof(struct iphdr, daddr))
#define L4 (ETH_HLEN_ + sizeof(struct iphdr))
#define FIRST_PORT 40000

struct flow {
	__be32 addr;
	__be32 peer;
	__be16 port;
	__be16 peer_port;
	__u8 protocol;
	__u8 pad[3];
};

struct binding {
	__be32 addr;
	__be16 port;
	__u16 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct flow);
	__type(value, struct binding);
} outbound SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct flow);
	__type(value, struct binding);
} inbound SEC(".maps");

const volatile __be32 public_addr = bpf_htonl(0xc6336401);
__u32 next_port = FIRST_PORT;

/* Where the transport checksum lies; 0 when the protocol has none we know. */
static __always_inline __u32 l4_check(__u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		return L4 + offsetof(struct tcphdr, check);
	if (protocol == IPPROTO_UDP)
		return L4 + offsetof(struct udphdr, check);
	return 0;
}

static __always_inline int rewrite(struct __sk_buff *skb, __u8 protocol, __u32 addr_at, __u32 port_at,
				   __be32 old_addr, __be32 new_addr, __be16 old_port, __be16 new_port)
{
	__u32 check = l4_check(protocol);
	__u64 udp = protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;

	if (bpf_l4_csum_replace(skb, check, old_addr, new_addr, udp | BPF_F_PSEUDO_HDR | sizeof(new_addr)) ||
	    bpf_l4_csum_replace(skb, check, old_port, new_port, udp | sizeof(new_port)) ||
	    bpf_l3_csum_replace(skb, L3_CHECK, old_addr, new_addr, sizeof(new_addr)) ||
	    bpf_skb_store_bytes(skb, addr_at, &new_addr, sizeof(new_addr), 0) ||
	    bpf_skb_store_bytes(skb, port_at, &new_port, sizeof(new_port), 0))
		return TCX_DROP;
	return TCX_NEXT;
}

/* On the outside device's egress: private source becomes public. */
SEC("tcx/egress")
int nat_out(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct binding *known, made = {};
	struct flow key = {}, back = {};
	struct ports *ports;

	if (!ip || !l4_check(ip->protocol))
		return TCX_NEXT;
	ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > packet_end(skb))
		return TCX_NEXT;
	key.addr = ip->saddr;
	key.peer = ip->daddr;
	key.port = ports->source;
	key.peer_port = ports->dest;
	key.protocol = ip->protocol;

	known = bpf_map_lookup_elem(&outbound, &key);
	if (known) {
		known->packets++;
		made = *known;
	} else {
		made.addr = public_addr;
		made.port = bpf_htons((__u16)__sync_fetch_and_add(&next_port, 1));
		made.packets = 1;
		if (bpf_map_update_elem(&outbound, &key, &made, BPF_NOEXIST))
			return TCX_DROP;
		back.addr = made.addr;
		back.peer = key.peer;
		back.port = made.port;
		back.peer_port = key.peer_port;
		back.protocol = key.protocol;
		struct binding original = { .addr = key.addr, .port = key.port };

		if (bpf_map_update_elem(&inbound, &back, &original, BPF_ANY))
			return TCX_DROP;
	}
	return rewrite(skb, key.protocol, L3_SOURCE, L4 + offsetof(struct ports, source), key.addr, made.addr, key.port, made.port);
}

/* On the outside device's ingress: public destination becomes the private one it stands for; strangers are dropped. */
SEC("tcx/ingress")
int nat_in(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct binding *original;
	struct flow key = {};
	struct ports *ports;

	if (!ip || !l4_check(ip->protocol) || ip->daddr != public_addr)
		return TCX_NEXT;
	ports = (void *)(ip + 1);
	if ((void *)(ports + 1) > packet_end(skb))
		return TCX_NEXT;
	key.addr = ip->daddr;
	key.peer = ip->saddr;
	key.port = ports->dest;
	key.peer_port = ports->source;
	key.protocol = ip->protocol;
	original = bpf_map_lookup_elem(&inbound, &key);
	if (!original)
		return TCX_DROP;
	original->packets++;
	return rewrite(skb, key.protocol, L3_DEST, L4 + offsetof(struct ports, dest), key.addr, original->addr, key.port, original->port);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
