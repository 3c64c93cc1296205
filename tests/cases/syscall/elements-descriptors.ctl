# Elements that stand for programs, maps and devices
program p q
xdp x

# programs
bpf MAP_CREATE map_type=PROG_ARRAY key_size=4 value_size=4 max_entries=2 -> progs
bpf MAP_LOOKUP_ELEM map_fd=progs key=&00000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=progs key=&02000000 value=&?4 => ENOENT
bpf MAP_DELETE_ELEM map_fd=progs key=&00000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=progs key=&02000000 => E2BIG
bpf MAP_GET_NEXT_KEY map_fd=progs next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=progs key=&01000000 next_key=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=progs key=&00000000 value=&?4 => ENOTSUPP
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(closed) => EBADF
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(progs) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(closed) flags=EXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=progs key=&02000000 value=&fds(closed) => E2BIG
bpf MAP_UPDATE_ELEM map_fd=progs key=&02000000 value=&fds(closed) flags=EXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(p) flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(p) flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=progs key=&02000000 value=&fds(p) => E2BIG
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(p)
bpf MAP_UPDATE_ELEM map_fd=progs key=&01000000 value=&fds(x) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(q)
bpf MAP_LOOKUP_ELEM map_fd=progs key=&00000000 value=&zeros(4)
bpf MAP_LOOKUP_ELEM map_fd=progs key=&01000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=progs key=&00000000 value=bad => EFAULT
bpf MAP_DELETE_ELEM map_fd=progs key=&00000000
bpf MAP_DELETE_ELEM map_fd=progs key=&00000000 => ENOENT
bpf MAP_FREEZE map_fd=progs
bpf MAP_UPDATE_ELEM map_fd=progs key=&00000000 value=&fds(p) => EPERM
bpf MAP_DELETE_ELEM map_fd=progs key=&00000000 => EPERM

# array of maps
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> inner
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=3 -> longer
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=2 -> narrow
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2 -> hash
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 map_flags=F_MMAPABLE -> mapped
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=5 map_flags=F_INNER_MAP -> any
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=9 -> bigger
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2 map_flags=F_NO_PREALLOC -> lazy
bpf MAP_CREATE map_type=HASH key_size=8 value_size=8 max_entries=2 -> keyed
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=closed -> no => EBADF
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=p -> no => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=progs -> no => ENOTSUPP
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=hash -> of_hash
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=any -> of_any
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=mapped -> of_mapped
bpf MAP_CREATE map_type=CGROUP_STORAGE key_size=8 value_size=8 max_entries=0 -> group
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=group -> no => ENOTSUPP
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=4096 -> ring
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=ring -> of_ring
bpf MAP_CREATE map_type=RINGBUF key_size=0 value_size=0 max_entries=8192 -> ring2
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=inner -> maps
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=maps -> no => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=maps key=&00000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=maps key=&02000000 value=&?4 => ENOENT
bpf MAP_DELETE_ELEM map_fd=maps key=&00000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=maps key=&02000000 => E2BIG
bpf MAP_GET_NEXT_KEY map_fd=maps next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=maps key=&01000000 next_key=&?4 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(closed) => EBADF
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(p) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(inner)
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(longer) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(narrow) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(hash) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(mapped) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(any) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(maps) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(closed) flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(closed) flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(inner) flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&01000000 value=&fds(inner) flags=NOEXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(inner) flags=EXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(inner) flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&00000000 value=&fds(inner) flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=maps key=&02000000 value=&fds(inner) flags=0 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=maps key=&03000000 value=&fds(inner) flags=0 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=maps key=&03000000 value=&fds(closed) flags=0 => E2BIG
bpf MAP_LOOKUP_ELEM map_fd=maps key=&00000000 value=&zeros(4)
bpf MAP_DELETE_ELEM map_fd=maps key=&00000000
bpf MAP_DELETE_ELEM map_fd=maps key=&00000000 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=maps key=&01000000 value=&?4 => ENOTSUPP
bpf MAP_LOOKUP_ELEM map_fd=maps key=&00000000 value=&?4 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=of_hash key=&00000000 value=&fds(hash)
bpf MAP_UPDATE_ELEM map_fd=of_hash key=&00000000 value=&fds(bigger)
bpf MAP_UPDATE_ELEM map_fd=of_hash key=&00000000 value=&fds(lazy) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=of_hash key=&00000000 value=&fds(keyed) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=of_hash key=&00000000 value=&fds(inner) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=of_any key=&00000000 value=&fds(any)
bpf MAP_UPDATE_ELEM map_fd=of_any key=&00000000 value=&fds(inner) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=of_any key=&00000000 value=&fds(longer) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=of_mapped key=&00000000 value=&fds(mapped)
bpf MAP_UPDATE_ELEM map_fd=of_mapped key=&00000000 value=&fds(inner) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=of_ring key=&00000000 value=&fds(ring)
bpf MAP_UPDATE_ELEM map_fd=of_ring key=&00000000 value=&fds(ring2)

# hash of maps
bpf MAP_CREATE map_type=HASH_OF_MAPS key_size=4 value_size=4 max_entries=2 inner_map_fd=inner -> named
bpf MAP_LOOKUP_ELEM map_fd=named key=&00000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=named key=&02000000 value=&?4 => ENOENT
bpf MAP_DELETE_ELEM map_fd=named key=&00000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=named key=&02000000 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=named next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=named key=&01000000 next_key=&?4 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(closed) => EBADF
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(p) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(inner)
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(longer) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(narrow) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(hash) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(mapped) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(any) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(named) => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(closed) flags=NOEXIST => EBADF
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(closed) flags=8 => EBADF
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(inner) flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=named key=&01000000 value=&fds(inner) flags=NOEXIST
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(inner) flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(inner) flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&00000000 value=&fds(inner) flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=named key=&02000000 value=&fds(inner) flags=0 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=named key=&03000000 value=&fds(inner) flags=0 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=named key=&03000000 value=&fds(closed) flags=0 => EBADF
bpf MAP_LOOKUP_ELEM map_fd=named key=&00000000 value=&zeros(4)
bpf MAP_DELETE_ELEM map_fd=named key=&00000000
bpf MAP_DELETE_ELEM map_fd=named key=&00000000 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=named key=&01000000 value=&?4 => ENOTSUPP
bpf MAP_LOOKUP_ELEM map_fd=named key=&00000000 value=&?4 => ENOENT

# devices
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=2 -> dev
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=8 max_entries=2 -> dev8
bpf MAP_LOOKUP_ELEM map_fd=dev key=&00000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=dev key=&02000000 value=&?4 => ENOENT
bpf MAP_DELETE_ELEM map_fd=dev key=&00000000
bpf MAP_DELETE_ELEM map_fd=dev key=&02000000 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=dev next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=dev key=&00000000 next_key=&?4 => ok next_key=01000000
bpf MAP_GET_NEXT_KEY map_fd=dev key=&01000000 next_key=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=dev key=&00000000 value=&?4 => ENOTSUPP
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&ffffff7f => EINVAL
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&01000000
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&01000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&01000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&01000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&01000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=dev key=&02000000 value=&01000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=dev key=&02000000 value=&01000000 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=dev key=&01000000 value=&01000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&00000000
bpf MAP_UPDATE_ELEM map_fd=dev key=&01000000 value=&00000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=dev key=&01000000 value=&00000000 flags=NOEXIST => EEXIST
bpf MAP_LOOKUP_ELEM map_fd=dev key=&00000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=dev key=&01000000 value=&?4 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=dev8 key=&00000000 value=&0100000000000000
bpf MAP_UPDATE_ELEM map_fd=dev8 key=&00000000 value=&01000000ffffffff
bpf MAP_UPDATE_ELEM map_fd=dev8 key=&00000000 value=&01000000ffffff3f => EINVAL
bpf MAP_UPDATE_ELEM map_fd=dev8 key=&00000000 value=&0000000005000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=dev8 key=&00000000 value=&0000000000000000
bpf MAP_UPDATE_ELEM map_fd=dev8 key=&00000000 value=&00000000ffffffff
bpf MAP_LOOKUP_ELEM map_fd=dev8 key=&00000000 value=&?8 => ENOENT
bpf MAP_DELETE_ELEM map_fd=dev key=&01000000
bpf MAP_DELETE_ELEM map_fd=dev key=&01000000
bpf MAP_LOOKUP_ELEM map_fd=dev key=&01000000 value=&?4 => ENOENT

# devices by any number
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=4 max_entries=2 -> devs
bpf MAP_CREATE map_type=DEVMAP_HASH key_size=4 value_size=8 max_entries=2 -> devs8
bpf MAP_LOOKUP_ELEM map_fd=devs key=&00000000 value=&?4 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=devs key=&02000000 value=&?4 => ENOENT
bpf MAP_DELETE_ELEM map_fd=devs key=&00000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=devs key=&02000000 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=devs next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=devs key=&00000000 next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=devs key=&01000000 next_key=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=devs key=&00000000 value=&?4 => ENOTSUPP
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&ffffff7f => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&01000000
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&01000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&01000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&01000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&01000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs key=&02000000 value=&01000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs key=&02000000 value=&01000000
bpf MAP_UPDATE_ELEM map_fd=devs key=&01000000 value=&01000000 flags=NOEXIST => E2BIG
bpf MAP_UPDATE_ELEM map_fd=devs key=&00000000 value=&00000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs key=&01000000 value=&00000000 flags=EXIST => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs key=&01000000 value=&00000000 flags=NOEXIST => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=devs key=&00000000 value=&?4 => ok value=01000000
bpf MAP_LOOKUP_ELEM map_fd=devs key=&01000000 value=&?4 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=devs8 key=&00000000 value=&0100000000000000
bpf MAP_UPDATE_ELEM map_fd=devs8 key=&00000000 value=&01000000ffffffff
bpf MAP_UPDATE_ELEM map_fd=devs8 key=&00000000 value=&01000000ffffff3f => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs8 key=&00000000 value=&0000000005000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs8 key=&00000000 value=&0000000000000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=devs8 key=&00000000 value=&00000000ffffffff => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=devs8 key=&00000000 value=&?8 => ok value=0100000000000000
bpf MAP_DELETE_ELEM map_fd=devs key=&01000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=devs key=&01000000 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=devs key=&01000000 value=&?4 => ENOENT
