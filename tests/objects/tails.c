/* Programs that name their own slot of a prog array: by declaration tag, and by section. */
#include "bpf.h"

struct {
	__uint(type, 3); /* PROG_ARRAY */
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} calls SEC(".maps");

SEC("tc")
int start(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &calls, 3);
	bpf_tail_call(skb, &calls, 2);
	return 2;
}

#ifdef TAGGED
#define SLOT(n) SEC("tc") __attribute__((btf_decl_tag("tail:calls/" #n)))
#else
#define SLOT(n) SEC("2/" #n)
#endif

SLOT(2)
int second(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &calls, 0);
	return 2;
}

SLOT(0)
int last(struct __sk_buff *skb)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
