/* One program a mistake, each with its source line: what people read when the verifier refuses. */
#include "bpf.h"

struct xdp_md { __u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct bpf_spin_lock { __u32 val; };
struct packet_context { __u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index, cb[5]; };

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*skb_load_bytes)(void *skb, __u32 offset, void *to, __u32 len) = (void *)26;
static long (*spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static void *(*ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *)131;
static __u64 (*now)(void) = (void *)5;

struct locked { struct bpf_spin_lock lock; __u32 count; __u64 at; };
struct {
	__uint(type, 2); /* ARRAY */
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct locked);
} table SEC(".maps");
struct {
	__uint(type, 27); /* RINGBUF */
	__uint(max_entries, 4096);
} events SEC(".maps");

/* A kernel type with a member no kernel has. */
struct sk_buff {
	int no_such_member;
	struct { int deeper[4]; } no_such_struct;
} __attribute__((preserve_access_index));

SEC("xdp") int packet_unchecked(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data;
	return p[0];
}

SEC("xdp") int packet_too_short(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	if (p + 14 > end) return 2;
	return *(__u32 *)(p + 12);
}

SEC("xdp") int packet_variable_length(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 n, sum = 0;
	if (p + 20 > end) return 2;
	n = p[0] & 63;
	if (p + n > end) return 2;
	for (int i = 0; i < 64; i++) {
		if (i >= n) break;
		sum += p[i];
	}
	return sum & 3;
}

SEC("xdp") int packet_variable_offset(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	if (p + 20 > end) return 2;
	p += p[0] & 60;
	return p[1];
}

SEC("tc") int zero_sized(struct packet_context *skb)
{
	char buffer[128] = {};
	__u32 n = skb->len - 54;
	if (n > 128) n = 128;
	return skb_load_bytes(skb, 54, buffer, n) ? 2 : buffer[0];
}

SEC("tc") int variable_context(struct packet_context *skb)
{
	__u32 i = skb->len & 3;
	return *(volatile __u32 *)((char *)skb + 48 + 4 * i);
}

SEC("xdp") int unbounded_minimum(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	long back;
	if (p + 20 > end) return 2;
	back = now();
	p += back;
	return p + 1 > end ? 2 : p[0];
}

__attribute__((naked)) SEC("cgroup_skb/ingress") int return_range(void)
{
	__asm__ volatile("r0 = 7; exit");
}

SEC("tc") int call_under_lock(struct packet_context *skb)
{
	__u32 key = 0;
	struct locked *value = lookup(&table, &key);
	if (!value) return 0;
	spin_lock(&value->lock);
	value->at = now();
	spin_unlock(&value->lock);
	return 0;
}

SEC("tc") int unchecked_lookup(struct packet_context *skb)
{
	__u32 key = 0;
	struct locked *value = lookup(&table, &key);
	return value->count;
}

SEC("tc") int leaked_record(struct packet_context *skb)
{
	__u64 *record = ringbuf_reserve(&events, 8, 0);
	return record ? 1 : 0;
}

SEC("tc") int past_the_value(struct packet_context *skb)
{
	__u32 key = 0;
	struct locked *value = lookup(&table, &key);
	return value ? ((__u32 *)value)[skb->mark & 7] : 0;
}

SEC("tc") int core_member(struct sk_buff *skb) { return skb->no_such_member; }
SEC("tc") int core_deeper(struct sk_buff *skb) { return skb->no_such_struct.deeper[2]; }

char LICENSE[] SEC("license") = "GPL";
