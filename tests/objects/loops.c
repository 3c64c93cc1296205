/* Programs that the verifier accepts and that would run for hours: every kind of loop whose length is not the program's own. */
#include "bpf.h"

static long (*bpf_loop)(__u32 count, void *callback, void *ctx, __u64 flags) = (void *)181;

struct bpf_iter_num { __u64 opaque[1]; } __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

int nested(struct __sk_buff *skb);

struct {
	__uint(type, 3); /* PROG_ARRAY */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
	__array(values, int(void *));
} jump SEC(".maps") = {.values = {[0] = (void *)&nested}};

static long inner(__u32 i, long *sum)
{
	*sum += i;
	return 0;
}

static long outer(__u32 i, long *sum)
{
	bpf_loop(8 << 20, inner, sum, 0);
	return 0;
}

SEC("tc")
int nested(struct __sk_buff *skb)
{
	long sum = 0;

	bpf_loop(8 << 20, outer, &sum, 0);
	return sum & 1;
}

static __noinline long count_all(__u32 i, long *sum)
{
	struct bpf_iter_num it;
	int *number;

	bpf_iter_num_new(&it, 0, 8 << 20);
	while ((number = bpf_iter_num_next(&it)))
		*sum += *number;
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("tc")
int iterators(struct __sk_buff *skb)
{
	long sum = 0;

	bpf_loop(8 << 20, count_all, &sum, 0);
	return sum & 1;
}

SEC("tc")
int jumper(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jump, 0);
	return 0;
}

SEC("xdp")
int nested_xdp(void *ctx)
{
	long sum = 0;

	bpf_loop(8 << 20, outer, &sum, 0);
	return 2;
}

SEC("syscall")
int nested_syscall(void *ctx)
{
	long sum = 0;

	bpf_loop(8 << 20, outer, &sum, 0);
	return 0;
}

static long stamp(__u32 i, long *sum)
{
	*sum += bpf_ktime_get_ns();
	return 0;
}

/* And one that ends soon. */
SEC("tc")
int counted(struct __sk_buff *skb)
{
	long sum = 0;

	bpf_loop(100, stamp, &sum, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
