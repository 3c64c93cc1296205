/* The oldest map definition: 20 bytes. */
#include "bpf.h"

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def SEC("maps") hits = { .type = 6, .key_size = 4, .value_size = 8, .max_entries = 256 };
struct bpf_map_def SEC("maps") ports = { .type = 1, .key_size = 2, .value_size = 1, .max_entries = 9, .map_flags = 1 };

SEC("socket1") int prog(void *ctx)
{
	__u32 key = 0;
	return bpf_map_lookup_elem(&ports, &key) != bpf_map_lookup_elem(&hits, &key);
}

char _license[] SEC("license") = "GPL";
