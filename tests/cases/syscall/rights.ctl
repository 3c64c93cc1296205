# Rights of a descriptor, and frozen maps

# created with F_RDONLY
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2 map_flags=F_RDONLY -> ro
bpf OBJ_GET_INFO_BY_FD bpf_fd=ro info_len=88 info=&?map => ok type=1 key_size=4 value_size=8 max_entries=2 map_flags=0x0 name=
bpf MAP_LOOKUP_ELEM map_fd=ro key=&00000000 value=&?8 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=ro key=&00000000 value=&?8 flags=8 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=ro key=&00000000 value=&?8 flags=F_LOCK => EINVAL
bpf MAP_UPDATE_ELEM map_fd=ro key=&00000000 value=&0100000000000000 => EPERM
bpf MAP_UPDATE_ELEM map_fd=ro key=&00000000 value=&0100000000000000 flags=8 => EPERM
bpf MAP_DELETE_ELEM map_fd=ro key=&00000000 => EPERM
bpf MAP_GET_NEXT_KEY map_fd=ro next_key=&?4 => ENOENT
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=ro key=&00000000 value=&?8 => EPERM
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=ro key=&00000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_LOOKUP_BATCH map_fd=ro count=1 => EFAULT count=0
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=ro count=1 => EPERM
bpf MAP_UPDATE_BATCH map_fd=ro count=0 => EPERM
bpf MAP_DELETE_BATCH map_fd=ro count=0 => EPERM
bpf MAP_LOOKUP_BATCH map_fd=ro elem_flags=1 count=1 => EINVAL
bpf MAP_FREEZE map_fd=ro => EPERM

# created with F_WRONLY
bpf MAP_CREATE map_type=HASH key_size=4 value_size=8 max_entries=2 map_flags=F_WRONLY -> wo
bpf OBJ_GET_INFO_BY_FD bpf_fd=wo info_len=88 info=&?map => ok type=1 key_size=4 value_size=8 max_entries=2 map_flags=0x0 name=
bpf MAP_LOOKUP_ELEM map_fd=wo key=&00000000 value=&?8 => EPERM
bpf MAP_LOOKUP_ELEM map_fd=wo key=&00000000 value=&?8 flags=8 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=wo key=&00000000 value=&?8 flags=F_LOCK => EPERM
bpf MAP_UPDATE_ELEM map_fd=wo key=&00000000 value=&0100000000000000
bpf MAP_UPDATE_ELEM map_fd=wo key=&00000000 value=&0100000000000000 flags=8 => EINVAL
bpf MAP_DELETE_ELEM map_fd=wo key=&00000000
bpf MAP_GET_NEXT_KEY map_fd=wo next_key=&?4 => EPERM
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=wo key=&00000000 value=&?8 => EPERM
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=wo key=&00000000 value=&?8 flags=EXIST => EINVAL
bpf MAP_LOOKUP_BATCH map_fd=wo count=1 => EPERM
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=wo count=1 => EPERM
bpf MAP_UPDATE_BATCH map_fd=wo count=0
bpf MAP_DELETE_BATCH map_fd=wo count=0
bpf MAP_LOOKUP_BATCH map_fd=wo elem_flags=1 count=1 => EPERM
bpf MAP_FREEZE map_fd=wo

# frozen: user space may not write any more, through any descriptor
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> f
bpf MAP_UPDATE_ELEM map_fd=f key=&00000000 value=&0700000000000000
bpf MAP_FREEZE map_fd=f
bpf MAP_FREEZE map_fd=f => EPERM
bpf MAP_LOOKUP_ELEM map_fd=f key=&00000000 value=&?8 => ok value=0700000000000000
bpf MAP_UPDATE_ELEM map_fd=f key=&00000000 value=&0800000000000000 => EPERM
bpf MAP_UPDATE_ELEM map_fd=f key=&09000000 value=&0800000000000000 flags=8 => EPERM
bpf MAP_DELETE_ELEM map_fd=f key=&00000000 => EPERM
bpf MAP_GET_NEXT_KEY map_fd=f next_key=&?4 => ok next_key=00000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=f key=&00000000 value=&?8 => EPERM
bpf MAP_UPDATE_BATCH map_fd=f count=0 => EPERM
bpf MAP_LOOKUP_BATCH map_fd=f count=0
bpf MAP_GET_FD_BY_ID map_id=id(f) -> again
bpf MAP_UPDATE_ELEM map_fd=again key=&00000000 value=&0100000000000000 => EPERM
bpf MAP_GET_FD_BY_ID map_id=id(f) open_flags=F_WRONLY -> again2
bpf MAP_UPDATE_ELEM map_fd=again2 key=&00000000 value=&0100000000000000 => EPERM
bpf OBJ_PIN pathname=&"/sys/fs/bpf/f" bpf_fd=f
bpf OBJ_GET pathname=&"/sys/fs/bpf/f" file_flags=F_WRONLY -> pinned
bpf MAP_UPDATE_ELEM map_fd=pinned key=&00000000 value=&0100000000000000 => EPERM
bpf MAP_LOOKUP_ELEM map_fd=pinned key=&00000000 value=&?8 => EPERM
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=6 insns=&asm(r1 = map_idx[0][0]+0; r2 = 1; lock *(u64 *)(r1 +0) += r2; r0 = -1; exit) license=&"GPL" fd_array=&fds(f) -> no => ENOTSUPP
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 -> g
bpf MAP_UPDATE_ELEM map_fd=g key=&00000000 value=&0700000000000000
bpf MAP_FREEZE map_fd=g
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=6 insns=&asm(r1 = map_idx[0][0]+0; r2 = 1; lock *(u64 *)(r1 +0) += r2; r0 = -1; exit) license=&"GPL" fd_array=&fds(g) -> counts
attach counts
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000 x2
bpf MAP_LOOKUP_ELEM map_fd=g key=&00000000 value=&?8 => ok value=0900000000000000

# a map that programs may only read is data to them when it is frozen
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_RDONLY_PROG -> data
bpf MAP_UPDATE_ELEM map_fd=data key=&00000000 value=&0500000000000000
bpf MAP_FREEZE map_fd=data
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0][0]+0; r0 = *(u32 *)(r1 +0); exit) license=&"GPL" fd_array=&fds(data) -> reader
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=5 insns=&asm(r1 = map_idx[0][0]+0; r0 = 0; *(u32 *)(r1 +0) = r0; exit) license=&"GPL" fd_array=&fds(data) -> no => EACCES
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_flags=F_WRONLY_PROG -> sink
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0][0]+0; r0 = *(u32 *)(r1 +0); exit) license=&"GPL" fd_array=&fds(sink) -> no => EACCES
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=5 insns=&asm(r1 = map_idx[0][0]+0; r0 = 0; *(u32 *)(r1 +0) = r0; exit) license=&"GPL" fd_array=&fds(sink) -> writes
