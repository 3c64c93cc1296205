/* One of most things: maps of each shape, globals, kconfig, kfuncs, subprograms, callbacks, tail calls. */
#include "bpf.h"

struct key {
	__be32 addr;
	__be16 port;
	__u16 pad;
};

struct counters {
	__u64 packets, bytes;
};

struct {
	__uint(type, 1);
	__uint(max_entries, 1024);
	__uint(map_flags, 1);
	__uint(pinning, 1);
	__type(key, struct key);
	__type(value, struct counters);
} flows SEC(".maps");

struct {
	__uint(type, 27);
	__uint(max_entries, 5000);
} events SEC(".maps");

struct inner {
	__uint(type, 2);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, 12);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &inner_a, [5] = &inner_b } };

int tail(struct __sk_buff *skb);

struct {
	__uint(type, 3);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [2] = (void *)&tail } };

enum mode { MODE_OFF, MODE_ON = 5 };

struct {
	__u16 port;
	__u8 flag_a : 1, flag_b : 3;
	enum mode mode;
	char name[8];
	__be32 peer;
	struct {
		__u8 mac[6];
	} ends[2];
} cfg = { .port = 80, .name = "eth" };

const volatile __u32 limit = 7;
__u64 seen;
static __u32 hidden_count;

extern int CONFIG_HZ __kconfig;
extern int CONFIG_NO_SUCH_THING __kconfig __weak;
extern int LINUX_KERNEL_VERSION __kconfig;
extern void bpf_rcu_read_lock(void) __ksym;
extern const int some_variable __ksym __weak;

static __noinline int plain(__u32 x)
{
	return x * bpf_ktime_get_ns();
}

__noinline int global_sub(struct __sk_buff *skb)
{
	return plain(skb->len) + plain(skb->mark);
}

__hidden __noinline int hidden_sub(__u32 x)
{
	return plain(x) ^ 3;
}

static long each(void *map, const void *key, struct counters *value, void *ctx)
{
	seen += value->packets;
	return 0;
}

SEC("tcx/ingress") int ingress(struct __sk_buff *skb)
{
	struct key key = { .addr = 1 };
	struct counters *c = bpf_map_lookup_elem(&flows, &key);

	if (c)
		c->packets++;
	seen++;
	hidden_count += limit + cfg.port;
	bpf_rcu_read_lock();
	bpf_for_each_map_elem(&flows, each, 0, 0);
	bpf_tail_call(skb, &jumps, 2);
	return global_sub(skb) + hidden_sub(CONFIG_HZ + CONFIG_NO_SUCH_THING + LINUX_KERNEL_VERSION) + hidden_count +
	       (&some_variable != 0);
}

SEC("?tc") int tail(struct __sk_buff *skb)
{
	return bpf_map_lookup_elem(&outer, &hidden_count) != 0;
}

SEC("tc") int second(struct __sk_buff *skb)
{
	return global_sub(skb);
}

char _license[] SEC("license") = "GPL";
__u32 _version SEC("version") = 0x60c00;
