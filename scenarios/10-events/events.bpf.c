/* Reports every new TCP connection through a ring buffer, with what user space wants to know about it. */
#include "datapath.h"

struct event {
	__u64 at_ns;
	__be32 source;
	__be32 dest;
	__be16 source_port;
	__be16 dest_port;
	__u32 length;
	char kind[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u64 lost;

/* Keeps the event's type in the BTF, so that a reader can print records by name. */
const struct event *event_type __attribute__((unused));

SEC("tcx/ingress")
int watch(struct __sk_buff *skb)
{
	struct iphdr *ip = ipv4_of(skb);
	struct event *event;
	struct tcphdr *tcp;

	if (!ip || ip->protocol != IPPROTO_TCP)
		return TCX_NEXT;
	tcp = (void *)(ip + 1);
	if ((void *)(tcp + 1) > packet_end(skb) || !(tcp->syn || tcp->rst || tcp->fin))
		return TCX_NEXT;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return TCX_NEXT;
	}
	*event = (struct event){
		.at_ns = bpf_ktime_get_ns(),
		.source = ip->saddr,
		.dest = ip->daddr,
		.source_port = tcp->source,
		.dest_port = tcp->dest,
		.length = skb->len,
	};
	if (tcp->syn && tcp->ack) {
		/* The answer to a SYN is not news: the record is taken back. */
		bpf_ringbuf_discard(event, 0);
		return TCX_NEXT;
	}
	if (tcp->syn)
		__builtin_memcpy(event->kind, "open", 5);
	else if (tcp->rst)
		__builtin_memcpy(event->kind, "reset", 6);
	else
		__builtin_memcpy(event->kind, "close", 6);
	bpf_ringbuf_submit(event, 0);
	return TCX_NEXT;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
