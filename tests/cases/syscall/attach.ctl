# Attach, detach and query: types, flags, descriptors, targets
program p q
xdp x
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m

# attach types that take no program this way
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=XDP => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=XDP => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TRACE_FENTRY => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TRACE_FENTRY => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TRACE_ITER => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TRACE_ITER => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=SK_LOOKUP => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=SK_LOOKUP => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=XDP_DEVMAP => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=XDP_DEVMAP => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=XDP_CPUMAP => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=XDP_CPUMAP => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=PERF_EVENT => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=PERF_EVENT => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=STRUCT_OPS => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=STRUCT_OPS => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=NETFILTER => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=NETFILTER => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=SK_REUSEPORT_SELECT => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=SK_REUSEPORT_SELECT => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TRACE_KPROBE_MULTI => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TRACE_KPROBE_MULTI => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=58 => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=58 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=0xffffffff => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=0xffffffff => EINVAL

# a program of another type, and no program
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=CGROUP_INET_INGRESS => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=CGROUP_INET_INGRESS => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=CGROUP_INET_EGRESS => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=CGROUP_INET_EGRESS => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=CGROUP_DEVICE => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=CGROUP_DEVICE => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=FLOW_DISSECTOR => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=FLOW_DISSECTOR => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=SK_MSG_VERDICT => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=SK_SKB_VERDICT => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_SKB_VERDICT => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=p attach_type=LIRC_MODE2 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=LIRC_MODE2 => EBADF

# flags by type
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=1 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=2 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=4 => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=8 => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=16 => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=32 => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=64 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=128 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=256 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=8192 => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=16384 => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=2147483648 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=1 => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=2 => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=4 => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=8 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=16 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=32 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=64 => EBADF
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT attach_flags=8192 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT relative_fd=1 => EINVAL
bpf PROG_ATTACH target_fd=closed attach_bpf_fd=closed attach_type=SK_MSG_VERDICT expected_revision=1 => EINVAL

# tcx
bpf PROG_ATTACH target_ifindex=0x7fffffff attach_bpf_fd=p attach_type=TCX_INGRESS => ENODEV
bpf PROG_ATTACH target_ifindex=0 attach_bpf_fd=p attach_type=TCX_INGRESS => ENODEV
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=x attach_type=TCX_INGRESS => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_INGRESS replace_bpf_fd=q
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_INGRESS => EEXIST
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_INGRESS => EEXIST
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=q attach_type=TCX_INGRESS attach_flags=F_REPLACE replace_bpf_fd=closed => EBADF
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=q attach_type=TCX_INGRESS attach_flags=F_REPLACE replace_bpf_fd=m => EINVAL
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=q attach_type=TCX_INGRESS attach_flags=F_REPLACE replace_bpf_fd=q => ENOENT
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=q attach_type=TCX_INGRESS attach_flags=F_REPLACE replace_bpf_fd=p
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_INGRESS attach_flags=F_BEFORE relative_fd=q
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_EGRESS expected_revision=7 => ESTALE
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_EGRESS expected_revision=1

# query
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS => ok prog_cnt=2 revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=1 prog_ids=&zeros(4) => ENOSPC prog_cnt=2 revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=9 prog_ids=&zeros(36) => ok prog_cnt=2 revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=2 prog_ids=&zeros(8) prog_attach_flags=&?8 link_ids=&?8 link_attach_flags=&?8 => ok revision=4 prog_attach_flags=0000000000000000 link_ids=0000000000000000 link_attach_flags=0000000000000000
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=0 prog_ids=bad => ok prog_cnt=2 revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=2 prog_ids=null => ok revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=2 prog_ids=bad => EFAULT revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS prog_cnt=2 prog_ids=&zeros(8) link_ids=bad => EFAULT revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS query_flags=1 => EINVAL
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS query_flags=2 => EINVAL
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_flags=1 => EINVAL
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS revision=9 => ok prog_cnt=2 revision=4
bpf PROG_QUERY target_ifindex=0x7fffffff attach_type=TCX_INGRESS => ENODEV
bpf PROG_QUERY target_ifindex=0 attach_type=TCX_INGRESS => ENODEV
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=XDP => EINVAL
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=58 => EINVAL
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=PERF_EVENT => EINVAL
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS size=16 => ok prog_cnt=2 revision=4
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS size=60 => ok prog_cnt=2 revision=4

# detach
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=1 => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=2 => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=4 => EBADF
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=8 => EBADF
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=16 => EBADF
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=32 => EBADF
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=64 => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=closed attach_type=TCX_INGRESS attach_flags=8192 => EBADF
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=x attach_type=TCX_INGRESS => EINVAL
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=q attach_type=TCX_INGRESS replace_bpf_fd=closed
bpf PROG_DETACH target_ifindex=0x7fffffff attach_bpf_fd=p attach_type=TCX_INGRESS => ENODEV
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_EGRESS expected_revision=9 => ESTALE
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS => ENOENT
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=p attach_type=TCX_INGRESS

# without capabilities: what has descriptors is done, what has none is not
program r
become root none
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS => EPERM
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS at(64)=1 size=68 => EPERM
bpf PROG_ATTACH target_ifindex=ifindex(eth0) attach_bpf_fd=r attach_type=TCX_INGRESS
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS => EPERM
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_bpf_fd=r attach_type=TCX_INGRESS
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 -> no => EPERM
bpf MAP_CREATE map_type=ARRAY key_size=5 value_size=4 max_entries=1 -> no => EINVAL
bpf MAP_CREATE map_type=LPM_TRIE key_size=1 value_size=4 max_entries=1 -> no => EPERM
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 map_name="a-b" -> no => EPERM
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 -> no => EPERM
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EPERM
bpf MAP_FREEZE map_fd=m
bpf PROG_BIND_MAP prog_fd=r map_fd=m
bpf ENABLE_STATS type=0 -> no => EPERM
bpf OBJ_PIN pathname=&"/sys/fs/bpf/m" bpf_fd=m
bpf LINK_CREATE prog_fd=r target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
bpf LINK_UPDATE link_fd=l new_prog_fd=q
bpf LINK_DETACH link_fd=l
become root CAP_NET_ADMIN
bpf PROG_QUERY target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS => ok revision=1
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EPERM
become root CAP_BPF
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EPERM
bpf PROG_LOAD prog_type=SOCKET_FILTER insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> sf
bpf PROG_LOAD prog_type=KPROBE insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EPERM
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> lpm
bpf MAP_CREATE map_type=DEVMAP key_size=4 value_size=4 max_entries=1 -> no => EPERM
bpf MAP_CREATE map_type=DEVMAP key_size=5 value_size=4 max_entries=1 -> no => EINVAL
bpf ENABLE_STATS type=0 -> no => EPERM
