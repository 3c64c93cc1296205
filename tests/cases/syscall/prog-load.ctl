# Programs come in: what is asked, in which order
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 -> m
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 -> t

# flags
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=1 -> p1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=2 -> p2
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=3 -> p3
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=4 -> p4
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=8 -> p5
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=16 -> p6 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=32 -> p7
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=64 -> p8
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=128 -> p9
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=256 -> p10 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=32768 -> p11 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=2147483648 -> p12 => EINVAL
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=16 -> p13 => EINVAL
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=32 -> p14
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=64 -> p15
bpf PROG_LOAD prog_type=SYSCALL insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> p16 => EINVAL
bpf PROG_LOAD prog_type=SYSCALL insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_SLEEPABLE -> p17
bpf PROG_LOAD prog_type=SYSCALL insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_SLEEPABLE expected_attach_type=1 -> p18 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_TOKEN_FD prog_token_fd=closed -> p19 => EBADF
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_TOKEN_FD prog_token_fd=m -> p20 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_token_fd=closed -> p21
bpf PROG_LOAD prog_type=99 insn_cnt=0 prog_flags=0x10100 prog_token_fd=closed -> p22 => EINVAL

# count and type
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=0 insns=bad license=bad -> p23 => E2BIG
bpf PROG_LOAD prog_type=99 insn_cnt=0 insns=bad license=bad -> p24 => E2BIG
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=1000001 insns=bad license=bad -> p25 => E2BIG
bpf PROG_LOAD prog_type=99 insn_cnt=1000001 insns=bad license=bad -> p26 => E2BIG
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4294967295 insns=bad license=bad -> p27 => E2BIG
bpf PROG_LOAD prog_type=99 insn_cnt=4294967295 insns=bad license=bad -> p28 => E2BIG
bpf PROG_LOAD prog_type=99 insn_cnt=2 insns=bad license=bad -> p29 => EFAULT
bpf PROG_LOAD prog_type=99 insn_cnt=2 insns=&asm(r0 = 0; exit) license=bad -> p30 => EFAULT
bpf PROG_LOAD prog_type=99 insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> p31 => EINVAL
bpf PROG_LOAD prog_type=99 insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="a-b" -> p32 => EINVAL
bpf PROG_LOAD prog_type=UNSPEC insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> p33 => EINVAL

# instructions, licence, name
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=bad license=&"GPL" -> p34 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=null license=&"GPL" -> p35 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=bad -> p36 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=null -> p37 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"" -> p38
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"Proprietary" prog_name="own" -> own
bpf OBJ_GET_INFO_BY_FD bpf_fd=own info_len=232 info=&?prog => ok type=3 name=own nr_map_ids=0 gpl=0
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL v2" -> l_GPL_v2
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_GPL_v2 info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL and additional rights" -> l_GPL_and_additional_rights
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_GPL_and_additional_rights info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"Dual BSD/GPL" -> l_Dual_BSD_GPL
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_Dual_BSD_GPL info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"Dual MIT/GPL" -> l_Dual_MIT_GPL
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_Dual_MIT_GPL info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"Dual MPL/GPL" -> l_Dual_MPL_GPL
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_Dual_MPL_GPL info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"gpl" -> l_gpl
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_gpl info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=0
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPLv2" -> l_GPLv2
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_GPLv2 info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=0
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"MIT" -> l_MIT
bpf OBJ_GET_INFO_BY_FD bpf_fd=l_MIT info_len=232 info=&?prog => ok type=3 name= nr_map_ids=0 gpl=0
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG" -> p48
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG" -> p49
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="abcdefghijklmno" -> p50
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="abcdefghijklmnop" -> p51 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="a-b" -> p52 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="a.b_9" -> p53
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="" -> p54
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_name="a-b" log_level=99 -> p55 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=bad license=bad prog_name="a-b" -> p56 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" kern_version=77 -> p57
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=1 insns=&asm(exit) license=&"GPL" prog_name="bad" -> bad => EACCES

# expected attach type
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=TCX_INGRESS -> p59
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=XDP -> p60
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=58 -> p61
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=0xffffffff -> p62
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=XDP -> p63
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=XDP_DEVMAP -> p64
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=XDP_CPUMAP -> p65
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=TCX_INGRESS -> p66
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=58 -> p67
bpf PROG_LOAD prog_type=CGROUP_SKB insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=CGROUP_INET_INGRESS -> p68
bpf PROG_LOAD prog_type=CGROUP_SKB insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=CGROUP_INET_EGRESS -> p69
bpf PROG_LOAD prog_type=CGROUP_SKB insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=CGROUP_DEVICE -> p70 => EINVAL
bpf PROG_LOAD prog_type=SOCKET_FILTER insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=XDP -> p71
bpf PROG_LOAD prog_type=SCHED_ACT insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=XDP -> p72

# what is attached to
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_btf_id=1 -> p73 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_prog_fd=closed -> p74 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_prog_fd=m -> p75 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_prog_fd=t -> p76 => ENOTSUPP
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_btf_id=1 attach_prog_fd=t -> p77 => ENOTSUPP
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_btf_id=0x7fffffff -> p78 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_prog_fd=p1 -> p79 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" attach_btf_id=1 attach_prog_fd=p1 -> p80 => EINVAL

# devices
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=0x7fffffff -> p81 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 -> p82 => EOPNOTSUPP
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 prog_flags=F_XDP_DEV_BOUND_ONLY -> p83 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 prog_flags=F_SLEEPABLE -> p84 => EINVAL
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 -> p85 => EOPNOTSUPP
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 prog_flags=F_XDP_HAS_FRAGS -> p86 => EINVAL
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 prog_flags=F_XDP_DEV_BOUND_ONLY -> p87 => EOPNOTSUPP
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_XDP_DEV_BOUND_ONLY -> p88
bpf PROG_LOAD prog_type=SOCKET_FILTER insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=1 -> p89 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=0x7fffffff prog_name="a-b" -> p90 => EINVAL

# maps by descriptor and by index
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0]; r0 = 0; exit) license=&"GPL" -> p91 => EPROTO
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0]; r0 = 0; exit) license=&"GPL" fd_array=bad -> p92 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0]; r0 = 0; exit) license=&"GPL" fd_array=&fds(closed) -> p93 => EBADF
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0]; r0 = 0; exit) license=&"GPL" fd_array=&fds(t) -> p94 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0]; r0 = 0; exit) license=&"GPL" fd_array=&fds(m) -> uses
bpf OBJ_GET_INFO_BY_FD bpf_fd=uses info_len=232 info=&?prog => ok type=3 name= nr_map_ids=1 gpl=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[0][0]+8; r0 = 0; exit) license=&"GPL" fd_array=&fds(m) -> p96 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=4 insns=&asm(r1 = map_idx[1]; r0 = 0; exit) license=&"GPL" fd_array=&fds(closed,m) -> second
