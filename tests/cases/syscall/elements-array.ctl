# Elements of arrays: look up, update, delete, next, look up and delete
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> a

# look up
bpf MAP_LOOKUP_ELEM map_fd=a key=&01000000 value=&?8 => ok value=0000000000000000
bpf MAP_LOOKUP_ELEM map_fd=a key=&01000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=a key=&01000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=a key=&01000000 value=&?8 flags=NOEXIST => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=a key=&01000000 value=&?8 flags=8 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=a key=&02000000 value=&?8 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=a key=&ffffffff value=&?8 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=a key=bad value=&?8 => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=a key=null value=&?8 => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=a key=&00000000 value=bad => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=a key=&05000000 value=bad => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=a key=&00000000 value=null => EFAULT

# update
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=&0a00000000000000 flags=0x100000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000 flags=EXIST
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000 flags=NOEXIST => EEXIST
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&01000000 value=&0b00000000000000 flags=0x100000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 => E2BIG
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 flags=EXIST => E2BIG
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 flags=NOEXIST => E2BIG
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 flags=3 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 flags=8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=&0c00000000000000 flags=0x100000000 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=a key=bad value=bad => EFAULT
bpf MAP_UPDATE_ELEM map_fd=a key=&00000000 value=bad => EFAULT
bpf MAP_UPDATE_ELEM map_fd=a key=&02000000 value=bad flags=8 => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=a key=&00000000 value=&?8 => ok value=0a00000000000000
bpf MAP_LOOKUP_ELEM map_fd=a key=&01000000 value=&?8 => ok value=0b00000000000000

# delete
bpf MAP_DELETE_ELEM map_fd=a key=&00000000 => EINVAL
bpf MAP_DELETE_ELEM map_fd=a key=&09000000 => EINVAL
bpf MAP_DELETE_ELEM map_fd=a key=bad => EFAULT
bpf MAP_DELETE_ELEM map_fd=a key=&00000000 at(16)=1 size=20 => EINVAL
bpf MAP_DELETE_ELEM map_fd=a key=&00000000 at(24)=1 size=28 => EINVAL

# next
bpf MAP_GET_NEXT_KEY map_fd=a next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=a key=&00000000 next_key=&?4 => ok next_key=01000000
bpf MAP_GET_NEXT_KEY map_fd=a key=&01000000 next_key=&?4 => ENOENT
bpf MAP_GET_NEXT_KEY map_fd=a key=&02000000 next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=a key=&ffffffff next_key=&?4 => ok next_key=00000000
bpf MAP_GET_NEXT_KEY map_fd=a key=bad next_key=&?4 => EFAULT
bpf MAP_GET_NEXT_KEY map_fd=a next_key=bad => EFAULT
bpf MAP_GET_NEXT_KEY map_fd=a key=&01000000 next_key=bad => ENOENT

# look up and delete
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=a key=&00000000 value=&?8 => ENOTSUPP
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=a key=&00000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=a key=&00000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=a key=bad value=bad => EFAULT
