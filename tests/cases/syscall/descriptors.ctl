# Which descriptor a command takes, and what it says of others
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m
program p
xdp x
bpf BTF_LOAD btf=&9feb010018000000000000000c0000000c000000010000000000000000000002000000000000 btf_size=37 -> t
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
open dir /sys/fs/bpf

# maps
bpf MAP_LOOKUP_ELEM map_fd=closed key=&00000000 value=&?8 => EBADF
bpf MAP_LOOKUP_ELEM map_fd=-1 key=&00000000 value=&?8 => EBADF
bpf MAP_LOOKUP_ELEM map_fd=p key=&00000000 value=&?8 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=l key=&00000000 value=&?8 => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=dir key=&00000000 value=&?8 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=p key=&00000000 value=&0000000000000000 => EINVAL
bpf MAP_DELETE_ELEM map_fd=closed key=&00000000 => EBADF
bpf MAP_GET_NEXT_KEY map_fd=t next_key=&?4 => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=closed key=&00000000 value=&?8 => EBADF
bpf MAP_FREEZE map_fd=closed => EBADF
bpf MAP_FREEZE map_fd=p => EINVAL
bpf MAP_LOOKUP_BATCH map_fd=closed count=1 => EBADF
bpf MAP_UPDATE_BATCH map_fd=p count=1 => EINVAL
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 inner_map_fd=closed -> no => EBADF
bpf MAP_CREATE map_type=ARRAY_OF_MAPS key_size=4 value_size=4 max_entries=1 inner_map_fd=p -> no => EINVAL

# programs
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=closed => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=m => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=x => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=closed => EBADF
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=m => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=x => EINVAL
bpf PROG_BIND_MAP prog_fd=closed map_fd=m => EBADF
bpf PROG_BIND_MAP prog_fd=m map_fd=m => EINVAL
bpf PROG_BIND_MAP prog_fd=p map_fd=closed => EBADF
bpf PROG_BIND_MAP prog_fd=p map_fd=p => EINVAL
bpf LINK_CREATE prog_fd=closed target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> no => EBADF
bpf LINK_CREATE prog_fd=l target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> no => EINVAL
bpf RAW_TRACEPOINT_OPEN prog_fd=closed -> no => EBADF
bpf RAW_TRACEPOINT_OPEN prog_fd=m -> no => EINVAL
bpf RAW_TRACEPOINT_OPEN prog_fd=p -> no => EINVAL
bpf RAW_TRACEPOINT_OPEN prog_fd=p name=&"sys_enter" -> no => EINVAL

# links
bpf LINK_UPDATE link_fd=closed new_prog_fd=p => EBADF
bpf LINK_UPDATE link_fd=p new_prog_fd=p => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=closed => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=m => EINVAL
bpf LINK_DETACH link_fd=closed => EBADF
bpf LINK_DETACH link_fd=m => EINVAL
bpf ITER_CREATE link_fd=closed -> no => EBADF
bpf ITER_CREATE link_fd=p -> no => EINVAL
bpf ITER_CREATE link_fd=l -> no => EINVAL
bpf ITER_CREATE link_fd=l flags=1 -> no => EINVAL
bpf PROG_TEST_RUN prog_fd=closed => EBADF
bpf PROG_TEST_RUN prog_fd=m => EINVAL

# types, tokens, anything
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 btf_fd=closed btf_key_type_id=1 btf_value_type_id=1 -> no => EBADF
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 btf_fd=m btf_key_type_id=1 btf_value_type_id=1 -> no => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 btf_fd=closed -> ignored
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 map_token_fd=closed -> unasked
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 map_flags=F_TOKEN_FD map_token_fd=closed -> no => EBADF
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 map_flags=F_TOKEN_FD map_token_fd=m -> no => EINVAL
bpf BTF_LOAD btf=&00 btf_size=1 btf_flags=F_TOKEN_FD btf_token_fd=closed -> no => EBADF
bpf BTF_LOAD btf=&00 btf_size=1 btf_flags=F_TOKEN_FD btf_token_fd=m -> no => EINVAL
bpf BTF_LOAD btf=&00 btf_size=1 btf_flags=1 -> no => EINVAL
bpf OBJ_GET_INFO_BY_FD bpf_fd=closed info_len=4 info=&?4 => EBADFD
bpf OBJ_GET_INFO_BY_FD bpf_fd=1 info_len=4 info=&?4 => EINVAL
bpf OBJ_GET_INFO_BY_FD bpf_fd=dir info_len=4 info=&?4 => EINVAL
bpf TOKEN_CREATE bpffs_fd=closed -> no => EBADF
bpf TOKEN_CREATE bpffs_fd=m -> no => EINVAL
bpf TOKEN_CREATE flags=1 bpffs_fd=closed -> no => EINVAL
bpf TOKEN_CREATE bpffs_fd=dir -> no => EOPNOTSUPP
close m
close m => EBADF
dup closed copy => EBADF
