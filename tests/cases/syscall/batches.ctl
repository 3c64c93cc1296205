# Batches: what is asked first, counts, ends
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=3 -> a

# flags, count
bpf MAP_LOOKUP_BATCH map_fd=a count=1 elem_flags=1 => EINVAL
bpf MAP_LOOKUP_BATCH map_fd=a count=0
bpf MAP_LOOKUP_BATCH map_fd=a count=1 elem_flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=a count=1 elem_flags=1 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=a count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=a count=1 elem_flags=F_LOCK => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=a count=1 elem_flags=1 => EINVAL
bpf MAP_UPDATE_BATCH map_fd=a count=0
bpf MAP_UPDATE_BATCH map_fd=a count=1 elem_flags=F_LOCK => EINVAL
bpf MAP_DELETE_BATCH map_fd=a count=1 elem_flags=1 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=a count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=a count=1 elem_flags=F_LOCK => ENOTSUPP

# arrays
bpf MAP_UPDATE_BATCH map_fd=a count=3 keys=&000000000100000002000000 values=&0a0000000b0000000c000000
bpf MAP_UPDATE_BATCH map_fd=a count=3 keys=&000000000500000002000000 values=&140000001500000016000000 => E2BIG count=1
bpf MAP_UPDATE_BATCH map_fd=a count=2 keys=&0000000001000000 values=bad => EFAULT count=0
bpf MAP_UPDATE_BATCH map_fd=a count=2 keys=bad values=bad => EFAULT count=0
bpf MAP_UPDATE_BATCH map_fd=a count=2 keys=&0000000001000000 values=&0100000002000000 flags=7
bpf MAP_LOOKUP_BATCH map_fd=a count=2 out_batch=&?4 keys=&?8 values=&?8 => ok out_batch=01000000 keys=0000000001000000 values=0100000002000000
bpf MAP_LOOKUP_BATCH map_fd=a count=2 in_batch=&01000000 out_batch=&?4 keys=&?8 values=&?8 => ENOENT count=1 out_batch=02000000 keys=0200000000000000 values=0c00000000000000
bpf MAP_LOOKUP_BATCH map_fd=a count=3 out_batch=&?4 keys=&?12 values=&?12 => ok out_batch=02000000 keys=000000000100000002000000 values=01000000020000000c000000
bpf MAP_LOOKUP_BATCH map_fd=a count=4 out_batch=&?4 keys=&?16 values=&?16 => ENOENT count=3 out_batch=02000000 keys=00000000010000000200000000000000 values=01000000020000000c00000000000000
bpf MAP_LOOKUP_BATCH map_fd=a count=2 in_batch=&02000000 out_batch=&?4 keys=&?8 values=&?8 => ENOENT count=0
bpf MAP_LOOKUP_BATCH map_fd=a count=1 out_batch=bad keys=&?4 values=&?4 => EFAULT values=01000000
bpf MAP_LOOKUP_BATCH map_fd=a count=1 out_batch=&?4 keys=bad values=&?4 => EFAULT count=0
bpf MAP_LOOKUP_BATCH map_fd=a count=1 in_batch=bad out_batch=&?4 keys=&?4 values=&?4 => EFAULT count=0
bpf MAP_LOOKUP_BATCH map_fd=a count=1 out_batch=&?4 keys=&?4 values=&?4 flags=9 => ok out_batch=00000000 keys=00000000 values=01000000

# hash maps: batches go by buckets
bpf MAP_CREATE map_type=HASH key_size=4 value_size=4 max_entries=8 -> h
bpf MAP_CREATE map_type=HASH key_size=4 value_size=4 max_entries=1 -> one
bpf MAP_LOOKUP_BATCH map_fd=h count=4 out_batch=&?4 keys=&?16 values=&?16 => ENOENT count=0 out_batch=08000000
bpf MAP_LOOKUP_BATCH map_fd=h count=4 flags=1 out_batch=&?4 keys=&?16 values=&?16 => EINVAL
bpf MAP_UPDATE_BATCH map_fd=h count=2 keys=&0100000002000000 values=&0a00000014000000 elem_flags=NOEXIST => EINVAL
bpf MAP_UPDATE_BATCH map_fd=one count=1 keys=&01000000 values=&0a000000
bpf MAP_UPDATE_BATCH map_fd=one count=2 keys=&0100000002000000 values=&0b00000014000000 => E2BIG count=1
bpf MAP_LOOKUP_BATCH map_fd=one count=1 out_batch=&?4 keys=&?4 values=&?4 => ENOENT out_batch=01000000 keys=01000000 values=0b000000
bpf MAP_LOOKUP_BATCH map_fd=one count=5 out_batch=&?4 keys=&?20 values=&?20 => ENOENT count=1 out_batch=01000000 keys=0100000000000000000000000000000000000000 values=0b00000000000000000000000000000000000000
bpf MAP_LOOKUP_BATCH map_fd=one count=1 in_batch=&01000000 out_batch=&?4 keys=&?4 values=&?4 => ENOENT count=0
bpf MAP_LOOKUP_BATCH map_fd=one count=1 in_batch=&09000000 out_batch=&?4 keys=&?4 values=&?4 => ENOENT count=0
bpf MAP_LOOKUP_BATCH map_fd=one count=1 in_batch=bad out_batch=&?4 keys=&?4 values=&?4 => EFAULT count=0
bpf MAP_LOOKUP_BATCH map_fd=one count=1 out_batch=bad keys=&?4 values=&?4 => EFAULT count=0 keys=01000000 values=0b000000
bpf MAP_LOOKUP_BATCH map_fd=one count=1 out_batch=&?4 keys=bad values=&?4 => EFAULT count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=one count=5 out_batch=&?4 keys=&?20 values=&?20 => ENOENT count=1 out_batch=01000000 keys=0100000000000000000000000000000000000000 values=0b00000000000000000000000000000000000000
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=one count=5 out_batch=&?4 keys=&?20 values=&?20 => ENOENT count=0 out_batch=01000000
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=one count=5 flags=1 => EINVAL
bpf MAP_UPDATE_BATCH map_fd=h count=3 keys=&010000000200000003000000 values=&010000000200000003000000
bpf MAP_DELETE_BATCH map_fd=h count=3 keys=&010000000900000003000000 => ENOENT count=1
bpf MAP_DELETE_BATCH map_fd=h count=1 keys=bad => EFAULT count=0
bpf MAP_DELETE_BATCH map_fd=h count=2 keys=&0200000003000000
bpf MAP_DELETE_BATCH map_fd=h count=1 keys=&02000000 => ENOENT count=0
bpf MAP_DELETE_BATCH map_fd=h count=1 keys=&02000000 flags=1 => ENOENT count=0

# which types have them
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=4 map_flags=F_NO_PREALLOC -> t
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=4 max_entries=4 -> q
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 -> r
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=2 -> p
bpf MAP_CREATE map_type=PERCPU_ARRAY key_size=4 value_size=4 max_entries=2 -> pa
bpf MAP_CREATE map_type=PERCPU_HASH key_size=4 value_size=4 max_entries=2 -> ph
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=4 max_entries=2 -> l
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=a -> am
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=a -> hm
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=2 -> d
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=2 -> dh
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=2 -> e
bpf MAP_CREATE map_type=STACK key_size=0 value_size=4 max_entries=4 -> st
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 -> cg
bpf MAP_CREATE map_type=LRU_PERCPU_HASH key_size=4 value_size=4 max_entries=2 -> lp
bpf MAP_LOOKUP_BATCH map_fd=t count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=t count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=t count=0
bpf MAP_DELETE_BATCH map_fd=t count=0
bpf MAP_LOOKUP_BATCH map_fd=q count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=q count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=q count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=q count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=r count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=r count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=r count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=r count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=p count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=p count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=p count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=p count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=pa count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=pa count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=pa count=0
bpf MAP_DELETE_BATCH map_fd=pa count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=ph count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=ph count=0
bpf MAP_UPDATE_BATCH map_fd=ph count=0
bpf MAP_DELETE_BATCH map_fd=ph count=0
bpf MAP_LOOKUP_BATCH map_fd=l count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=l count=0
bpf MAP_UPDATE_BATCH map_fd=l count=0
bpf MAP_DELETE_BATCH map_fd=l count=0
bpf MAP_LOOKUP_BATCH map_fd=am count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=am count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=am count=0
bpf MAP_DELETE_BATCH map_fd=am count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=hm count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=hm count=0
bpf MAP_UPDATE_BATCH map_fd=hm count=0
bpf MAP_DELETE_BATCH map_fd=hm count=0
bpf MAP_LOOKUP_BATCH map_fd=d count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=d count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=d count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=d count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=dh count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=dh count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=dh count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=dh count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=e count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=e count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=e count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=e count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=st count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=st count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=st count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=st count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=cg count=0 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=cg count=0 => ENOTSUPP
bpf MAP_UPDATE_BATCH map_fd=cg count=0 => ENOTSUPP
bpf MAP_DELETE_BATCH map_fd=cg count=0 => ENOTSUPP
bpf MAP_LOOKUP_BATCH map_fd=lp count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=lp count=0
bpf MAP_UPDATE_BATCH map_fd=lp count=0
bpf MAP_DELETE_BATCH map_fd=lp count=0

# tries
bpf MAP_UPDATE_BATCH map_fd=t count=3 keys=&080000000a000000100000000a0100002800000000000000 values=&010000000200000003000000 => EINVAL count=2
bpf MAP_LOOKUP_BATCH map_fd=t count=4 out_batch=&?8 keys=&?32 values=&?16 => ENOENT count=2 out_batch=080000000a000000 keys=100000000a010000080000000a00000000000000000000000000000000000000 values=02000000010000000000000000000000
bpf MAP_LOOKUP_BATCH map_fd=t count=1 out_batch=&?8 keys=&?8 values=&?4 => ok out_batch=100000000a010000 keys=100000000a010000 values=02000000
bpf MAP_DELETE_BATCH map_fd=t count=2 keys=&080000000a000000090000000a000000 => ENOENT count=1
bpf MAP_LOOKUP_BATCH map_fd=t count=1 out_batch=&?8 keys=&?8 values=&?4 flags=3 => ok out_batch=100000000a010000 keys=100000000a010000 values=02000000

# maps of maps
bpf MAP_UPDATE_BATCH map_fd=am count=2 keys=&0000000001000000 values=&fds(a,a)
bpf MAP_UPDATE_BATCH map_fd=am count=2 keys=&0000000001000000 values=&fds(a,h) => EINVAL count=1
bpf MAP_UPDATE_BATCH map_fd=hm count=2 keys=&0000000001000000 values=&fds(a,closed) => EBADF count=1
bpf MAP_LOOKUP_BATCH map_fd=am count=2 out_batch=&?4 keys=&?8 values=&zeros(8) => ok out_batch=01000000 keys=0000000001000000
bpf MAP_LOOKUP_BATCH map_fd=hm count=2 out_batch=&zeros(4) keys=&?8 values=&zeros(8) => ENOENT count=1
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=hm count=2 out_batch=&zeros(4) keys=&?8 values=&zeros(8) => ENOENT count=1
bpf MAP_DELETE_BATCH map_fd=hm count=1 keys=&00000000 => ENOENT count=0
