# Numbers of tries, queues, ring buffers, maps of devices, of programs and of maps

# lpm trie: no preallocation, a prefix length and 1 to 256 bytes
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m1
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 -> m2 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m3 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=5 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m4
bpf MAP_CREATE map_type=LPM_TRIE key_size=260 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m5
bpf MAP_CREATE map_type=LPM_TRIE key_size=261 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m6 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=0 max_entries=1 map_flags=F_NO_PREALLOC -> m7 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=0 map_flags=F_NO_PREALLOC -> m8 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=1 max_entries=1 map_flags=F_NO_PREALLOC -> m9
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=2147483648 max_entries=1 map_flags=F_NO_PREALLOC -> m10 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_NUMA_NODE -> m11
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_RDONLY -> m12
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_WRONLY -> m13
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_RDONLY_PROG -> m14
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_WRONLY_PROG -> m15
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_RDONLY_PROG|F_WRONLY_PROG -> m16 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_ZERO_SEED -> m17 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_MMAPABLE -> m18 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_CLONE -> m19 => EINVAL

# queue
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 -> m20
bpf MAP_CREATE map_type=QUEUE key_size=4 value_size=8 max_entries=1 -> m21 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=0 max_entries=1 -> m22 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=0 -> m23 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=2147483648 max_entries=1 -> m24 => E2BIG
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=4294967295 -> m25 => ENOMEM
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m26
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_RDONLY -> m27
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_WRONLY -> m28
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m29
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m30
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m31 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m32 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m33 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m34 => EINVAL

# stack
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 -> m35
bpf MAP_CREATE map_type=STACK key_size=4 value_size=8 max_entries=1 -> m36 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=0 max_entries=1 -> m37 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=0 -> m38 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=2147483648 max_entries=1 -> m39 => E2BIG
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=4294967295 -> m40 => ENOMEM
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m41
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_RDONLY -> m42
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_WRONLY -> m43
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m44
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m45
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m46 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m47 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m48 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m49 => EINVAL

# ringbuf: a power of two, whole pages
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 -> m50
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=0 -> m51 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=2048 -> m52 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4097 -> m53 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=12288 -> m54 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=8192 -> m55
bpf MAP_CREATE map_type=RINGBUF key_size=4 value_size=0 max_entries=4096 -> m56 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=4 max_entries=4096 -> m57 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=2147483649 -> m58 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 map_flags=F_NUMA_NODE -> m59
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 map_flags=F_RDONLY -> m60 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 map_flags=F_WRONLY -> m61 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 map_flags=F_RDONLY_PROG -> m62 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 map_flags=F_MMAPABLE -> m63 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 map_flags=F_NO_PREALLOC -> m64 => EINVAL

# devmap
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 -> m65
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=8 max_entries=1 -> m66
bpf MAP_CREATE map_type=DEVMAP key_size=8 value_size=4 max_entries=1 -> m67 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=2 max_entries=1 -> m68 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=12 max_entries=1 -> m69 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=0 -> m70 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=0 value_size=4 max_entries=1 -> m71 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_NUMA_NODE -> m72
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY -> m73
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY -> m74
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY_PROG -> m75 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY_PROG -> m76 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m77 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_ZERO_SEED -> m78 => EINVAL
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 map_flags=F_MMAPABLE -> m79 => EINVAL

# devmap hash
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 -> m80
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=8 max_entries=1 -> m81
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=8 value_size=4 max_entries=1 -> m82 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=2 max_entries=1 -> m83 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=12 max_entries=1 -> m84 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=0 -> m85 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=0 value_size=4 max_entries=1 -> m86 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_NUMA_NODE -> m87
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY -> m88
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY -> m89
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY_PROG -> m90 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY_PROG -> m91 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m92 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_ZERO_SEED -> m93 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 map_flags=F_MMAPABLE -> m94 => EINVAL
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=2147483649 -> m95 => EINVAL

# prog array
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 -> m96
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=8 max_entries=1 -> m97 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=0 max_entries=1 -> m98 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=8 value_size=4 max_entries=1 -> m99 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=0 value_size=4 max_entries=1 -> m100 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=0 -> m101 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_NUMA_NODE -> m102
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY -> m103
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY -> m104
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY_PROG -> m105 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY_PROG -> m106 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m107 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_ZERO_SEED -> m108 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_MMAPABLE -> m109 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_INNER_MAP -> m110 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_PRESERVE_ELEMS -> m111 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_NO_COMMON_LRU -> m112 => EINVAL

# perf event array
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 -> m113
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=8 max_entries=1 -> m114 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=0 max_entries=1 -> m115 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=8 value_size=4 max_entries=1 -> m116 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=0 value_size=4 max_entries=1 -> m117 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=0 -> m118 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_NUMA_NODE -> m119
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY -> m120
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY -> m121
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY_PROG -> m122 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY_PROG -> m123 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> m124 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_ZERO_SEED -> m125 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_MMAPABLE -> m126 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_INNER_MAP -> m127 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_PRESERVE_ELEMS -> m128
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_NO_COMMON_LRU -> m129 => EINVAL

# array of maps
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> inner
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 inner_map_fd=inner -> m131
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=8 max_entries=1 inner_map_fd=inner -> m132 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=0 max_entries=1 inner_map_fd=inner -> m133 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=8 value_size=4 max_entries=1 inner_map_fd=inner -> m134 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=0 value_size=4 max_entries=1 inner_map_fd=inner -> m135 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=0 inner_map_fd=inner -> m136 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_NUMA_NODE inner_map_fd=inner -> m137
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY inner_map_fd=inner -> m138
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY inner_map_fd=inner -> m139
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY_PROG inner_map_fd=inner -> m140 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY_PROG inner_map_fd=inner -> m141 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC inner_map_fd=inner -> m142 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_ZERO_SEED inner_map_fd=inner -> m143 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_MMAPABLE inner_map_fd=inner -> m144 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_INNER_MAP inner_map_fd=inner -> m145 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_PRESERVE_ELEMS inner_map_fd=inner -> m146 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_NO_COMMON_LRU inner_map_fd=inner -> m147 => EINVAL

# hash of maps
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 inner_map_fd=inner -> m148
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=8 max_entries=1 inner_map_fd=inner -> m149 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=0 max_entries=1 inner_map_fd=inner -> m150 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=8 value_size=4 max_entries=1 inner_map_fd=inner -> m151
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=0 value_size=4 max_entries=1 inner_map_fd=inner -> m152 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=0 inner_map_fd=inner -> m153 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_NUMA_NODE inner_map_fd=inner -> m154
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY inner_map_fd=inner -> m155
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY inner_map_fd=inner -> m156
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_RDONLY_PROG inner_map_fd=inner -> m157
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_WRONLY_PROG inner_map_fd=inner -> m158
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC inner_map_fd=inner -> m159
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_ZERO_SEED inner_map_fd=inner -> m160
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_MMAPABLE inner_map_fd=inner -> m161 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_INNER_MAP inner_map_fd=inner -> m162 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_PRESERVE_ELEMS inner_map_fd=inner -> m163 => EINVAL
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 map_flags=F_NO_COMMON_LRU inner_map_fd=inner -> m164 => EINVAL
