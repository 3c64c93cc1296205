/* A token bucket for each source address. Tokens are bytes and refill with the clock the packets were captured by. */
#include "datapath.h"

struct bucket {
	struct bpf_spin_lock lock;
	__u32 dropped;
	__u64 tokens;
	__u64 refilled_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, struct bucket);
} buckets SEC(".maps");

const volatile __u64 bytes_per_second = 10000;
const volatile __u64 burst_bytes = 2000;

SEC("tcx/ingress")
int police(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	__u64 now = bpf_ktime_get_ns(), earned;
	struct bucket *bucket, fresh = {};
	bool conforms;
	__be32 source;

	if (!ip)
		return TCX_NEXT;
	source = ip->saddr;
	bucket = bpf_map_lookup_elem(&buckets, &source);
	if (!bucket) {
		fresh.tokens = burst_bytes;
		fresh.refilled_ns = now;
		bpf_map_update_elem(&buckets, &source, &fresh, BPF_NOEXIST);
		bucket = bpf_map_lookup_elem(&buckets, &source);
		if (!bucket)
			return TCX_DROP;
	}
	bpf_spin_lock(&bucket->lock);
	earned = (now - bucket->refilled_ns) * bytes_per_second / 1000000000;
	if (earned) {
		bucket->tokens += earned;
		if (bucket->tokens > burst_bytes)
			bucket->tokens = burst_bytes;
		bucket->refilled_ns = now;
	}
	conforms = bucket->tokens >= skb->len;
	if (conforms)
		bucket->tokens -= skb->len;
	else
		bucket->dropped++;
	bpf_spin_unlock(&bucket->lock);
	return conforms ? TCX_NEXT : TCX_DROP;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
