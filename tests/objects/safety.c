/* Programs that once touched memory that was not theirs, or could have: each is refused, or runs with what it may touch. */
#include "bpf.h"

struct bpf_dynptr { __u64 __opaque[2]; };
struct xdp_md { __u32 data, data_end; };

static long (*bpf_loop)(__u32 count, void *fn, void *ctx, __u64 flags) = (void *)181;
static long (*bpf_skb_change_tail)(struct __sk_buff *skb, __u32 len, __u64 flags) = (void *)38;

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *ptr, struct bpf_dynptr *clone) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u64 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u64 size) __ksym;

struct { __uint(type, 2); __uint(max_entries, 8); __type(key, __u32); __type(value, __u64); } numbers SEC(".maps");
struct { __uint(type, 3); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } jumps SEC(".maps");
struct { __uint(type, 14); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); } devices SEC(".maps");

__u64 table[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* The size comes in 64 bits and is taken in 32. */
SEC("tc")
int slice_within_low_half(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	__u8 *p;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, (void *)0, 0x100000010);
	return p ? p[15] : -1;
}

SEC("tc")
int slice_beyond_low_half(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	__u8 *p;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	p = bpf_dynptr_slice_rdwr(&ptr, 0, (void *)0, 0x100000010);
	if (p)
		p[0x1000000] = 1;
	return 0;
}

/* A size no memory has. */
SEC("tc")
int slice_of_all_ones(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return bpf_dynptr_slice(&ptr, 0, (void *)0, ~0ULL) || bpf_dynptr_slice(&ptr, 0, (void *)0, 0x80000000ULL);
}

/* What the program called returns is what this function's caller gets, not the constant below. */
static __noinline int jump(struct __sk_buff *skb)
{
	int result = 1;

	bpf_tail_call(skb, &jumps, 0);
	asm volatile("" : "+r"(result)); /* the compiler must not carry it to the caller */
	return result;
}

SEC("tc")
int index_by_jump(struct __sk_buff *skb)
{
	return table[(unsigned int)jump(skb)];
}

SEC("tc")
int index_by_jump_checked(struct __sk_buff *skb)
{
	unsigned int at = jump(skb);

	return at < 8 ? table[at] : 77;
}

SEC("tc")
int far(struct __sk_buff *skb)
{
	return 0x10000000;
}

/* A callback may return 0 or 1; nobody checks what a program returns that takes its place. */
static long jump_back(__u32 i, struct __sk_buff **skb)
{
	bpf_tail_call(*skb, &jumps, 0);
	return 0;
}

SEC("tc")
int jump_in_callback(struct __sk_buff *skb)
{
	struct __sk_buff *same = skb;

	bpf_loop(3, jump_back, &same, 0);
	return 0;
}

/* A device map hands out addresses of what the redirect reads. */
SEC("xdp")
int write_device(struct xdp_md *ctx)
{
	__u32 key = 0, *device = bpf_map_lookup_elem(&devices, &key);

	if (device)
		*device = 5;
	return 2;
}

/* The key of an array element is nowhere but with the loop. */
struct kept { __u32 *key; __u64 *value; };

static long keep(void *map, __u32 *key, __u64 *value, struct kept *kept)
{
	kept->key = key;
	kept->value = value;
	return 0;
}

static long nested(void *map, __u32 *key, __u64 *value, struct kept *kept)
{
	struct kept inner = {};

	bpf_for_each_map_elem(&numbers, keep, &inner, 0);
	*value = *key;
	return 0;
}

SEC("tc")
int key_after_the_loop(struct __sk_buff *skb)
{
	struct kept kept = {};

	bpf_for_each_map_elem(&numbers, keep, &kept, 0);
	if (!kept.key || !kept.value)
		return -1;
	return *(volatile __u32 *)kept.key;
}

SEC("tc")
int key_in_a_loop_of_its_own(struct __sk_buff *skb)
{
	struct kept kept = {};
	__u32 last = 7;
	__u64 *value;

	bpf_for_each_map_elem(&numbers, nested, &kept, 0);
	value = bpf_map_lookup_elem(&numbers, &last);
	return value ? *value : -1;
}

/* Whose bytes a caller's dynptr covers a global function does not know. */
__noinline int slice_kept(struct __sk_buff *skb, const struct bpf_dynptr *ptr)
{
	__u64 *p = bpf_dynptr_slice_rdwr(ptr, 40, (void *)0, 8);

	if (!p)
		return 0;
	bpf_skb_change_tail(skb, 20, 0);
	*(volatile __u64 *)p = 1;
	return 1;
}

SEC("tc")
int slice_after_change(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return slice_kept(skb, &ptr);
}

__noinline int clone_kept(struct __sk_buff *skb, const struct bpf_dynptr *ptr)
{
	struct bpf_dynptr copy;
	__u64 *p;

	bpf_dynptr_clone(ptr, &copy);
	p = bpf_dynptr_slice_rdwr(&copy, 40, (void *)0, 8);
	if (!p)
		return 0;
	bpf_skb_change_tail(skb, 20, 0);
	*(volatile __u64 *)p = 1;
	return 1;
}

SEC("tc")
int clone_after_change(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return clone_kept(skb, &ptr);
}

/* A SYSCALL program's context is as long as it is given. */
SEC("syscall")
int write_context(__u64 *ctx)
{
	ctx[0] = 11;
	ctx[511] = 22;
	return 33;
}

char LICENSE[] SEC("license") = "GPL";
