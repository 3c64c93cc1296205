# A token of a bpf file system stands for the capabilities of its user namespace
become contained CAP_BPF CAP_NET_ADMIN
mount root /sys/fs/bpf/mine delegate_cmds=map_create:prog_load,delegate_maps=array:lpm_trie,delegate_progs=sched_cls,delegate_attachs=any

# without one, the namespace's capabilities count for nothing
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC -> no => EPERM
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" -> no => EPERM

bpf TOKEN_CREATE flags=1 bpffs_fd=root -> no => EINVAL
bpf TOKEN_CREATE bpffs_fd=closed -> no => EBADF
bpf TOKEN_CREATE bpffs_fd=root -> token
bpf MAP_CREATE map_type=LPM_TRIE key_size=8 value_size=4 max_entries=1 map_flags=F_NO_PREALLOC|F_TOKEN_FD map_token_fd=token -> trie
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_TOKEN_FD prog_token_fd=token -> prog

# what it does not allow is asked of the machine's capabilities, and refused
bpf MAP_CREATE map_type=HASH key_size=8 value_size=4 max_entries=1 map_flags=F_TOKEN_FD map_token_fd=token -> no => EPERM
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" prog_flags=F_TOKEN_FD prog_token_fd=token -> no => EPERM
bpf BTF_LOAD btf=&00 btf_size=1 btf_flags=F_TOKEN_FD btf_token_fd=token -> no => EPERM
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_TOKEN_FD map_token_fd=trie -> no => EINVAL
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=4 max_entries=1 map_flags=F_TOKEN_FD map_token_fd=closed -> no => EBADF

# ids are for the machine's administrator, whatever a token says
bpf MAP_GET_FD_BY_ID map_id=id(trie) -> no => EPERM

# root has no use for one
become root all
mount first /sys/fs/bpf/first delegate_cmds=any
bpf TOKEN_CREATE bpffs_fd=first -> no => EOPNOTSUPP
bpf TOKEN_CREATE bpffs_fd=root -> no => EPERM
