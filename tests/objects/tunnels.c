/* Tunnel metadata set and read back; what was read goes into the packet, so that two machines can be compared by their packets. */
#include "bpf.h"

#define KEY_BYTES 44
#define OPTION_BYTES 64

static long (*bpf_skb_store_bytes)(struct __sk_buff *skb, __u32 offset, const void *from, __u32 len, __u64 flags) = (void *)9;
static long (*bpf_skb_load_bytes)(const struct __sk_buff *skb, __u32 offset, void *to, __u32 len) = (void *)26;
static long (*bpf_skb_get_tunnel_key)(struct __sk_buff *skb, void *key, __u32 size, __u64 flags) = (void *)20;
static long (*bpf_skb_set_tunnel_key)(struct __sk_buff *skb, const void *key, __u32 size, __u64 flags) = (void *)21;
static long (*bpf_skb_get_tunnel_opt)(struct __sk_buff *skb, void *opt, __u32 size) = (void *)29;
static long (*bpf_skb_set_tunnel_opt)(struct __sk_buff *skb, const void *opt, __u32 size) = (void *)30;

struct orders {
	__u8 set_flags, get_flags, set_size, get_size, set_opt, get_opt, skip, again;
	__u8 key[KEY_BYTES];
};

struct answers {
	long first_get, set, set_opt, get, get_opt;
	__u8 key[KEY_BYTES + 4];
	__u8 options[OPTION_BYTES];
};

/* 1 to most, in a way that the verifier can follow what the compiler makes of it. */
static __u32 size(__u32 wanted, __u32 most)
{
	wanted &= 63;
	if (wanted == 0)
		wanted = most;
	asm volatile("" : "+r"(wanted));
	return wanted > most ? most : wanted;
}

/* Orders from byte 14 on, answers from 80 on. */
SEC("tc")
int tunnel_metadata(struct __sk_buff *skb)
{
	struct orders orders;
	struct answers answers = {};

	if (bpf_skb_load_bytes(skb, 14, &orders, sizeof(orders)))
		return 2;
	__u32 set = size(orders.set_size, KEY_BYTES), get = size(orders.get_size, KEY_BYTES);
	__u32 put = size(orders.set_opt, KEY_BYTES), take = size(orders.get_opt, OPTION_BYTES);
	answers.first_get = bpf_skb_get_tunnel_key(skb, answers.key, get, orders.get_flags);
	if (!(orders.skip & 1))
		answers.set = bpf_skb_set_tunnel_key(skb, orders.key, set, orders.set_flags);
	if (orders.skip & 2)
		answers.set_opt = bpf_skb_set_tunnel_opt(skb, orders.key, put);
	if (orders.skip & 4)
		answers.set += 1000 * bpf_skb_set_tunnel_key(skb, orders.key, KEY_BYTES, orders.again);
	answers.get = bpf_skb_get_tunnel_key(skb, answers.key, get, orders.get_flags);
	answers.get_opt = bpf_skb_get_tunnel_opt(skb, answers.options, take);
	return bpf_skb_store_bytes(skb, 80, &answers, sizeof(answers), 0);
}
