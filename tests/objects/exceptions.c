/* bpf_throw from every depth: with and without a callback, through static and global functions, behind a tail call. */
#include "bpf.h"

extern void bpf_throw(__u64 cookie) __ksym;

#define __exception_cb(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

int depth;        /* in which function to throw; 0 nowhere */
__u64 cookie;
__u64 seen;       /* what the callback was given */
__u32 after;      /* counts what ran although something was thrown */

int answer(__u64 thrown)
{
	volatile __u64 own[4] = { thrown };

	seen = own[0];
	return thrown + 1;
}

static __noinline int third(int x)
{
	volatile __u64 frame[8] = { 1, 2, 3 };

	if (depth == 3)
		bpf_throw(cookie);
	return x + frame[2];
}

__noinline int second(int x)
{
	volatile __u64 frame[2] = { 4, 5 };

	if (depth == 2)
		bpf_throw(cookie);
	x = third(x) + frame[0];
	after |= 2;
	return x;
}

static __noinline int first(int x)
{
	x = second(x) + 1;
	after |= 1;
	return x;
}

SEC("tc")
int plain(struct __sk_buff *skb)
{
	int x = first(10);

	if (depth == 1)
		bpf_throw(cookie);
	return x;
}

SEC("tc") __exception_cb(answer)
int answered(struct __sk_buff *skb)
{
	int x = first(20);

	if (depth == 1)
		bpf_throw(cookie);
	return x;
}

struct {
	__uint(type, 3);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(void *));
} programs SEC(".maps") = { .values = { (void *)&answered } };

static __noinline int hop(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 0);
	return after;
}

/* What a program reached by tail call throws ends that program, not its caller. */
SEC("tc")
int caller(struct __sk_buff *skb)
{
	int x = hop(skb);

	return x + 1000;
}

char _license[] SEC("license") = "GPL";
