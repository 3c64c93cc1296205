# Maps, pins, programs and links by the fields of bpf(2)
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 map_name="counts" -> counts
bpf OBJ_GET_INFO_BY_FD bpf_fd=counts info_len=88 info=&?map => ok type=2 key_size=4 value_size=8 max_entries=2 map_flags=0x0 name=counts
bpf MAP_UPDATE_ELEM map_fd=counts key=&01000000 value=&2a00000000000000 flags=BPF_EXIST
bpf MAP_LOOKUP_ELEM map_fd=counts key=&01000000 value=&?8 => ok value=2a00000000000000
bpf MAP_LOOKUP_ELEM map_fd=counts key=&02000000 value=&?8 => ENOENT
bpf MAP_LOOKUP_ELEM map_fd=counts key=bad value=&?8 => EFAULT
bpf MAP_LOOKUP_ELEM map_fd=closed key=&01000000 value=&?8 => EBADF
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 at(80)=1 size=88 -> no => EINVAL
bpf OBJ_PIN pathname=&"/sys/fs/bpf/counts" bpf_fd=counts
bpf OBJ_PIN pathname=&"/sys/fs/bpf/counts" bpf_fd=counts => EEXIST
close counts
bpf OBJ_GET pathname=&"/sys/fs/bpf/counts" -> again
bpf MAP_LOOKUP_ELEM map_fd=again key=&01000000 value=&?8 => ok value=2a00000000000000
mkdir /sys/fs/bpf/dir
rename /sys/fs/bpf/counts /sys/fs/bpf/dir/counts
unlink /sys/fs/bpf/counts => ENOENT
unlink /sys/fs/bpf/dir/counts
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 2; exit) license=&"GPL" prog_name="drop" -> drop
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=1 insns=&asm(exit) license=&"GPL" -> bad => EACCES
bpf LINK_CREATE prog_fd=drop target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
bpf OBJ_GET_INFO_BY_FD bpf_fd=l info_len=64 info=&?link => ok type=11 ifindex=set attach_type=46
bpf LINK_DETACH link_fd=l
bpf OBJ_GET_INFO_BY_FD bpf_fd=l info_len=64 info=&?link => ok type=11 ifindex=0 attach_type=46
