/* Kernel types and functions for objects, lists and trees, and what the programs of the tests share. */
#include "bpf.h"

struct bpf_spin_lock { __u32 val; };
struct bpf_list_head { __u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { __u64 __opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { __u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { __u64 __opaque[4]; } __attribute__((aligned(8)));
struct bpf_refcount { __u32 __opaque[1]; } __attribute__((aligned(4)));

static long (*bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static void *(*bpf_kptr_xchg)(void *field, void *ptr) = (void *)194;

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			       _Bool (*less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, __u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern void bpf_throw(__u64 cookie) __ksym;

#define new(type) ((type *)bpf_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), (void *)0))
#define drop(object) bpf_obj_drop_impl(object, (void *)0)
#define acquire(object) ((__typeof__(object))bpf_refcount_acquire_impl(object, (void *)0))
#define push_front(head, node) bpf_list_push_front_impl(head, node, (void *)0, 0)
#define push_back(head, node) bpf_list_push_back_impl(head, node, (void *)0, 0)
#define tree_add(root, node, less) bpf_rbtree_add_impl(root, node, less, (void *)0, 0)
#define of(node, type, member) ((type *)((char *)(node) - __builtin_offsetof(type, member)))
#define __contains(type, node) __attribute__((btf_decl_tag("contains:" #type ":" #node)))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define private(name) SEC(".bss." #name) __hidden __attribute__((aligned(8)))

struct item {
	__u64 key;
	__u64 serial;
	struct bpf_list_node link;
	struct bpf_rb_node sort;
	struct bpf_refcount refs;
};

struct single {
	__u64 key;
	struct bpf_list_node link;
};

struct slot {
	struct item __kptr *item;
};

struct bucket {
	struct bpf_spin_lock lock;
	struct bpf_list_head list __contains(single, link);
};

struct {
	__uint(type, 2);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct bucket);
} buckets SEC(".maps");

private(a) struct bpf_spin_lock lock;
private(a) struct bpf_list_head list __contains(item, link);
private(a) struct bpf_rb_root tree __contains(item, sort);
private(b) struct bpf_spin_lock other_lock;
private(b) struct bpf_rb_root other_tree __contains(item, sort);

/* What a program is asked to do, set before each run. */
__u64 key, serial;

static inline __attribute__((unused)) _Bool before(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return of(a, struct item, sort)->key < of(b, struct item, sort)->key;
}

char _license[] SEC("license") = "GPL";
