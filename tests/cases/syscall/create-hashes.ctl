# Numbers of hash maps: sizes, flags, limits

# hash
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 -> m1
bpf MAP_CREATE map_type=HASH key_size=0 value_size=8 max_entries=1 -> m2 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=0 max_entries=1 -> m3 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=0 -> m4 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=1 value_size=1 max_entries=1 -> m5
bpf MAP_CREATE map_type=HASH key_size=512 value_size=8 max_entries=1 -> m6
bpf MAP_CREATE map_type=HASH key_size=4194304 value_size=8 max_entries=1 -> m7 => E2BIG
bpf MAP_CREATE map_type=HASH key_size=4 value_size=4194304 max_entries=1 -> m8 => E2BIG
bpf MAP_CREATE map_type=HASH key_size=4 value_size=32768 max_entries=1 -> m9
bpf MAP_CREATE map_type=HASH key_size=4 value_size=32769 max_entries=1 -> m10
bpf MAP_CREATE map_type=HASH key_size=4294967295 value_size=8 max_entries=1 -> m11 => E2BIG
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2147483649 -> m12 => E2BIG
bpf MAP_CREATE map_type=HASH key_size=4 value_size=4294967295 max_entries=1 -> m13 => E2BIG
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m14
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU -> m15 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m16
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY -> m17
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY -> m18
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_STACK_BUILD_ID -> m19 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m20
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m21
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m22
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m23 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_CLONE -> m24 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m25 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_INNER_MAP -> m26 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU|F_NUMA_NODE -> m27 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC|F_NO_COMMON_LRU -> m28 => EINVAL

# percpu hash
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 -> m29
bpf MAP_CREATE map_type=PERCPU_HASH key_size=0 value_size=8 max_entries=1 -> m30 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=0 max_entries=1 -> m31 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=0 -> m32 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=1 value_size=1 max_entries=1 -> m33
bpf MAP_CREATE map_type=PERCPU_HASH key_size=512 value_size=8 max_entries=1 -> m34
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4194304 value_size=8 max_entries=1 -> m35 => E2BIG
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=4194304 max_entries=1 -> m36 => E2BIG
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=32768 max_entries=1 -> m37
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=32769 max_entries=1 -> m38 => E2BIG
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4294967295 value_size=8 max_entries=1 -> m39 => E2BIG
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=2147483649 -> m40 => E2BIG
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=4294967295 max_entries=1 -> m41 => E2BIG
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m42
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU -> m43 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m44 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY -> m45
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY -> m46
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_STACK_BUILD_ID -> m47 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m48
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m49
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m50
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m51 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_CLONE -> m52 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m53 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_INNER_MAP -> m54 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU|F_NUMA_NODE -> m55 => EINVAL
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC|F_NO_COMMON_LRU -> m56 => EINVAL

# lru hash
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 -> m57
bpf MAP_CREATE map_type=LRU_HASH key_size=0 value_size=8 max_entries=1 -> m58 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=0 max_entries=1 -> m59 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=0 -> m60 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=1 value_size=1 max_entries=1 -> m61
bpf MAP_CREATE map_type=LRU_HASH key_size=512 value_size=8 max_entries=1 -> m62
bpf MAP_CREATE map_type=LRU_HASH key_size=4194304 value_size=8 max_entries=1 -> m63 => E2BIG
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=4194304 max_entries=1 -> m64 => E2BIG
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=32768 max_entries=1 -> m65
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=32769 max_entries=1 -> m66
bpf MAP_CREATE map_type=LRU_HASH key_size=4294967295 value_size=8 max_entries=1 -> m67 => E2BIG
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=2147483649 -> m68 => E2BIG
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=4294967295 max_entries=1 -> m69 => E2BIG
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m70 => ENOTSUPP
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU -> m71
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m72
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY -> m73
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY -> m74
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_STACK_BUILD_ID -> m75 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m76
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m77
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m78
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m79 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_CLONE -> m80 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m81 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_INNER_MAP -> m82 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU|F_NUMA_NODE -> m83 => EINVAL
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC|F_NO_COMMON_LRU -> m84 => ENOTSUPP

# lru percpu hash
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 -> m85
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=0 value_size=8 max_entries=1 -> m86 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=0 max_entries=1 -> m87 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=0 -> m88 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=1 value_size=1 max_entries=1 -> m89
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=512 value_size=8 max_entries=1 -> m90
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4194304 value_size=8 max_entries=1 -> m91 => E2BIG
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=4194304 max_entries=1 -> m92 => E2BIG
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=32768 max_entries=1 -> m93
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=32769 max_entries=1 -> m94 => E2BIG
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4294967295 value_size=8 max_entries=1 -> m95 => E2BIG
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=2147483649 -> m96 => E2BIG
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=4294967295 max_entries=1 -> m97 => E2BIG
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m98 => ENOTSUPP
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU -> m99
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m100 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY -> m101
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY -> m102
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_STACK_BUILD_ID -> m103 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m104
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m105
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m106
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m107 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_CLONE -> m108 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m109 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_INNER_MAP -> m110 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU|F_NUMA_NODE -> m111 => EINVAL
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC|F_NO_COMMON_LRU -> m112 => ENOTSUPP

# seed zero is for the administrator, and asked before sizes
become root CAP_BPF CAP_NET_ADMIN
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m113 => EPERM
bpf MAP_CREATE map_type=HASH key_size=0 value_size=0 max_entries=0 map_flags=F_ZERO_SEED -> m114 => EPERM
bpf MAP_CREATE map_type=HASH key_size=0 value_size=0 max_entries=0 map_flags=F_ZERO_SEED|F_RDONLY|F_WRONLY -> m115 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 -> m116
become root all

# an offloaded map
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_ifindex=1 -> m117 => EOPNOTSUPP
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 map_ifindex=1 -> m118 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_ifindex=2147483647 -> m119 => EINVAL
