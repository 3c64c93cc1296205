/* What core.c is fitted to: only its BTF is used. */
#include "bpf.h"

enum colour { RED = 1, BLUE = 2, GREEN = 40 };
enum wide { WIDE = 0x0fedcba987654321ULL };

struct inside {
	long pad;
	int a[6];
};

struct thing {
	char *name;
	union {
		struct {
			__u64 first;
			__u32 before : 7, flag : 3;
			int flag2 : 5;
		};
	};
	struct inside in[2];
	__u32 second;
	long resized_signed;
};

struct matching {
	long b;
	int a;
	struct thing *p;
};

struct mismatching {
	int a;
};

struct thing a_thing;
struct matching a_match;
struct mismatching a_mismatch;
enum colour a_colour;
enum wide a_wide;
