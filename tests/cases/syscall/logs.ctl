# The log of a load: arguments, size, what is cut
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 -> p98 => ok log_true_size=98
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=&zeros(64) -> p99 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_size=64 -> p100 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_buf=&zeros(64) -> p101 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_size=64 -> p102 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_buf=&zeros(64) log_size=64 -> p103 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=16 log_buf=&zeros(64) log_size=64 -> p104 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=0x80000000 log_buf=&zeros(64) log_size=64 -> p105 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=&zeros(64) log_size=0x40000000 -> p106 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=&zeros(64) log_size=0x3fffffff -> p107 => ok log_true_size=98
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=16 -> p108 => EINVAL
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=15 -> p109 => ok log_true_size=*

# too small a buffer is ENOSPC, whatever the verdict
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=&zeros(64) log_size=1 size=136 -> p110 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=&zeros(64) log_size=8 size=136 -> p111 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=&zeros(64) log_size=16 size=136 -> p112 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=8 log_buf=&zeros(64) log_size=1 size=136 -> p113 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=8 log_buf=&zeros(64) log_size=8 size=136 -> p114 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=8 log_buf=&zeros(64) log_size=16 size=136 -> p115 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=9 log_buf=&zeros(64) log_size=1 size=136 -> p116 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=9 log_buf=&zeros(64) log_size=8 size=136 -> p117 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=9 log_buf=&zeros(64) log_size=16 size=136 -> p118 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=2 log_buf=&zeros(64) log_size=1 size=136 -> p119 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=2 log_buf=&zeros(64) log_size=8 size=136 -> p120 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=2 log_buf=&zeros(64) log_size=16 size=136 -> p121 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=4 log_buf=&zeros(64) log_size=1 size=136 -> p122 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=4 log_buf=&zeros(64) log_size=8 size=136 -> p123 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=4 log_buf=&zeros(64) log_size=16 size=136 -> p124 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=1 insns=&asm(exit) license=&"GPL" log_level=1 log_buf=&zeros(64) log_size=8 size=136 -> p125 => ENOSPC
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=1 insns=&asm(exit) license=&"GPL" log_level=1 log_buf=&zeros(8192) log_size=8192 size=136 -> p126 => EACCES
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=2 insns=&asm(r0 = 0; exit) license=&"GPL" log_level=1 log_buf=bad log_size=64 size=136 -> p127 => EFAULT
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=1 insns=&asm(exit) license=&"GPL" log_level=1 log_buf=bad log_size=64 size=136 -> p128 => EFAULT

# the same of types
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_level=1 size=28 -> t129
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_size=64 size=28 -> t130 => EINVAL
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_buf=&zeros(64) size=28 -> t131 => EINVAL
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_level=1 btf_log_size=64 size=28 -> t132 => EINVAL
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_buf=&zeros(64) btf_log_size=64 size=28 -> t133 => EINVAL
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_level=16 btf_log_buf=&zeros(64) btf_log_size=64 size=28 -> t134 => EINVAL
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_level=1 btf_log_buf=&zeros(64) btf_log_size=0x40000000 size=28 -> t135 => EINVAL
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 btf_log_level=16 size=28 -> t136 => EINVAL
