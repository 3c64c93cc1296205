/* Every CO-RE question, against types that core_target.c lays out differently. */
#include "bpf.h"

#define relo __attribute__((preserve_access_index))

enum colour___mine { RED___mine = 1, GREEN___mine = 2, MAUVE___mine = 3 };
enum wide___mine { WIDE___mine = 0x123456789abcdef0ULL };

struct inside___mine {
	int a[4];
} relo;

struct thing___mine {
	__u32 first;
	__u64 second;
	__u32 flag : 3;
	int flag2 : 5;
	struct inside___mine in[2];
	char *name;
	__u32 gone;
	__s32 resized_signed;
} relo;

struct absent {
	int x;
} relo;

struct matching {
	int a;
	struct thing___mine *p;
} relo;

struct mismatching {
	int a;
	int only_here;
} relo;

__u64 out[32];

#define info(field, kind) __builtin_preserve_field_info(field, kind)

SEC("tc") int ask(void *ctx)
{
	struct thing___mine *t = ctx;
	struct absent *no = ctx;

	out[0] = __builtin_offsetof(struct thing___mine, second);
	out[1] = info(t->second, 0);
	out[2] = info(t->first, 1);
	out[3] = info(t->gone, 2);
	out[4] = info(t->second, 2);
	out[5] = info(t->flag2, 3);
	out[6] = info(t->flag, 4);
	out[7] = info(t->flag, 5);
	out[8] = info(t->flag, 0);
	out[9] = info(t->in[1].a[2], 0);
	out[10] = __builtin_preserve_type_info(*(struct thing___mine *)0, 0);
	out[11] = __builtin_preserve_type_info(*(struct absent *)0, 0);
	out[12] = __builtin_preserve_type_info(*(struct thing___mine *)0, 1);
	out[13] = __builtin_preserve_type_info(*(struct matching *)0, 2);
	out[14] = __builtin_preserve_type_info(*(struct mismatching *)0, 2);
	out[15] = __builtin_btf_type_id(*(struct thing___mine *)0, 0);
	out[16] = __builtin_btf_type_id(*(struct thing___mine *)0, 1);
	out[17] = __builtin_preserve_enum_value(*(enum colour___mine *)GREEN___mine, 0);
	out[18] = __builtin_preserve_enum_value(*(enum colour___mine *)MAUVE___mine, 0);
	out[19] = __builtin_preserve_enum_value(*(enum colour___mine *)GREEN___mine, 1);
	out[20] = __builtin_preserve_enum_value(*(enum wide___mine *)WIDE___mine, 1);
	out[21] = info(no->x, 2);
	return 0;
}

SEC("tc") int access(struct thing___mine *t)
{
	return t->first + t->second + (t->name != 0) + t->in[1].a[2];
}

SEC("tc") int poisoned(struct thing___mine *t)
{
	return t->gone + t->resized_signed;
}
