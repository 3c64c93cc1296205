# Numbers of array maps: sizes, flags, limits

# array
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 -> m1
bpf MAP_CREATE map_type=ARRAY key_size=0 value_size=8 max_entries=1 -> m2 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=8 value_size=8 max_entries=1 -> m3 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=3 value_size=8 max_entries=1 -> m4 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=0 max_entries=1 -> m5 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=1 max_entries=1 -> m6
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=0 -> m7 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=2147483648 max_entries=1 -> m8 => E2BIG
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=2147483647 max_entries=0 -> m9 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=32768 max_entries=1 -> m10
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=32769 max_entries=1 -> m11
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m12 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU -> m13 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m14
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY -> m15
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY -> m16
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY|F_WRONLY -> m17 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_STACK_BUILD_ID -> m18 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m19 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m20
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m21
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m22 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_CLONE -> m23 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m24
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_PRESERVE_ELEMS -> m25 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_INNER_MAP -> m26
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_LINK -> m27 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_VTYPE_BTF_OBJ_FD -> m28 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_PATH_FD -> m29 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=0x20000 -> m30 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=0x80000000 -> m31 => EINVAL

# percpu array
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 -> m32
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=0 value_size=8 max_entries=1 -> m33 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=8 value_size=8 max_entries=1 -> m34 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=3 value_size=8 max_entries=1 -> m35 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=0 max_entries=1 -> m36 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=1 max_entries=1 -> m37
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=0 -> m38 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=2147483648 max_entries=1 -> m39 => E2BIG
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=2147483647 max_entries=0 -> m40 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=32768 max_entries=1 -> m41
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=32769 max_entries=1 -> m42 => E2BIG
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC -> m43 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NO_COMMON_LRU -> m44 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE -> m45 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY -> m46
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY -> m47
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY|F_WRONLY -> m48 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_STACK_BUILD_ID -> m49 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_ZERO_SEED -> m50 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> m51
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> m52
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m53 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_CLONE -> m54 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE -> m55 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_PRESERVE_ELEMS -> m56 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_INNER_MAP -> m57 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_LINK -> m58 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_VTYPE_BTF_OBJ_FD -> m59 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_PATH_FD -> m60 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=0x20000 -> m61 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_flags=0x80000000 -> m62 => EINVAL

# what all maps ask first
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE numa_node=1 -> m63 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_NUMA_NODE numa_node=-1 -> m64
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 numa_node=77 -> m65
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_extra=1 -> m66 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_vmlinux_value_type_id=1 -> m67 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_key_type_id=1 -> m68 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_value_type_id=1 -> m69 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_ifindex=1 -> m70 => EOPNOTSUPP
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_ifindex=2147483647 -> m71 => EINVAL
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 map_ifindex=1 -> m72 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 value_type_btf_obj_fd=5 -> m73
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="abcdefghijklmno" -> m74
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="abcdefghijklmnop" -> m75 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="a.b_c9" -> m76
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="a-b" -> m77 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="a/b" -> m78 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=0 value_size=8 max_entries=1 map_name="a b" -> m79 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="" -> m80
bpf MAP_CREATE map_type=UNSPEC key_size=4 value_size=8 max_entries=1 -> m81 => EINVAL
bpf MAP_CREATE map_type=34 key_size=4 value_size=8 max_entries=1 -> m82 => EINVAL
bpf MAP_CREATE map_type=0xffffffff key_size=4 value_size=8 max_entries=1 -> m83 => EINVAL
bpf MAP_CREATE map_type=0 key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY|F_WRONLY -> m84 => EINVAL
