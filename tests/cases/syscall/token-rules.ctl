# Tokens: what is asked before one is made, what each mask is for
become contained CAP_BPF
mount plain /sys/fs/bpf/plain
mount odd /sys/fs/bpf/odd delegate_cmds=nothing_there => EINVAL
mount number /sys/fs/bpf/number delegate_cmds=map_create:0x20,delegate_maps=hash:0x4,delegate_progs=any,delegate_attachs=tcx_ingress
bpf TOKEN_CREATE bpffs_fd=plain at(8)=1 size=12 -> no => EINVAL
bpf TOKEN_CREATE flags=1 bpffs_fd=closed -> no => EINVAL
bpf TOKEN_CREATE bpffs_fd=closed -> no => EBADF
bpf TOKEN_CREATE bpffs_fd=1 -> no => EINVAL

# the root of a bpf file system alone
mkdir /sys/fs/bpf/plain/d
open d /sys/fs/bpf/plain/d
bpf TOKEN_CREATE bpffs_fd=d -> no => EINVAL
open other /
bpf TOKEN_CREATE bpffs_fd=other -> no => EINVAL

# nothing delegated; no capability; another user namespace; the first one
bpf TOKEN_CREATE bpffs_fd=plain -> no => ENOENT
become contained CAP_NET_ADMIN
bpf TOKEN_CREATE bpffs_fd=plain -> no => EPERM
become contained CAP_SYS_ADMIN
bpf TOKEN_CREATE bpffs_fd=plain -> no => ENOENT
become root all
bpf TOKEN_CREATE bpffs_fd=plain -> no => EPERM
mount first /sys/fs/bpf/first delegate_cmds=any
become root none
bpf TOKEN_CREATE bpffs_fd=first -> no => EPERM
become root CAP_BPF
bpf TOKEN_CREATE bpffs_fd=first -> no => EOPNOTSUPP

# a number replaces what stands before it: BPF_PROG_LOAD alone, and arrays alone
become contained CAP_BPF CAP_NET_ADMIN
bpf TOKEN_CREATE bpffs_fd=number -> token
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_TOKEN_FD map_token_fd=token -> no => EPERM
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" expected_attach_type=TCX_INGRESS prog_flags=F_TOKEN_FD prog_token_fd=token -> in
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" expected_attach_type=TCX_EGRESS prog_flags=F_TOKEN_FD prog_token_fd=token -> no => EPERM
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" expected_attach_type=TCX_INGRESS prog_token_fd=token -> no => EPERM
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" expected_attach_type=TCX_INGRESS prog_flags=F_TOKEN_FD prog_token_fd=in -> no => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=0 prog_flags=F_TOKEN_FD prog_token_fd=closed -> no => EBADF
bpf OBJ_PIN pathname=&"/sys/fs/bpf/token" bpf_fd=token => EINVAL
bpf OBJ_GET_INFO_BY_FD bpf_fd=token info_len=32 info=&zeros(32) => EINVAL

# the capability is asked in the token's user namespace
become contained CAP_BPF
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" expected_attach_type=TCX_INGRESS prog_flags=F_TOKEN_FD prog_token_fd=token -> no => EPERM
become contained none
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" expected_attach_type=TCX_INGRESS prog_flags=F_TOKEN_FD prog_token_fd=token -> no => EPERM

# what has descriptors needs no token
bpf LINK_CREATE prog_fd=in target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
bpf LINK_DETACH link_fd=l
