# What bpf(2) checks before any command: size and tail of the attributes, and the number
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m

# the size of the attributes: beyond what is known all must be zero, beyond a page nothing is taken
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=4096 -> big
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=4097 -> no => E2BIG
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=0xffffffff -> no => E2BIG
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=200 -> more
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=200 at(196)=1 -> no => E2BIG
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=4096 at(168)=1 -> no => E2BIG
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=4096 at(4092)=1 -> no => E2BIG
bpf MAP_CREATE size=0 -> no => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=20 -> short
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=16 -> shorter
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=15 -> cut
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=12 -> no => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 at(100)=7 size=80 -> behind

# unknown commands come after the size, and before the tail
bpf 38 size=0 => EINVAL
bpf 38 size=152 => EINVAL
bpf -1 size=8 => EINVAL
bpf 1000 size=4097 => E2BIG
bpf 1000 at(170)=1 size=176 => E2BIG
bpf 0x7fffffff size=0 => EINVAL

# a byte behind a command's last field
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 at(80)=1 size=84 -> no => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 at(148)=0x1000000 size=152 -> no => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=m key=&00000000 value=&?8 at(32)=1 size=36 => EINVAL
bpf MAP_UPDATE_ELEM map_fd=m key=&00000000 value=&0000000000000000 at(32)=1 size=36 => EINVAL
bpf MAP_DELETE_ELEM map_fd=closed key=&00000000 at(16)=1 size=20 => EINVAL
bpf MAP_GET_NEXT_KEY map_fd=closed key=&00000000 at(24)=1 size=28 => EINVAL
bpf OBJ_PIN pathname=bad bpf_fd=m at(20)=1 size=24 => EINVAL
bpf OBJ_GET pathname=bad at(20)=1 size=24 => EINVAL
bpf PROG_ATTACH attach_type=TCX_INGRESS attach_bpf_fd=closed at(32)=1 size=36 => EINVAL
bpf PROG_DETACH attach_type=TCX_INGRESS attach_bpf_fd=closed at(32)=1 size=36 => EINVAL
bpf PROG_TEST_RUN prog_fd=closed at(76)=1 size=80 => EINVAL
bpf PROG_GET_NEXT_ID start_id=0x7fffffff at(8)=1 size=12 => EINVAL
bpf MAP_GET_NEXT_ID start_id=0x7fffffff at(8)=1 size=12 => EINVAL
bpf PROG_GET_FD_BY_ID prog_id=0 at(4)=1 size=8 => EINVAL
bpf MAP_GET_FD_BY_ID map_id=0 at(12)=1 size=16 => EINVAL
bpf MAP_GET_FD_BY_ID map_id=0 at(4)=1 size=8 => ENOENT
bpf OBJ_GET_INFO_BY_FD bpf_fd=closed info=&?88 info_len=88 at(16)=1 size=20 => EINVAL
bpf PROG_QUERY attach_type=TCX_INGRESS at(64)=1 size=68 => EINVAL
bpf RAW_TRACEPOINT_OPEN prog_fd=closed at(24)=1 size=28 => EINVAL
bpf BTF_LOAD btf_size=0xffffffff at(40)=1 size=44 -> no => EINVAL
bpf BTF_GET_FD_BY_ID btf_id=0 at(64)=1 size=68 => EINVAL
bpf TASK_FD_QUERY pid=0 at(48)=1 size=52 => EINVAL
bpf MAP_LOOKUP_AND_DELETE_ELEM map_fd=closed at(32)=1 size=36 => EINVAL
bpf MAP_FREEZE map_fd=closed at(4)=1 size=8 => EINVAL
bpf BTF_GET_NEXT_ID start_id=0x7fffffff at(8)=1 size=12 => EINVAL
bpf MAP_LOOKUP_BATCH map_fd=closed at(56)=1 size=60 => EINVAL
bpf MAP_LOOKUP_AND_DELETE_BATCH map_fd=closed at(56)=1 size=60 => EINVAL
bpf MAP_UPDATE_BATCH map_fd=closed at(56)=1 size=60 => EINVAL
bpf MAP_DELETE_BATCH map_fd=closed at(56)=1 size=60 => EINVAL
bpf LINK_CREATE prog_fd=closed at(60)=1 size=64 -> no => EINVAL
bpf LINK_UPDATE link_fd=closed at(16)=1 size=20 => EINVAL
bpf LINK_GET_FD_BY_ID link_id=0 at(4)=1 size=8 => EINVAL
bpf LINK_GET_NEXT_ID start_id=0x7fffffff at(8)=1 size=12 => EINVAL
bpf ENABLE_STATS type=9 at(4)=1 size=8 => EINVAL
bpf ITER_CREATE link_fd=closed at(8)=1 size=12 => EINVAL
bpf LINK_DETACH link_fd=closed at(4)=1 size=8 => EINVAL
bpf PROG_BIND_MAP prog_fd=closed map_fd=closed at(12)=1 size=16 => EINVAL
bpf TOKEN_CREATE bpffs_fd=closed at(8)=1 size=12 => EINVAL

# padding before the last field is nobody's
bpf MAP_LOOKUP_ELEM map_fd=m key=&00000000 value=&?8 at(4)=0xffffffff => ok value=0000000000000000
bpf MAP_UPDATE_ELEM map_fd=m key=&00000000 value=&0100000000000000 at(4)=0xffffffff
bpf MAP_GET_NEXT_KEY map_fd=m next_key=&?4 at(4)=0xffffffff => ok next_key=00000000

# outputs are written behind the size, too
bpf MAP_GET_NEXT_ID start_id=0 size=4
bpf MAP_GET_NEXT_ID start_id=0xffffffff => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=m key=&00000000 value=&?8 size=24 => ok value=0100000000000000
bpf MAP_LOOKUP_ELEM map_fd=m key=&00000000 value=&?8 size=16 => EFAULT
