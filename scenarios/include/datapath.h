/* What every scenario program needs: types, helpers, verdicts, header structs. */
#ifndef DATAPATH_H
#define DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Kernel headers older than 6.6 lack these. */
#define TCX_NEXT (-1)
#define TCX_PASS 0
#define TCX_DROP 2
#define TCX_REDIRECT 7

#define ETH_HLEN_ 14

/* Start and end of the directly readable packet. */
static __always_inline void *packet_start(const struct __sk_buff *skb) { return (void *)(long)skb->data; }
static __always_inline void *packet_end(const struct __sk_buff *skb) { return (void *)(long)skb->data_end; }

/* The IPv4 header without options behind an Ethernet header, or NULL. */
static __always_inline struct iphdr *ipv4_of(const struct __sk_buff *skb)
{
	struct ethhdr *eth = packet_start(skb);
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > packet_end(skb))
		return NULL;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->version != 4 || ip->ihl != 5)
		return NULL;
	return ip;
}

/* Source and destination port, the first four bytes of both TCP and UDP. */
struct ports {
	__be16 source;
	__be16 dest;
};

#endif
