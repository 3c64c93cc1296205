/* Weak symbols of the kernel: those nobody has are null, those there are can be asked about and called. */
#include "bpf.h"

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern const int no_such_variable __ksym __weak;
extern const void no_such_symbol __ksym __weak;
extern void no_such_function(void) __ksym __weak;
extern int bpf_dynptr_from_skb(struct __sk_buff *s, __u64 flags, struct bpf_dynptr *p) __ksym __weak;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, __u32 offset, void *buffer, __u32 bytes) __ksym __weak;
extern void *bpf_skb_ct_lookup(struct __sk_buff *s, void *tuple, __u32 bytes, void *opts, __u32 more) __ksym __weak;

/* 0: nobody has any of the three. */
SEC("tc") int none(struct __sk_buff *skb)
{
	return (&no_such_variable ? 1 : 0) + (&no_such_symbol ? 2 : 0) + (no_such_function ? 4 : 0);
}

SEC("tc") int guarded(struct __sk_buff *skb)
{
	if (no_such_function)
		no_such_function();
	return 5;
}

/* The first byte of the packet's type field. */
SEC("tc") int there(struct __sk_buff *skb)
{
	struct bpf_dynptr p;
	__u8 bytes[14], *header;

	if (!bpf_dynptr_from_skb)
		return 3;
	if (bpf_dynptr_from_skb(skb, 0, &p))
		return 4;
	header = bpf_dynptr_slice(&p, 0, bytes, 14);
	return header ? header[12] : 5;
}

/* Not null, but no number either. */
SEC("tc") int leaks(struct __sk_buff *skb)
{
	return (long)bpf_dynptr_slice;
}

/* What is not simulated is not there. */
SEC("tc") int lacking(struct __sk_buff *skb)
{
	return bpf_skb_ct_lookup ? 1 : 2;
}

SEC("tc") int calls_what_we_lack(struct __sk_buff *skb)
{
	__u8 tuple[12] = {}, opts[12] = {};

	return bpf_skb_ct_lookup(skb, tuple, sizeof(tuple), opts, sizeof(opts)) ? 1 : 2;
}

char _license[] SEC("license") = "GPL";
