/* Programs the verifier must refuse; ObjectTests says with which words. */
#include "objects.h"

SEC("tc")
int leak(struct __sk_buff *skb)
{
	struct single *s = new(struct single);

	return s ? 1 : 0;
}

SEC("tc")
int use_after_drop(struct __sk_buff *skb)
{
	struct single *s = new(struct single);

	if (!s)
		return 0;
	drop(s);
	return s->key;
}

SEC("tc")
int unchecked(struct __sk_buff *skb)
{
	struct single *s = new(struct single);
	int k = s->key;

	drop(s);
	return k;
}

SEC("tc")
int beyond(struct __sk_buff *skb)
{
	struct single *s = new(struct single);
	int k;

	if (!s)
		return 0;
	k = (&s->key)[4];
	drop(s);
	return k;
}

SEC("tc")
int touch_node(struct __sk_buff *skb)
{
	struct single *s = new(struct single);

	if (!s)
		return 0;
	*(volatile __u64 *)&s->link = 1;
	drop(s);
	return 0;
}

SEC("tc")
int push_unlocked(struct __sk_buff *skb)
{
	struct item *item = new(struct item);

	if (!item)
		return 0;
	push_back(&list, &item->link);
	return 0;
}

SEC("tc")
int push_wrong_lock(struct __sk_buff *skb)
{
	struct item *item = new(struct item);

	if (!item)
		return 0;
	bpf_spin_lock(&other_lock);
	push_back(&list, &item->link);
	bpf_spin_unlock(&other_lock);
	return 0;
}

SEC("tc")
int push_wrong_type(struct __sk_buff *skb)
{
	struct single *s = new(struct single);

	if (!s)
		return 0;
	bpf_spin_lock(&lock);
	push_back(&list, &s->link);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int drop_twice(struct __sk_buff *skb)
{
	struct item *item = new(struct item);

	if (!item)
		return 0;
	bpf_spin_lock(&lock);
	push_back(&list, &item->link);
	bpf_spin_unlock(&lock);
	drop(item);
	return 0;
}

SEC("tc")
int drop_inside(struct __sk_buff *skb)
{
	struct item *item = new(struct item);

	if (!item)
		return 0;
	drop(&item->serial);
	return 0;
}

SEC("tc")
int read_after_unlock(struct __sk_buff *skb)
{
	struct bpf_rb_node *node;

	bpf_spin_lock(&lock);
	node = bpf_rbtree_first(&tree);
	bpf_spin_unlock(&lock);
	return node ? of(node, struct item, sort)->key : 0;
}

static _Bool locking(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int unlock_in_order(struct __sk_buff *skb)
{
	struct item *item = new(struct item);

	if (!item)
		return 0;
	bpf_spin_lock(&lock);
	tree_add(&tree, &item->sort, locking);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int throw_holding(struct __sk_buff *skb)
{
	struct single *s = new(struct single);

	if (!s)
		return 0;
	if (s->key)
		bpf_throw(1);
	drop(s);
	return 0;
}

struct bpf_crypto_ctx {
	__u64 pretence[8];
};

extern void bpf_crypto_ctx_release(struct bpf_crypto_ctx *ctx) __ksym;
extern int bpf_crypto_encrypt(struct bpf_crypto_ctx *ctx, const void *src, const void *dst, const void *iv) __ksym;

/* A struct that is called like one of the kernel's is not the kernel's. */
SEC("tc")
int pretend(struct __sk_buff *skb)
{
	struct bpf_crypto_ctx *ctx = new(struct bpf_crypto_ctx);

	if (!ctx)
		return 0;
	bpf_crypto_encrypt(ctx, (void *)0, (void *)0, (void *)0);
	drop(ctx);
	return 0;
}
