/* Map definitions as samples/bpf had them: 28 bytes, the last two naming the inner map and the NUMA node. */
#include "bpf.h"

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};

struct bpf_map_def SEC("maps") a_leaf = { .type = 1, .key_size = 4, .value_size = 4, .max_entries = 2 };
struct bpf_map_def SEC("maps") b_nested = { .type = 12, .key_size = 4, .value_size = 4, .max_entries = 3, .numa_node = 1 };

SEC("xdp_legacy") int prog(void *ctx)
{
	__u32 key = 0;
	return bpf_map_lookup_elem(&b_nested, &key) != bpf_map_lookup_elem(&a_leaf, &key);
}

char _license[] SEC("license") = "GPL";
