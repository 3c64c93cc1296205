# Elements of hash maps: look up, update, delete, next, look up and delete

# hash
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2 -> hash
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2 map_flags=F_NO_PREALLOC -> lazy
bpf MAP_LOOKUP_ELEM map_fd=hash key=&01000000 value=&?8 => ENOENT
bpf MAP_DELETE_ELEM map_fd=hash key=&01000000 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=hash next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=hash key=&01000000 next_key=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hash key=&01000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=EXIST => ENOENT
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=0x100000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=NOEXIST
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000
bpf MAP_LOOKUP_ELEM map_fd=hash key=&01000000 value=&?8 => ok value=0b00000000000000
bpf MAP_LOOKUP_ELEM map_fd=hash key=&01000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=hash key=&01000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=hash next_key=&?4 => ok next_key=01000000
bpf MAP_GET_NEXT_KEY map_fd=hash key=&01000000 next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=hash key=&4d000000 next_key=&?4 => ok next_key=01000000
bpf MAP_GET_NEXT_KEY map_fd=hash key=bad next_key=&?4 => EFAULT
bpf MAP_GET_NEXT_KEY map_fd=hash next_key=bad => EFAULT

# no more room
bpf MAP_UPDATE_ELEM map_fd=hash key=&02000000 value=&0c00000000000000
bpf MAP_UPDATE_ELEM map_fd=hash key=&03000000 value=&0d00000000000000 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=hash key=&03000000 value=&0d00000000000000 flags=EXIST => ENOENT
bpf MAP_UPDATE_ELEM map_fd=hash key=&03000000 value=&0d00000000000000 flags=NOEXIST => E2BIG
bpf MAP_UPDATE_ELEM map_fd=hash key=&02000000 value=&0e00000000000000
bpf MAP_UPDATE_ELEM map_fd=hash key=&02000000 value=&0e00000000000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=lazy key=&01000000 value=&0100000000000000
bpf MAP_UPDATE_ELEM map_fd=lazy key=&02000000 value=&0200000000000000
bpf MAP_UPDATE_ELEM map_fd=lazy key=&03000000 value=&0300000000000000 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=lazy key=&02000000 value=&0900000000000000
bpf MAP_LOOKUP_ELEM map_fd=lazy key=&02000000 value=&?8 => ok value=0900000000000000

# gone
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hash key=&01000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hash key=&01000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hash key=&01000000 value=&?8 => ok value=0b00000000000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hash key=&01000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0500000000000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=hash key=&01000000 value=bad => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=hash key=&01000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=hash key=&01000000 value=&0b00000000000000
bpf MAP_DELETE_ELEM map_fd=hash key=&01000000
bpf MAP_DELETE_ELEM map_fd=hash key=&01000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=hash key=bad => EFAULT
bpf MAP_DELETE_ELEM map_fd=hash key=null => EFAULT

# lru hash
bpf MAP_CREATE map_type=LRU_HASH key_size=4 value_size=8 max_entries=2 -> lru
bpf MAP_LOOKUP_ELEM map_fd=lru key=&01000000 value=&?8 => ENOENT
bpf MAP_DELETE_ELEM map_fd=lru key=&01000000 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=lru next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=lru key=&01000000 next_key=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=lru key=&01000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=EXIST => ENOENT
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=0x100000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=NOEXIST
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000
bpf MAP_LOOKUP_ELEM map_fd=lru key=&01000000 value=&?8 => ok value=0b00000000000000
bpf MAP_LOOKUP_ELEM map_fd=lru key=&01000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=lru key=&01000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=lru next_key=&?4 => ok next_key=01000000
bpf MAP_GET_NEXT_KEY map_fd=lru key=&01000000 next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=lru key=&4d000000 next_key=&?4 => ok next_key=01000000
bpf MAP_GET_NEXT_KEY map_fd=lru key=bad next_key=&?4 => EFAULT
bpf MAP_GET_NEXT_KEY map_fd=lru next_key=bad => EFAULT

# gone
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=lru key=&01000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=lru key=&01000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=lru key=&01000000 value=&?8 => ok value=0b00000000000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=lru key=&01000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0500000000000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=lru key=&01000000 value=bad => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=lru key=&01000000 value=&?8 => ENOENT
bpf MAP_UPDATE_ELEM map_fd=lru key=&01000000 value=&0b00000000000000
bpf MAP_DELETE_ELEM map_fd=lru key=&01000000
bpf MAP_DELETE_ELEM map_fd=lru key=&01000000 => ENOENT
bpf MAP_DELETE_ELEM map_fd=lru key=bad => EFAULT
bpf MAP_DELETE_ELEM map_fd=lru key=null => EFAULT
