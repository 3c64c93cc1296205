/* Objects on lists, in trees, behind kptrs. Programs return 0 or what they took; -1 for nothing there, -2 for no memory. */
#include "objects.h"

#define NOTHING ((__u32)-1)
#define NO_MEMORY ((__u32)-2)

static struct item *make(void)
{
	struct item *item = new(struct item);

	if (item) {
		item->key = key;
		item->serial = serial;
	}
	return item;
}

SEC("tc")
int list_push_front(struct __sk_buff *skb)
{
	struct item *item = make();

	if (!item)
		return NO_MEMORY;
	bpf_spin_lock(&lock);
	push_front(&list, &item->link);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int list_push_back(struct __sk_buff *skb)
{
	struct item *item = make();

	if (!item)
		return NO_MEMORY;
	bpf_spin_lock(&lock);
	push_back(&list, &item->link);
	bpf_spin_unlock(&lock);
	return 0;
}

static int took(struct bpf_list_node *node)
{
	struct item *item;
	int found;

	if (!node)
		return NOTHING;
	item = of(node, struct item, link);
	found = item->serial;
	drop(item);
	return found;
}

SEC("tc")
int list_pop_front(struct __sk_buff *skb)
{
	struct bpf_list_node *node;

	bpf_spin_lock(&lock);
	node = bpf_list_pop_front(&list);
	bpf_spin_unlock(&lock);
	return took(node);
}

SEC("tc")
int list_pop_back(struct __sk_buff *skb)
{
	struct bpf_list_node *node;

	bpf_spin_lock(&lock);
	node = bpf_list_pop_back(&list);
	bpf_spin_unlock(&lock);
	return took(node);
}

/* In the tree, and reachable through a slot too. Replaces what was in the slot. */
SEC("tc")
int tree_add_slot(struct __sk_buff *skb)
{
	__u32 index = serial & 63;
	struct slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct item *item, *old;

	if (!slot)
		return NOTHING;
	item = make();
	if (!item)
		return NO_MEMORY;
	old = bpf_kptr_xchg(&slot->item, acquire(item));
	if (old)
		drop(old);
	bpf_spin_lock(&lock);
	tree_add(&tree, &item->sort, before);
	bpf_spin_unlock(&lock);
	return 0;
}

/* Out of the middle of the tree, by way of the slot. */
SEC("tc")
int tree_remove_slot(struct __sk_buff *skb)
{
	__u32 index = serial & 63;
	struct slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct bpf_rb_node *node;
	struct item *item;
	int found;

	if (!slot)
		return NOTHING;
	item = slot->item;
	if (!item)
		return NOTHING;
	bpf_spin_lock(&lock);
	node = bpf_rbtree_remove(&tree, &item->sort);
	bpf_spin_unlock(&lock);
	if (!node)
		return NOTHING;
	item = of(node, struct item, sort);
	found = item->serial;
	drop(item);
	return found;
}

/* An object is in one tree at a time, and a tree gives out only what is in it. */
SEC("tc")
int tree_remove_from_other(struct __sk_buff *skb)
{
	__u32 index = serial & 63;
	struct slot *slot = bpf_map_lookup_elem(&slots, &index);
	struct bpf_rb_node *node;
	struct item *item;

	if (!slot)
		return NOTHING;
	item = slot->item;
	if (!item)
		return NOTHING;
	bpf_spin_lock(&other_lock);
	node = bpf_rbtree_remove(&other_tree, &item->sort);
	bpf_spin_unlock(&other_lock);
	if (!node)
		return NOTHING;
	drop(of(node, struct item, sort));
	return 0;
}

SEC("tc")
int tree_take_first(struct __sk_buff *skb)
{
	struct bpf_rb_node *node;
	struct item *item;
	int found;

	bpf_spin_lock(&lock);
	node = bpf_rbtree_first(&tree);
	if (!node) {
		bpf_spin_unlock(&lock);
		return NOTHING;
	}
	node = bpf_rbtree_remove(&tree, node);
	bpf_spin_unlock(&lock);
	if (!node)
		return NOTHING;
	item = of(node, struct item, sort);
	found = item->serial;
	drop(item);
	return found;
}

/* The second push of a node is refused, and drops the reference it was given. */
SEC("tc")
int list_push_twice(struct __sk_buff *skb)
{
	struct item *item = make(), *again;
	int first, second;

	if (!item)
		return NO_MEMORY;
	again = acquire(item);
	bpf_spin_lock(&lock);
	first = push_back(&list, &item->link);
	second = push_front(&list, &again->link);
	bpf_spin_unlock(&lock);
	return first == 0 ? second : 1;
}

SEC("tc")
int bucket_push(struct __sk_buff *skb)
{
	__u32 index = key;
	struct bucket *bucket = bpf_map_lookup_elem(&buckets, &index);
	struct single *single;

	if (!bucket)
		return NOTHING;
	single = new(struct single);
	if (!single)
		return NO_MEMORY;
	bpf_spin_lock(&bucket->lock);
	push_back(&bucket->list, &single->link);
	bpf_spin_unlock(&bucket->lock);
	return 0;
}

/* The program pushes into an element that is no longer in the map, then uses its successor. */
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;

SEC("tc")
int bucket_push_deleted(struct __sk_buff *skb)
{
	__u32 index = key;
	struct bucket *bucket = bpf_map_lookup_elem(&buckets, &index);
	struct single *single;

	if (!bucket)
		return NOTHING;
	bpf_map_delete_elem(&buckets, &index);
	single = new(struct single);
	if (!single)
		return NO_MEMORY;
	bpf_spin_lock(&bucket->lock);
	push_back(&bucket->list, &single->link);
	bpf_spin_unlock(&bucket->lock);
	return 0;
}

static _Bool meddling(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	struct bpf_list_node *node = bpf_list_pop_front(&list);

	if (node)
		tree_add(&tree, &of(node, struct item, link)->sort, before);
	return before(a, b);
}

/* The order function adds to the tree that asks it: such an addition is refused, or the tree would come apart. */
SEC("tc")
int tree_add_meddling(struct __sk_buff *skb)
{
	struct item *item = make();
	int result;

	if (!item)
		return NO_MEMORY;
	bpf_spin_lock(&lock);
	result = tree_add(&tree, &item->sort, meddling);
	bpf_spin_unlock(&lock);
	return result;
}

/* Loses nothing although it ends in the middle: it holds nothing when it throws. */
SEC("tc")
int throw_after_push(struct __sk_buff *skb)
{
	struct item *item = make();

	if (!item)
		return NO_MEMORY;
	bpf_spin_lock(&lock);
	push_back(&list, &item->link);
	bpf_spin_unlock(&lock);
	bpf_throw(7);
	return 0;
}
