/* A map pinned by name, defined in four ways: as it is, of another size, with a timer where others have plain bytes, and tc's global kind. */
#include "bpf.h"

static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

#ifdef TIMED
struct value {
	struct bpf_timer timer;
	__u64 n;
};
#else
struct value {
	__u64 first, second, n;
};
#endif

struct {
	__uint(type, 1 /* hash */);
#ifdef LARGER
	__uint(max_entries, 128);
#else
	__uint(max_entries, 64);
#endif
	__type(key, __u32);
	__type(value, struct value);
#ifdef GLOBAL
	__uint(pinning, 2);
#else
	__uint(pinning, 1);
#endif
} shared SEC(".maps");

static __u64 bump(void)
{
	__u32 key = 7;
	struct value *v = bpf_map_lookup_elem(&shared, &key), zero = {};
	if (!v) {
		bpf_map_update_elem(&shared, &key, &zero, 0);
		v = bpf_map_lookup_elem(&shared, &key);
	}
	return v ? ++v->n : 0;
}

SEC("tc") int by_tc(struct __sk_buff *skb)
{
	return bump() ? 0 : 2;
}

SEC("xdp") int by_xdp(void *ctx)
{
	return bump() ? 2 : 1;
}

#ifndef TIMED
SEC("tc") int overwrite(struct __sk_buff *skb)
{
	__u32 key = 7;
	struct value *v = bpf_map_lookup_elem(&shared, &key);
	if (v)
		v->first = 0x4141414141414141;
	return 0;
}
#endif

char _license[] SEC("license") = "GPL";
