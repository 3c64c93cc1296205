# Numbers of maps that hold data of sockets and control groups

# storage of control groups
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 -> m1
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 -> m2
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=4 value_size=8 max_entries=0 -> m3 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=0 max_entries=0 -> m4 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=1 -> m5 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=12 value_size=8 max_entries=0 -> m6 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=32769 max_entries=0 -> m7
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8388608 max_entries=0 -> m8 => E2BIG
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_NUMA_NODE -> m9
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_RDONLY -> m10
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_WRONLY -> m11
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_RDONLY_PROG -> m12
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_WRONLY_PROG -> m13
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m14 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC -> m15 => EINVAL
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 -> m16
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 -> m17
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=4 value_size=8 max_entries=0 -> m18 => EINVAL
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=8 value_size=0 max_entries=0 -> m19 => EINVAL
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=8 value_size=8 max_entries=1 -> m20 => EINVAL
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=12 value_size=8 max_entries=0 -> m21 => EINVAL
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=8 value_size=32769 max_entries=0 -> m22 => E2BIG
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=8 value_size=8388608 max_entries=0 -> m23 => E2BIG
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_NUMA_NODE -> m24
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_RDONLY -> m25
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_WRONLY -> m26
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_RDONLY_PROG -> m27
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_WRONLY_PROG -> m28
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_RDONLY_PROG|F_WRONLY_PROG -> m29 => EINVAL
bpf MAP_CREATE map_type=PERCPU_CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC -> m30 => EINVAL

# storage of sockets needs types of key and value
bpf BTF_LOAD btf=&9feb0100180000000000000020000000200000000a000000010000000000000104000000200000010500000000000001080000004000000100696e74006c6f6e6700 btf_size=66 -> types
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m31
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC -> m32 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m33 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=8 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m34 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=0 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m35 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m36 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC|F_CLONE btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m37
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC|F_NUMA_NODE btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m38 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC|F_RDONLY btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m39 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=65536 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m40 => E2BIG
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=4 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m41 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m42 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m43 => EINVAL
bpf MAP_CREATE map_type=SK_STORAGE key_size=4 value_size=8 max_entries=0 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m44 => EINVAL
