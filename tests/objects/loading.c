/* Maps and jumps that libbpf or the kernel refuse although every program is fine; WHICH chooses the fault. */
#include "bpf.h"

#if WHICH == 1 /* an LPM trie without BPF_F_NO_PREALLOC */
struct {
	__uint(type, 11);
	__uint(max_entries, 4);
	__uint(key_size, 8);
	__uint(value_size, 8);
} m SEC(".maps");
#elif WHICH == 2 /* no max_entries */
struct {
	__uint(type, 1);
	__type(key, __u32);
	__type(value, __u64);
} m SEC(".maps");
#elif WHICH == 3 /* a CPU map for more CPUs than there can be */
struct {
	__uint(type, 16);
	__uint(max_entries, 100000);
	__uint(key_size, 4);
	__uint(value_size, 4);
} m SEC(".maps");
#elif WHICH == 4 /* a static map */
static struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} m SEC(".maps");
#elif WHICH == 5 /* a spin lock in a per-CPU array: the map is made without types, so the lock is no lock */
struct bpf_spin_lock {
	__u32 val;
};
struct locked {
	struct bpf_spin_lock lock;
	__u32 n;
};
static long (*bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
struct {
	__uint(type, 6);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} m SEC(".maps");
#elif WHICH == 7 /* a prog array for frames in several buffers, with a program that takes them in one */
int other(void *ctx);
struct {
	__uint(type, 3);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} m SEC(".maps") = { .values = { [0] = (void *)&other } };
#else /* one prog array for two types */
struct {
	__uint(type, 3);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} m SEC(".maps");
#endif

#if WHICH == 7
SEC("xdp.frags") int uses(void *skb)
#else
SEC("tc") int uses(struct __sk_buff *skb)
#endif
{
#if WHICH >= 6
	bpf_tail_call(skb, &m, 0);
#else
	__u32 zero = 0;
	void *value = bpf_map_lookup_elem(&m, &zero);
	if (!value)
		return 2;
#if WHICH == 5
	struct locked *locked = value;
	bpf_spin_lock(&locked->lock);
	locked->n++;
	bpf_spin_unlock(&locked->lock);
#endif
#endif
	return 0;
}

#if WHICH >= 6
SEC("xdp") int other(void *ctx)
{
#if WHICH == 6
	bpf_tail_call(ctx, &m, 0);
#endif
	return 2;
}
#endif

char _license[] SEC("license") = "GPL";
