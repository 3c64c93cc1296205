/* Built without -g as well: legacy maps, a static entry function, subprograms beside it, unnamed data. */
#include "bpf.h"

struct elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct elf_map hits SEC("maps") = { .type = 2, .size_key = 4, .size_value = 8, .max_elem = 16, .pinning = 16 };
struct elf_map calls SEC("maps") = { .type = 3, .size_key = 4, .size_value = 4, .max_elem = 2, .id = 2 };
struct elf_map nested SEC("maps") = { .type = 12, .size_key = 4, .size_value = 4, .max_elem = 3, .inner_id = 9 };
struct elf_map leaf SEC("maps") = { .type = 2, .size_key = 4, .size_value = 4, .max_elem = 1, .id = 9, .inner_idx = 1 };

const volatile __u32 threshold = 3;
__u32 state = 11;

static __noinline SEC("classifier/from-netdev") int helper(__u32 x)
{
	return x * state * bpf_ktime_get_ns();
}

static SEC("classifier/from-netdev") int entry(struct __sk_buff *skb)
{
	__u32 key = threshold;
	__u64 *hit = bpf_map_lookup_elem(&hits, &key);

	if (hit)
		++*hit;
	bpf_tail_call(skb, &calls, 1);
	return helper(skb->len) + helper(skb->mark);
}

static SEC("2/1") int tail(struct __sk_buff *skb)
{
	__u32 key = 0;
	return bpf_map_lookup_elem(&nested, &key) != 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
