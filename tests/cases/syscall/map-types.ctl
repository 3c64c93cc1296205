# Types of keys and values of a map
bpf BTF_LOAD btf=&9feb0100180000000000000030010000300100006000000001000000000000010400000020000001050000000000000108000000400000010a00000001000004040000000100000001000000000000001800000002000004080000001e000000030000000000000001000000010000002000000001000000000000010200000010000001290000000000000e0200000000000000230000000100000f080000000600000000000000080000002d00000002000004100000000500000002000000000000003d00000002000000400000003700000001000004100000003d00000008000000000000003d00000000000008010000000000000000000002010000004500000002000004100000001e00000004000000000000003f00000004000000400000004900000002000004100000003d000000020000000000000001000000010000004000000000696e74006c6f6e67006270665f7370696e5f6c6f636b0076616c7565006c6f636b002e6461746100766172006270665f74696d65720074696d65640074006f746865720074776f006270665f6367726f75705f73746f726167655f6b657900 btf_size=424 -> types

# sizes must fit; the type of an array's key is a 32-bit integer
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m1
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=2 btf_value_type_id=2 -> m2 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m3 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=3 btf_value_type_id=2 -> m4 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=10 btf_value_type_id=2 -> m5
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=99 btf_value_type_id=2 -> m6 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=99 -> m7 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=11 -> m8
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=6 -> m9
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m10
bpf MAP_CREATE map_type=HASH key_size=2 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=5 btf_value_type_id=2 -> m11
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=3 btf_value_type_id=2 -> m12
bpf MAP_CREATE map_type=HASH key_size=8 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m13 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=10 btf_value_type_id=11 -> m14

# values without keys
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=7 -> m15
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 btf_fd=types btf_key_type_id=0 btf_value_type_id=7 -> m16 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m17 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=7 -> m18 => EINVAL
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m19 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_MMAPABLE btf_fd=types btf_key_type_id=0 btf_value_type_id=7 -> m20
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=7 -> m21 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=7 -> m22

# types that take none, and some that do
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=4 btf_value_type_id=2 -> m23
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=2 btf_value_type_id=2 -> m24 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m25 => EINVAL
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m26 => EINVAL
bpf MAP_CREATE map_type=STACK key_size=0 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m27 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 btf_fd=types btf_key_type_id=0 btf_value_type_id=2 -> m28 => EINVAL
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m29 => EINVAL
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m30
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=1 -> m31 => EINVAL
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m32 => ENOTSUPP
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 -> inner
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 inner_map_fd=inner -> m34 => ENOTSUPP
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 inner_map_fd=inner -> m35 => ENOTSUPP
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m36 => ENOTSUPP
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=1 -> m37 => ENOTSUPP
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 btf_fd=types btf_key_type_id=2 btf_value_type_id=2 -> m38

# a lock in the value, or a timer
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m39
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m40
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m41 => EOPNOTSUPP
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m42 => EOPNOTSUPP
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m43 => EOPNOTSUPP
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=0 btf_value_type_id=4 -> m44 => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=4 btf_value_type_id=4 -> m45 => EOPNOTSUPP
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m46 => EACCES
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m47 => EACCES
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_NO_PREALLOC btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m48
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m49
bpf MAP_CREATE map_type=HASH key_size=4 value_size=16 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m50
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=16 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m51
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=16 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m52
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=16 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m53 => EOPNOTSUPP
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=16 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m54 => EOPNOTSUPP
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=16 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m55 => EOPNOTSUPP
bpf MAP_CREATE map_type=HASH key_size=4 value_size=16 max_entries=1 map_flags=F_RDONLY_PROG btf_fd=types btf_key_type_id=1 btf_value_type_id=9 -> m56 => EACCES
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> hashed
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> locked

# a lock for a map that may have none, and that programs may only read; keys of control groups
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m59 => EACCES
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 btf_fd=types btf_key_type_id=13 btf_value_type_id=2 -> m60
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=16 value_size=8 max_entries=0 btf_fd=types btf_key_type_id=4 btf_value_type_id=2 -> m61 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 btf_fd=types btf_key_type_id=4 btf_value_type_id=2 -> m62 => EINVAL
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 btf_fd=types btf_key_type_id=2 btf_value_type_id=4 -> m63

# an element of it: the lock is no part of the value
bpf MAP_UPDATE_ELEM map_fd=locked key=&00000000 value=&1111111122222222
bpf MAP_LOOKUP_ELEM map_fd=locked key=&00000000 value=&?8 => ok value=0000000022222222
bpf MAP_UPDATE_ELEM map_fd=locked key=&00000000 value=&3333333344444444 flags=F_LOCK
bpf MAP_UPDATE_ELEM map_fd=locked key=&00000000 value=&3333333344444444 flags=F_LOCK|NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=locked key=&01000000 value=&3333333344444444 flags=F_LOCK|EXIST => E2BIG
bpf MAP_LOOKUP_ELEM map_fd=locked key=&00000000 value=&?8 flags=F_LOCK => ok value=0000000044444444
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=locked key=&00000000 value=&?8 flags=F_LOCK => ENOTSUPP
bpf MAP_FREEZE map_fd=locked => ENOTSUPP
bpf OBJ_GET_INFO_BY_FD bpf_fd=locked info_len=88 info=&?88[68..76] => ok info=0100000004000000
bpf MAP_UPDATE_ELEM map_fd=hashed key=&00000000 value=&1111111122222222
bpf MAP_LOOKUP_ELEM map_fd=hashed key=&00000000 value=&?8 => ok value=0000000022222222
bpf MAP_UPDATE_ELEM map_fd=hashed key=&00000000 value=&3333333344444444 flags=F_LOCK
bpf MAP_UPDATE_ELEM map_fd=hashed key=&00000000 value=&3333333344444444 flags=F_LOCK|NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=hashed key=&01000000 value=&3333333344444444 flags=F_LOCK|EXIST => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=hashed key=&00000000 value=&?8 flags=F_LOCK => ok value=0000000044444444
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hashed key=&00000000 value=&?8 flags=F_LOCK => ok value=0000000044444444
bpf MAP_FREEZE map_fd=hashed => ENOTSUPP
bpf OBJ_GET_INFO_BY_FD bpf_fd=hashed info_len=88 info=&?88[68..76] => ok info=0100000004000000
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 -> plain
bpf MAP_LOOKUP_ELEM map_fd=plain key=&00000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=plain key=bad value=bad flags=F_LOCK => EINVAL

# special values need CAP_BPF
become root CAP_NET_ADMIN
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=4 -> m64 => EPERM
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=types btf_key_type_id=1 btf_value_type_id=2 -> m65 => EPERM
become root all

# the kernel's own types are none for a map
bpf BTF_GET_FD_BY_ID btf_id=1 -> vmlinux
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 btf_fd=vmlinux btf_key_type_id=1 btf_value_type_id=2 -> m66 => EACCES

# a struct with two locks is no type
bpf BTF_LOAD btf=&9feb010018000000000000005c0000005c0000006000000001000000000000010400000020000001050000000000000108000000400000010a00000001000004040000000100000001000000000000004500000002000004080000001e00000003000000000000003f000000030000002000000000696e74006c6f6e67006270665f7370696e5f6c6f636b0076616c7565006c6f636b002e6461746100766172006270665f74696d65720074696d65640074006f746865720074776f006270665f6367726f75705f73746f726167655f6b657900 btf_size=212 -> no => E2BIG
