/* A program in .text and nothing else. */
#include "bpf.h"

int only(struct __sk_buff *skb)
{
	return skb->len;
}
