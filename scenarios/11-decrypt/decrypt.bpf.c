/*
 * Decrypts UDP payloads in place with AES-CBC. A setup program, run once from user space, makes the crypto context and
 * leaves it in a map; the packet program only uses it. Payload: 16 bytes of initialisation vector, then whole blocks.
 */
#include "datapath.h"

#define TUNNEL_PORT 5555
#define BLOCK 16
#define PAYLOAD (ETH_HLEN_ + sizeof(struct iphdr) + sizeof(struct udphdr))
#define MAX_CIPHERTEXT 1408

/* Opaque to programs; a definition rather than a mere name, because loaders compare kinds with the kernel's types. */
struct bpf_crypto_ctx {
	__u32 siv_len;
};

struct bpf_crypto_params {
	char type[14];
	__u8 reserved[2];
	char algo[128];
	__u8 key[256];
	__u32 key_len;
	__u32 authsize;
} __attribute__((preserve_access_index));

extern struct bpf_crypto_ctx *bpf_crypto_ctx_create(const struct bpf_crypto_params *params, __u32 params__sz, int *err) __ksym;
extern void bpf_crypto_ctx_release(struct bpf_crypto_ctx *ctx) __ksym;
extern int bpf_crypto_decrypt(struct bpf_crypto_ctx *ctx, const struct bpf_dynptr *src, const struct bpf_dynptr *dst,
			      const struct bpf_dynptr *iv) __ksym;
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym;

struct holder {
	struct bpf_crypto_ctx __kptr *ctx;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct holder);
} contexts SEC(".maps");

const volatile char algorithm[32] = "cbc(aes)";
const volatile __u8 key[32] = {};
const volatile __u32 key_bytes = 16;

int setup_status;
int last_error;
__u64 decrypted;
__u8 vector[BLOCK];

SEC("syscall")
int setup(void *unused)
{
	struct bpf_crypto_params params = { .type = "skcipher", .key_len = key_bytes };
	struct bpf_crypto_ctx *made, *old;
	struct holder *holder;
	__u32 zero = 0;
	int err = 0;

	for (int i = 0; i < (int)sizeof(algorithm); i++)
		params.algo[i] = algorithm[i];
	for (int i = 0; i < (int)sizeof(key); i++)
		params.key[i] = key[i];
	made = bpf_crypto_ctx_create(&params, sizeof(params), &err);
	setup_status = err;
	if (!made)
		return 1;
	holder = bpf_map_lookup_elem(&contexts, &zero);
	if (!holder) {
		bpf_crypto_ctx_release(made);
		return 2;
	}
	old = bpf_kptr_xchg(&holder->ctx, made);
	if (old)
		bpf_crypto_ctx_release(old);
	return 0;
}

static __always_inline int fail(int error)
{
	last_error = error;
	return TCX_DROP;
}

SEC("tc")
int decrypt(struct __sk_buff *skb)
{
	struct bpf_dynptr source, target, iv;
	struct iphdr *ip = ipv4_of(skb);
	struct bpf_crypto_ctx *ctx;
	struct holder *holder;
	struct udphdr *udp;
	__u32 zero = 0;
	int err;

	if (!ip || ip->protocol != IPPROTO_UDP)
		return TCX_NEXT;
	udp = (void *)(ip + 1);
	if ((void *)(udp + 1) > packet_end(skb) || udp->dest != bpf_htons(TUNNEL_PORT))
		return TCX_NEXT;
	holder = bpf_map_lookup_elem(&contexts, &zero);
	if (!holder)
		return fail(-1);
	ctx = holder->ctx;
	if (!ctx)
		return fail(-2);
	if (bpf_skb_load_bytes(skb, PAYLOAD, vector, BLOCK))
		return fail(-3);
	if (skb->len <= PAYLOAD + BLOCK || skb->len - PAYLOAD - BLOCK > MAX_CIPHERTEXT)
		return fail(-4);
	if (bpf_skb_pull_data(skb, skb->len))
		return fail(-5);

	bpf_dynptr_from_skb(skb, 0, &source);
	bpf_dynptr_from_skb(skb, 0, &target);
	bpf_dynptr_adjust(&source, PAYLOAD + BLOCK, skb->len);
	bpf_dynptr_adjust(&target, PAYLOAD + BLOCK, skb->len);
	bpf_dynptr_from_mem(vector, BLOCK, 0, &iv);
	err = bpf_crypto_decrypt(ctx, &source, &target, &iv);
	if (err)
		return fail(err);
	__sync_fetch_and_add(&decrypted, 1);
	return TCX_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
