/*
 * A layer 4 load balancer with direct server return: traffic to the service address is spread over back ends by a
 * lookup ring (so that losing one back end moves only its own flows), wrapped in IPv4-in-IPv4 and sent out.
 */
#include "datapath.h"

#define RING_SIZE 251

struct service {
	__be32 addr;
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

struct backend {
	__be32 addr;
	__u8 mac[ETH_ALEN];
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct service);
	__type(value, __u32);
} services SEC(".maps");

/* Position on the ring to back end number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RING_SIZE);
	__type(key, __u32);
	__type(value, __u32);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

const volatile __u32 out_ifindex = 2;
const volatile __be32 tunnel_source = bpf_htonl(0x0a640001);
const volatile __u8 our_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };

/* A 32-bit finaliser in the style of MurmurHash3: every input bit reaches every output bit. */
static __always_inline __u32 mix(__u32 h)
{
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ (h >> 16);
}

static __noinline __u32 flow_hash(__u32 source, __u32 dest, __u32 ports, __u32 protocol)
{
	return mix(source ^ mix(dest ^ mix(ports ^ mix(protocol))));
}

static __always_inline void fill_checksum(struct iphdr *ip)
{
	__u16 *half = (__u16 *)ip;
	__u32 sum = 0;

	ip->check = 0;
#pragma unroll
	for (int i = 0; i < (int)sizeof(*ip) / 2; i++)
		sum += half[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = (__u16)~sum;
}

SEC("tc/ingress")
int balance(struct __sk_buff *skb)
{
	struct iphdr *inner = ipv4_of(skb), *outer;
	struct service key = {};
	struct ports *ports;
	struct backend *backend;
	struct ethhdr *eth;
	__u32 slot, *number;
	__u16 length;
	__u64 *n;

	if (!inner)
		return TC_ACT_OK;
	ports = (void *)(inner + 1);
	if ((void *)(ports + 1) > packet_end(skb))
		return TC_ACT_OK;
	key.addr = inner->daddr;
	key.port = ports->dest;
	key.protocol = inner->protocol;
	if (!bpf_map_lookup_elem(&services, &key))
		return TC_ACT_OK;

	slot = flow_hash(inner->saddr, inner->daddr, (__u32)ports->source << 16 | ports->dest, inner->protocol) % RING_SIZE;
	number = bpf_map_lookup_elem(&ring, &slot);
	if (!number)
		return TC_ACT_SHOT;
	backend = bpf_map_lookup_elem(&backends, number);
	if (!backend || !backend->addr)
		return TC_ACT_SHOT;
	n = bpf_map_lookup_elem(&hits, number);
	if (n)
		__sync_fetch_and_add(n, 1);

	length = bpf_ntohs(inner->tot_len) + sizeof(*outer);
	if (bpf_skb_adjust_room(skb, sizeof(*outer), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_FIXED_GSO))
		return TC_ACT_SHOT;
	eth = packet_start(skb);
	outer = (void *)(eth + 1);
	if ((void *)(outer + 1) > packet_end(skb))
		return TC_ACT_SHOT;
	*outer = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(length),
		.ttl = 64,
		.protocol = IPPROTO_IPIP,
		.saddr = tunnel_source,
		.daddr = backend->addr,
	};
	fill_checksum(outer);
	for (int i = 0; i < ETH_ALEN; i++) {
		eth->h_dest[i] = backend->mac[i];
		eth->h_source[i] = our_mac[i];
	}
	return bpf_redirect(out_ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
