# Where Linux 6.12 answers other than the running kernel, which is newer
not on the running kernel: it is newer than 6.12 and answers otherwise; each group names its source

# include/uapi/linux/bpf.h: union bpf_attr has 152 bytes, and 37 commands
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 map_name="m" -> m
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=156 at(152)=1 -> no => E2BIG
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 size=168 at(164)=1 -> no => E2BIG
bpf 37 => EINVAL
bpf 37 size=0 => EINVAL
bpf 37 size=156 at(152)=1 => E2BIG

# kernel/bpf/syscall.c, BPF_PROG_LOAD_LAST_FIELD is prog_token_fd: no fd_array_cnt at 148
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" at(148)=1 size=152 -> no => EINVAL

# BPF_BTF_GET_FD_BY_ID_LAST_FIELD is btf_id: no flags, no token
bpf BTF_GET_FD_BY_ID btf_id=1 next_id=1 -> no => EINVAL
bpf BTF_GET_FD_BY_ID btf_id=1 open_flags=0x10000 -> no => EINVAL

# struct bpf_map_info has 88 bytes
bpf OBJ_GET_INFO_BY_FD bpf_fd=m info_len=104 info=&zeros(104) => ok info_len=88
bpf OBJ_GET_INFO_BY_FD bpf_fd=m info_len=4096 info=&zeros(4096) => ok info_len=88
bpf OBJ_GET_INFO_BY_FD bpf_fd=m info_len=96 info=&000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000100000000000000 => E2BIG

# kernel/bpf/core.c, bpf_prog_calc_tag: the tag is SHA-1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> p
bpf OBJ_GET_INFO_BY_FD bpf_fd=p info_len=232 info=&?232[8..16] => ok info=a04f5eef06a7f555
