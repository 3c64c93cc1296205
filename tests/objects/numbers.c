/* Helpers whose results go back into the packet, so that two machines can be compared by their packets. */
#include "bpf.h"

#define TEXT_BYTES 24

static long (*bpf_skb_store_bytes)(struct __sk_buff *skb, __u32 offset, const void *from, __u32 len, __u64 flags) = (void *)9;
static long (*bpf_skb_load_bytes)(const struct __sk_buff *skb, __u32 offset, void *to, __u32 len) = (void *)26;
static long (*bpf_strtol)(const char *buf, __u64 len, __u64 flags, long *res) = (void *)105;
static long (*bpf_strtoul)(const char *buf, __u64 len, __u64 flags, unsigned long *res) = (void *)106;
static long (*bpf_probe_read_kernel)(void *to, __u32 len, const void *from) = (void *)113;
static long (*bpf_probe_read_kernel_str)(void *to, __u32 len, const void *from) = (void *)115;

struct bpf_iter_bits {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const __u64 *unsafe_ptr__ign, __u32 nr_words) __weak __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __weak __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __weak __ksym;

/* Byte 14: base, byte 15: length, from 16 on: text. Answers from 40 on. */
SEC("tc")
int text_to_number(struct __sk_buff *skb)
{
	char text[TEXT_BYTES];
	unsigned char how[2];
	long answers[4] = {};

	if (bpf_skb_load_bytes(skb, 14, how, 2) || bpf_skb_load_bytes(skb, 16, text, TEXT_BYTES))
		return 2;
	__u32 len = how[1] & 31;
	if (len == 0 || len > TEXT_BYTES)
		len = TEXT_BYTES;
	answers[0] = bpf_strtol(text, len, how[0], &answers[1]);
	answers[2] = bpf_strtoul(text, len, how[0], (unsigned long *)&answers[3]);
	return bpf_skb_store_bytes(skb, 40, answers, sizeof(answers), 0);
}

/* Byte 15: words, from 16 on: three words. Answers from 40 on: error, number of bits, a hash of them. */
SEC("tc")
int set_bits(struct __sk_buff *skb)
{
	__u64 words[3];
	unsigned char count;
	long answers[4] = {};
	struct bpf_iter_bits it;
	int *bit;

	if (bpf_skb_load_bytes(skb, 15, &count, 1) || bpf_skb_load_bytes(skb, 16, words, sizeof(words)))
		return 2;
	count &= 3;
	answers[0] = bpf_iter_bits_new(&it, words, count);
	while ((bit = bpf_iter_bits_next(&it))) {
		answers[1]++;
		answers[2] = answers[2] * 31 + *bit + 1;
	}
	bpf_iter_bits_destroy(&it);
	return bpf_skb_store_bytes(skb, 40, answers, sizeof(answers), 0);
}

/* Byte 15: bytes to copy from the stack, then a string from there, then from an address nobody has. */
SEC("tc")
int careful_reads(struct __sk_buff *skb)
{
	char from[TEXT_BYTES], to[TEXT_BYTES] = {};
	unsigned char count;
	long answers[3] = {};

	if (bpf_skb_load_bytes(skb, 15, &count, 1) || bpf_skb_load_bytes(skb, 16, from, TEXT_BYTES))
		return 2;
	__u32 len = count & 15;
	answers[0] = bpf_probe_read_kernel(to, len, from);
	bpf_skb_store_bytes(skb, 40, to, TEXT_BYTES, 0);
	answers[1] = bpf_probe_read_kernel_str(to, len, from + 8);
	bpf_skb_store_bytes(skb, 64, to, TEXT_BYTES, 0);
	answers[2] = bpf_probe_read_kernel(to, len, (void *)8);
	bpf_skb_store_bytes(skb, 88, to, TEXT_BYTES, 0);
	return bpf_skb_store_bytes(skb, 112, answers, sizeof(answers), 0);
}

char _license[] SEC("license") = "GPL";
