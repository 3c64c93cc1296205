# A program is replaced under traffic, a link dies with its owner, two programs share a map by its pin
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=1 map_name="count" -> count
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=6 insns=&asm(r1 = map_idx[0][0]+0; r2 = 1; lock *(u64 *)(r1 +0) += r2; r0 = -1; exit) license=&"GPL" prog_name="ones" fd_array=&fds(count) -> ones
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=6 insns=&asm(r1 = map_idx[0][0]+0; r2 = 100; lock *(u64 *)(r1 +0) += r2; r0 = -1; exit) license=&"GPL" prog_name="hundreds" fd_array=&fds(count) -> hundreds

# what a link runs is exchanged between two packets, its place and the revision's order kept
bpf LINK_CREATE prog_fd=ones target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> link
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000 x3
bpf MAP_LOOKUP_ELEM map_fd=count key=&00000000 value=&?8 => ok value=0300000000000000
bpf LINK_UPDATE link_fd=link new_prog_fd=hundreds flags=F_REPLACE old_prog_fd=hundreds => EPERM
bpf LINK_UPDATE link_fd=link new_prog_fd=hundreds flags=F_REPLACE old_prog_fd=ones
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000 x2
bpf MAP_LOOKUP_ELEM map_fd=count key=&00000000 value=&?8 => ok value=cb00000000000000
query => hundreds/link revision 3

# a second descriptor keeps the link, the last one takes the program off
dup link copy
close link
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000
bpf MAP_LOOKUP_ELEM map_fd=count key=&00000000 value=&?8 => ok value=2f01000000000000
close copy
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000
bpf MAP_LOOKUP_ELEM map_fd=count key=&00000000 value=&?8 => ok value=2f01000000000000
query => nothing revision 1

# a pin keeps a link as well, until it is removed
bpf LINK_CREATE prog_fd=ones target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> pinned
bpf OBJ_PIN pathname=&"/sys/fs/bpf/link" bpf_fd=pinned
close pinned
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000
bpf MAP_LOOKUP_ELEM map_fd=count key=&00000000 value=&?8 => ok value=3001000000000000
unlink /sys/fs/bpf/link
settle
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000
bpf MAP_LOOKUP_ELEM map_fd=count key=&00000000 value=&?8 => ok value=3001000000000000

# another loader opens the pinned map, and counts into the same memory; the map outlives its descriptor and its pin
bpf OBJ_PIN pathname=&"/sys/fs/bpf/count" bpf_fd=count
close count
bpf OBJ_GET pathname=&"/sys/fs/bpf/count" -> shared
bpf PROG_LOAD prog_type=SCHED_CLS insn_cnt=6 insns=&asm(r1 = map_idx[0][0]+0; r2 = 1; lock *(u64 *)(r1 +0) += r2; r0 = -1; exit) license=&"GPL" prog_name="other" fd_array=&fds(shared) -> other
unlink /sys/fs/bpf/count
attach ones
attach other
close ones
close other
send eth0 ffffffffffff02000000000108004500001c00000000401166cf0a0000010a0000020007000900080000
bpf MAP_LOOKUP_ELEM map_fd=shared key=&00000000 value=&?8 => ok value=3201000000000000
delete eth0
