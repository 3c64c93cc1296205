/* Timers and work queues misused and abused. Values are indexes into an array so that tests can ask for any order. */
#include "bpf.h"

#define COUNT 64
#define BPF_F_TIMER_ABS 1

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_wq {
	__u64 opaque[2];
} __attribute__((aligned(8)));

static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static long (*bpf_timer_init)(struct bpf_timer *timer, void *map, __u64 flags) = (void *)169;
static long (*bpf_timer_set_callback)(struct bpf_timer *timer, void *callback) = (void *)170;
static long (*bpf_timer_start)(struct bpf_timer *timer, __u64 nsecs, __u64 flags) = (void *)171;
static long (*bpf_timer_cancel)(struct bpf_timer *timer) = (void *)172;
extern int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*callback)(void *, int *, void *), unsigned int flags, void *aux) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;

struct element {
	struct bpf_timer timer;
	struct bpf_wq work;
	__u64 mine;
};

struct {
	__uint(type, 2 /* array */);
	__uint(max_entries, COUNT);
	__type(key, __u32);
	__type(value, struct element);
} slots SEC(".maps");

struct {
	__uint(type, 1 /* hash */);
	__uint(max_entries, COUNT);
	__type(key, __u32);
	__type(value, struct element);
} table SEC(".maps");

__u64 which, delay, flags, rearm, answer, fired, last, trail, seen_ns, worked, deep;

static int ring(void *map, __u32 *key, struct element *e)
{
	fired++;
	last = *key;
	trail = trail * 31 + *key + 1;
	seen_ns = bpf_ktime_get_ns();
	if (rearm)
		bpf_timer_start(&e->timer, rearm - 1, 0);
	return 0;
}

static int cancel_itself(void *map, __u32 *key, struct element *e)
{
	answer = bpf_timer_cancel(&e->timer);
	return 0;
}

static int delete_itself(void *map, __u32 *key, struct element *e)
{
	fired++;
	bpf_map_delete_elem(&table, key);
	answer = bpf_timer_start(&e->timer, 0, 0);
	return 0;
}

static int work(void *map, int *key, void *value)
{
	struct element *e = value;

	worked++;
	trail = trail * 31 + *key + 1;
	if (rearm)
		bpf_wq_start(&e->work, 0);
	return 0;
}

static struct element *slot(void)
{
	__u32 key = which;

	return bpf_map_lookup_elem(&slots, &key);
}

static struct element *entry(void)
{
	__u32 key = which;

	return bpf_map_lookup_elem(&table, &key);
}

#define ON(find, body)                  \
	{                               \
		struct element *e = find(); \
		if (!e)                 \
			return -1;      \
		return body;            \
	}

SEC("tc") int init(struct __sk_buff *skb) ON(slot, bpf_timer_init(&e->timer, &slots, flags))
SEC("tc") int set(struct __sk_buff *skb) ON(slot, bpf_timer_set_callback(&e->timer, ring))
SEC("tc") int set_cancel_itself(struct __sk_buff *skb) ON(slot, bpf_timer_set_callback(&e->timer, cancel_itself))
SEC("tc") int start(struct __sk_buff *skb) ON(slot, bpf_timer_start(&e->timer, delay, flags))
SEC("tc") int cancel(struct __sk_buff *skb) ON(slot, bpf_timer_cancel(&e->timer))
SEC("tc") int table_init(struct __sk_buff *skb) ON(entry, bpf_timer_init(&e->timer, &table, 1))
SEC("tc") int table_set(struct __sk_buff *skb) ON(entry, bpf_timer_set_callback(&e->timer, ring))
SEC("tc") int table_set_delete(struct __sk_buff *skb) ON(entry, bpf_timer_set_callback(&e->timer, delete_itself))
SEC("tc") int table_start(struct __sk_buff *skb) ON(entry, bpf_timer_start(&e->timer, delay, flags))
SEC("tc") int work_init(struct __sk_buff *skb) ON(slot, bpf_wq_init(&e->work, &slots, flags))
SEC("tc") int work_set(struct __sk_buff *skb) ON(slot, bpf_wq_set_callback_impl(&e->work, work, flags, 0))
SEC("tc") int work_start(struct __sk_buff *skb) ON(slot, bpf_wq_start(&e->work, flags))

char LICENSE[] SEC("license") = "GPL";
