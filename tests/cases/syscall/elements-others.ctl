# Elements of tries, queues, stacks, bloom filters there are none of, ring buffers

# longest prefix
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=3 map_flags=F_NO_PREALLOC -> t
bpf MAP_LOOKUP_ELEM map_fd=t key=&200000000a000001 value=&?4 => ENOENT
bpf MAP_DELETE_ELEM map_fd=t key=&080000000a000000 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=t next_key=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=EXIST => ENOENT
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=NOEXIST
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=t key=&080000000a000000 value=&01000000
bpf MAP_UPDATE_ELEM map_fd=t key=&210000000a000000 value=&01000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=t key=&ffffffff0a000000 value=&01000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=t key=&210000000a000000 value=&01000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=t key=&100000000a010000 value=&02000000
bpf MAP_UPDATE_ELEM map_fd=t key=&200000000a010203 value=&03000000
bpf MAP_UPDATE_ELEM map_fd=t key=&0000000000000000 value=&04000000 => ENOSPC
bpf MAP_UPDATE_ELEM map_fd=t key=&100000000a010000 value=&05000000
bpf MAP_UPDATE_ELEM map_fd=t key=&100000000a01ffff value=&06000000
bpf MAP_LOOKUP_ELEM map_fd=t key=&200000000a010203 value=&?4 => ok value=03000000
bpf MAP_LOOKUP_ELEM map_fd=t key=&200000000a010204 value=&?4 => ok value=06000000
bpf MAP_LOOKUP_ELEM map_fd=t key=&200000000a020304 value=&?4 => ok value=01000000
bpf MAP_LOOKUP_ELEM map_fd=t key=&200000000b000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=t key=&080000000a000000 value=&?4 => ok value=01000000
bpf MAP_LOOKUP_ELEM map_fd=t key=&070000000a000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=t key=&210000000a010203 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=t key=&000000000a010203 value=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=t next_key=&?8 => ok next_key=200000000a010203
bpf MAP_GET_NEXT_KEY map_fd=t key=&200000000a010203 next_key=&?8 => ok next_key=100000000a01ffff
bpf MAP_GET_NEXT_KEY map_fd=t key=&100000000a010000 next_key=&?8 => ok next_key=080000000a000000
bpf MAP_GET_NEXT_KEY map_fd=t key=&080000000a000000 next_key=&?8 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=t key=&090000000a000000 next_key=&?8 => ok next_key=200000000a010203
bpf MAP_GET_NEXT_KEY map_fd=t key=&280000000a000000 next_key=&?8 => ok next_key=200000000a010203
bpf MAP_DELETE_ELEM map_fd=t key=&210000000a010203 => EINVAL
bpf MAP_DELETE_ELEM map_fd=t key=&180000000a010200 => ENOENT
bpf MAP_DELETE_ELEM map_fd=t key=&100000000a01aaaa
bpf MAP_DELETE_ELEM map_fd=t key=&100000000a010000 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=t key=&200000000a010204 value=&?4 => ok value=01000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=t key=&080000000a000000 value=&?4 => ENOTSUPP

# queue
bpf MAP_CREATE map_type=QUEUE key_size=0 value_size=4 max_entries=2 -> queue
bpf MAP_LOOKUP_ELEM map_fd=queue value=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=queue value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=queue key=&00000000 value=&?4 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=queue next_key=&?4 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=queue key=&00000000 next_key=&?4 => EINVAL
bpf MAP_DELETE_ELEM map_fd=queue => EINVAL
bpf MAP_DELETE_ELEM map_fd=queue key=&00000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=queue value=&01000000
bpf MAP_UPDATE_ELEM map_fd=queue value=&01000000 flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=queue value=&01000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=queue value=&01000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=queue value=&02000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=queue value=&03000000 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=queue value=&04000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=queue key=&00000000 value=&09000000 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=queue value=&?4 => ok value=02000000
bpf MAP_LOOKUP_ELEM map_fd=queue value=&?4 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=queue value=&?4 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=queue value=&?4 flags=EXIST => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=queue key=&00000000 value=&?4 => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=queue value=&?4 => ok value=02000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=queue value=bad => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=queue value=&?4 => ENOENT

# stack
bpf MAP_CREATE map_type=STACK key_size=0 value_size=4 max_entries=2 -> stack
bpf MAP_LOOKUP_ELEM map_fd=stack value=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=stack value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=stack key=&00000000 value=&?4 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=stack next_key=&?4 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=stack key=&00000000 next_key=&?4 => EINVAL
bpf MAP_DELETE_ELEM map_fd=stack => EINVAL
bpf MAP_DELETE_ELEM map_fd=stack key=&00000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=stack value=&01000000
bpf MAP_UPDATE_ELEM map_fd=stack value=&01000000 flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=stack value=&01000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=stack value=&01000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=stack value=&02000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=stack value=&03000000 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=stack value=&04000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=stack key=&00000000 value=&09000000 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=stack value=&?4 => ok value=04000000
bpf MAP_LOOKUP_ELEM map_fd=stack value=&?4 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=stack value=&?4 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=stack value=&?4 flags=EXIST => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=stack key=&00000000 value=&?4 => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=stack value=&?4 => ok value=04000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=stack value=bad => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=stack value=&?4 => ENOENT

# ring buffer, perf event array
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 -> ring
bpf MAP_LOOKUP_ELEM map_fd=ring value=&?4 => ENOTSUPP
bpf MAP_LOOKUP_ELEM map_fd=ring key=&00000000 value=&?4 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=ring value=null => ENOTSUPP
bpf MAP_UPDATE_ELEM map_fd=ring key=&00000000 value=null => EINVAL
bpf MAP_DELETE_ELEM map_fd=ring => ENOTSUPP
bpf MAP_GET_NEXT_KEY map_fd=ring next_key=&?4 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=ring value=&?4 => ENOTSUPP
bpf MAP_CREATE map_type=PERF_EVENT_ARRAY key_size=4 value_size=4 max_entries=2 -> perf
bpf MAP_LOOKUP_ELEM map_fd=perf key=&00000000 value=&?4 => ENOTSUPP
bpf MAP_LOOKUP_ELEM map_fd=perf key=&02000000 value=&?4 => ENOTSUPP
bpf MAP_UPDATE_ELEM map_fd=perf key=&00000000 value=&ffffff3f => EBADF
bpf MAP_UPDATE_ELEM map_fd=perf key=&02000000 value=&ffffff3f => E2BIG
bpf MAP_UPDATE_ELEM map_fd=perf key=&02000000 value=&ffffff3f flags=EXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=perf key=&00000000 value=&ffffff3f flags=NOEXIST => EINVAL
bpf MAP_DELETE_ELEM map_fd=perf key=&00000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=perf key=&02000000 => E2BIG
bpf MAP_GET_NEXT_KEY map_fd=perf next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=perf key=&01000000 next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=perf key=&00000000 next_key=&?4 => ok next_key=01000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=perf key=&00000000 value=&?4 => ENOTSUPP
bpf MAP_UPDATE_ELEM map_fd=perf key=&00000000 value=&fds(perf) => EBADF

# storage of control groups, of sockets
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 -> group
bpf MAP_LOOKUP_ELEM map_fd=group key=&0100000000000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=group key=&0100000000000000 value=&0100000000000000 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=group key=&0100000000000000 value=&0100000000000000 flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=group key=&0100000000000000 value=&0100000000000000 flags=EXIST => ENOENT
bpf MAP_UPDATE_ELEM map_fd=group key=&0100000000000000 value=&0100000000000000 flags=8 => EINVAL
bpf MAP_DELETE_ELEM map_fd=group key=&0100000000000000 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=group next_key=&?8 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=group key=&0100000000000000 next_key=&?8 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=group key=&0100000000000000 value=&?8 => ENOTSUPP
