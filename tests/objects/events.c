/* A perf event array: what a program writes, what it is told, and the packet's bytes behind it. */
#include "bpf.h"

#define BPF_F_CURRENT_CPU 0xffffffffULL

static long (*bpf_perf_event_output)(void *ctx, void *map, __u64 flags, void *data, __u64 bytes) = (void *)25;

struct {
	__uint(type, 4 /* perf event array */);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct {
	__uint(type, 5 /* per-CPU hash */);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} latest SEC(".maps");

static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;

SEC("tc") int tell(struct __sk_buff *skb)
{
	__u64 header[3] = { skb->len, 0x1122334455667788, skb->protocol };
	__u32 length = skb->len;
	__u64 last = length;

	/* Whole words and not; with as much of the packet behind it as the flags say. */
	long told = bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU, header, sizeof(header));
	told += bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU, header, 13);
	told += bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU | (14ULL << 32), header, 8);
	/* Not a sum: only the copy of the CPU it ran on has it. */
	bpf_map_update_elem(&latest, &length, &last, 0);
	return told;
}

char _license[] SEC("license") = "GPL";
