/* Everything that one owner may still need when another lets go: maps, callbacks, jump targets, timers, maps in maps. */
#include "bpf.h"

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

static long (*bpf_timer_init)(struct bpf_timer *timer, void *map, __u64 flags) = (void *)169;
static long (*bpf_timer_set_callback)(struct bpf_timer *timer, void *callback) = (void *)170;
static long (*bpf_timer_start)(struct bpf_timer *timer, __u64 nsecs, __u64 flags) = (void *)171;

struct {
	__uint(type, 2 /* array */);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct timed {
	struct bpf_timer timer;
	__u64 fired;
};

struct {
	__uint(type, 2 /* array */);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timed);
} timed SEC(".maps");

int landing(struct __sk_buff *skb);

struct {
	__uint(type, 3 /* prog array */);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [0] = (void *)&landing } };

struct inner {
	__uint(type, 2 /* array */);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} inside SEC(".maps");

struct {
	__uint(type, 12 /* array of maps */);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [0] = (void *)&inside } };

static long add(void *map, __u32 *key, __u64 *value, void *ctx)
{
	*value += *key + 1;
	return 0;
}

/* Adds 1, 2, 3, 4 to the four counts. */
SEC("tc") int count(struct __sk_buff *skb)
{
	bpf_for_each_map_elem(&counts, add, 0, 0);
	return 0;
}

SEC("tc") int landing(struct __sk_buff *skb)
{
	return 0;
}

/* Passes by the jump, drops without. */
SEC("tc") int jump(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jumps, 0);
	return 2;
}

static int ring(void *map, __u32 *key, struct timed *t)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&counts, &zero);
	if (n)
		++*n;
	t->fired++;
	bpf_timer_start(&t->timer, 1000000, 0);
	return 0;
}

/* Notes in counts[2] what bpf_timer_init says. */
SEC("tc") int arm(struct __sk_buff *skb)
{
	__u32 zero = 0, two = 2;
	__u64 *answer = bpf_map_lookup_elem(&counts, &two);
	struct timed *t = bpf_map_lookup_elem(&timed, &zero);
	if (!t || !answer)
		return 0;
	*answer = bpf_timer_init(&t->timer, &timed, 1);
	bpf_timer_set_callback(&t->timer, ring);
	bpf_timer_start(&t->timer, 1000000, 0);
	return 0;
}

/* Counts in the map inside a map; drops when it is not there. */
SEC("tc") int nested(struct __sk_buff *skb)
{
	__u32 zero = 0;
	void *map = bpf_map_lookup_elem(&outer, &zero);
	if (!map)
		return 2;
	__u64 *n = bpf_map_lookup_elem(map, &zero);
	if (!n)
		return 2;
	++*n;
	return 0;
}

char _license[] SEC("license") = "GPL";
