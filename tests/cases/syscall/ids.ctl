# Ids, and descriptors by them
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m
program p
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
bpf BTF_LOAD btf=&9feb010018000000000000000c0000000c000000010000000000000000000002000000000000 btf_size=37 -> t

# a descriptor by id; each kind has its own numbers
bpf MAP_GET_FD_BY_ID map_id=id(m) -> m2
bpf PROG_GET_FD_BY_ID prog_id=id(p) -> p2
bpf LINK_GET_FD_BY_ID link_id=id(l) -> l2
bpf BTF_GET_FD_BY_ID btf_id=id(t) -> t2
bpf BTF_GET_FD_BY_ID btf_id=1 -> vmlinux
bpf MAP_GET_FD_BY_ID map_id=0 -> no => ENOENT
bpf PROG_GET_FD_BY_ID prog_id=0 -> no => ENOENT
bpf LINK_GET_FD_BY_ID link_id=0 -> no => ENOENT
bpf BTF_GET_FD_BY_ID btf_id=0 -> no => ENOENT
bpf MAP_GET_FD_BY_ID map_id=0x7ffffffe -> no => ENOENT
bpf PROG_GET_FD_BY_ID prog_id=0xffffffff -> no => ENOENT
bpf LINK_GET_FD_BY_ID link_id=0x80000000 -> no => ENOENT
bpf BTF_GET_FD_BY_ID btf_id=0x7fffffff -> no => ENOENT

# next_id and open_flags
bpf PROG_GET_FD_BY_ID prog_id=id(p) next_id=1 -> no => EINVAL
bpf PROG_GET_FD_BY_ID prog_id=id(p) open_flags=8 -> no => EINVAL
bpf LINK_GET_FD_BY_ID link_id=id(l) next_id=1 -> no => EINVAL
bpf MAP_GET_FD_BY_ID map_id=id(m) next_id=1 -> m3
bpf MAP_GET_FD_BY_ID map_id=id(m) open_flags=1 -> no => EINVAL
bpf MAP_GET_FD_BY_ID map_id=0 open_flags=F_RDONLY|F_WRONLY -> no => EINVAL
bpf MAP_GET_FD_BY_ID map_id=0 open_flags=F_MMAPABLE -> no => EINVAL
bpf MAP_GET_FD_BY_ID map_id=id(m) open_flags=F_RDONLY -> r
bpf MAP_GET_FD_BY_ID map_id=id(m) open_flags=F_WRONLY -> w

# a descriptor by id has rights of its own
bpf MAP_LOOKUP_ELEM map_fd=r key=&00000000 value=&?8 => ok value=0000000000000000
bpf MAP_UPDATE_ELEM map_fd=r key=&00000000 value=&0000000000000000 => EPERM
bpf MAP_DELETE_ELEM map_fd=r key=&00000000 => EPERM
bpf MAP_GET_NEXT_KEY map_fd=r next_key=&?4 => ok next_key=00000000
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=r key=&00000000 value=&?8 => EPERM
bpf MAP_FREEZE map_fd=r => EPERM
bpf MAP_LOOKUP_BATCH map_fd=r count=0
bpf MAP_UPDATE_BATCH map_fd=r count=0 => EPERM
bpf MAP_LOOKUP_ELEM map_fd=w key=&00000000 value=&?8 => EPERM
bpf MAP_UPDATE_ELEM map_fd=w key=&00000000 value=&0900000000000000
bpf MAP_DELETE_ELEM map_fd=w key=&00000000 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=w next_key=&?4 => EPERM
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=w key=&00000000 value=&?8 => EPERM
bpf MAP_LOOKUP_BATCH map_fd=w count=0 => EPERM
bpf MAP_UPDATE_BATCH map_fd=w count=0
bpf MAP_LOOKUP_ELEM map_fd=r key=&00000000 value=&?8 => ok value=0900000000000000
bpf MAP_LOOKUP_ELEM map_fd=r key=&00000000 value=&?8 flags=1 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=w key=&00000000 value=&?8 flags=4 => EPERM
bpf MAP_LOOKUP_ELEM map_fd=r key=&00000000 value=&?8 flags=4 => EINVAL

# next ids
bpf PROG_GET_NEXT_ID start_id=0x7fffffff => EINVAL
bpf MAP_GET_NEXT_ID start_id=0x7fffffff => EINVAL
bpf LINK_GET_NEXT_ID start_id=0x7fffffff => EINVAL
bpf BTF_GET_NEXT_ID start_id=0x7fffffff => EINVAL
bpf PROG_GET_NEXT_ID start_id=0x7ffffffe => ENOENT
bpf MAP_GET_NEXT_ID start_id=0x7ffffffe => ENOENT
bpf LINK_GET_NEXT_ID start_id=0x7ffffffe => ENOENT
bpf BTF_GET_NEXT_ID start_id=0x7ffffffe => ENOENT
bpf MAP_GET_NEXT_ID start_id=0
bpf PROG_GET_NEXT_ID start_id=0
bpf MAP_GET_NEXT_ID start_id=0 open_flags=5 => EINVAL

# the last descriptor frees the id
close m
close m2
close m3
close r

bpf MAP_GET_FD_BY_ID map_id=id(m) -> m4
close m4
close w
settle
bpf MAP_GET_FD_BY_ID map_id=id(m) -> no => ENOENT
close t
close t2
settle
bpf BTF_GET_FD_BY_ID btf_id=id(t) -> no => ENOENT

# an attached program stays
close p
close p2
bpf PROG_GET_FD_BY_ID prog_id=id(p) -> p3
close p3
close l
close l2
settle
bpf LINK_GET_FD_BY_ID link_id=id(l) -> no => ENOENT
bpf PROG_GET_FD_BY_ID prog_id=id(p) -> no => ENOENT

# without CAP_SYS_ADMIN
become root CAP_BPF CAP_NET_ADMIN CAP_PERFMON
bpf MAP_GET_NEXT_ID start_id=0 => EPERM
bpf MAP_GET_NEXT_ID start_id=0x80000000 => EINVAL
bpf PROG_GET_NEXT_ID start_id=0 => EPERM
bpf LINK_GET_NEXT_ID start_id=0 => EPERM
bpf BTF_GET_NEXT_ID start_id=0 => EPERM
bpf MAP_GET_FD_BY_ID map_id=0 -> no => EPERM
bpf MAP_GET_FD_BY_ID map_id=0 open_flags=1 -> no => EINVAL
bpf MAP_GET_FD_BY_ID map_id=0 open_flags=F_RDONLY|F_WRONLY -> no => EPERM
bpf PROG_GET_FD_BY_ID prog_id=0 -> no => EPERM
bpf LINK_GET_FD_BY_ID link_id=0 -> no => EPERM
bpf BTF_GET_FD_BY_ID btf_id=0 -> no => EPERM
bpf ENABLE_STATS type=1 -> no => EPERM
bpf TASK_FD_QUERY pid=0 flags=1 => EPERM
