# What is not simulated is answered as by a kernel built without it
not on the running kernel: it has most of this
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m
program p
xdp x

# map types: EINVAL where the type is looked at, after what all maps ask and before their own numbers
bpf MAP_CREATE map_type=CGROUP_ARRAY key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=STACK_TRACE key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=SOCKMAP key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=CPUMAP key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=XSKMAP key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=SOCKHASH key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=REUSEPORT_SOCKARRAY key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=STRUCT_OPS key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=INODE_STORAGE key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=TASK_STORAGE key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=BLOOM_FILTER key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=USER_RINGBUF key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=CGRP_STORAGE key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=ARENA key_size=4 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=SOCKMAP key_size=4 value_size=4 max_entries=1 map_flags=F_TOKEN_FD map_token_fd=closed -> no => EINVAL

# program types
bpf PROG_LOAD prog_type=KPROBE insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=TRACEPOINT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=PERF_EVENT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=CGROUP_SOCK insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=LWT_IN insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=LWT_OUT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=LWT_XMIT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=SOCK_OPS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=SK_SKB insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=CGROUP_DEVICE insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=SK_MSG insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=RAW_TRACEPOINT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=CGROUP_SOCK_ADDR insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=LWT_SEG6LOCAL insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=LIRC_MODE2 insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=SK_REUSEPORT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=FLOW_DISSECTOR insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=CGROUP_SYSCTL insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=RAW_TRACEPOINT_WRITABLE insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=CGROUP_SOCKOPT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=TRACING insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=STRUCT_OPS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=EXT insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=LSM insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=SK_LOOKUP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL
bpf PROG_LOAD prog_type=NETFILTER insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EINVAL

# attach points
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=NETKIT_PRIMARY => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=NETKIT_PEER -> no => EINVAL
bpf PROG_LOAD prog_type=CGROUP_SKB insn_cnt=2 insns=&asm(r0 = 1; exit) license=&"GPL" expected_attach_type=CGROUP_INET_EGRESS -> c
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=c attach_type=CGROUP_INET_EGRESS => EINVAL
bpf PROG_DETACH target_fd=closed attach_bpf_fd=c attach_type=CGROUP_INET_EGRESS => EINVAL
bpf LINK_CREATE prog_fd=c target_fd=closed attach_type=CGROUP_INET_EGRESS -> no => EINVAL
bpf PROG_QUERY target_fd=closed attach_type=CGROUP_INET_EGRESS => EINVAL
bpf PROG_QUERY target_fd=closed attach_type=SK_LOOKUP => EINVAL
bpf PROG_QUERY target_fd=closed attach_type=SK_SKB_VERDICT => EINVAL

# programs of device maps, maps and programs of a device, tracepoints, iterators
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=8 max_entries=1 -> dev
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 2; exit) license=&"GPL" expected_attach_type=XDP_DEVMAP -> xd
bpf MAP_UPDATE_ELEM map_fd=dev key=&00000000 value=&0100000001000000 => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 map_ifindex=ifindex(eth0) -> no => EOPNOTSUPP
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_ifindex=ifindex(eth0) -> no => EOPNOTSUPP
bpf RAW_TRACEPOINT_OPEN prog_fd=p name=&"sys_enter" -> no => EINVAL
bpf LINK_CREATE prog_fd=p attach_type=TRACE_ITER -> no => EINVAL
