# Links of XDP: modes, what is there already, update, devices that go
xdp x y
program p
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 2; exit) license=&"GPL" expected_attach_type=XDP_DEVMAP -> dm
bpf PROG_LOAD prog_type=XDP insn_cnt=2 insns=&asm(r0 = 2; exit) license=&"GPL" expected_attach_type=XDP -> eat

# create
bpf LINK_CREATE attach_type=XDP prog_fd=closed target_ifindex=ifindex(eth0) -> no => EBADF
bpf LINK_CREATE attach_type=XDP prog_fd=p target_ifindex=ifindex(eth0) -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=0 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=0x7fffffff -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=0x7fffffff flags=1 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=dm target_ifindex=ifindex(eth0) -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=1 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=16 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=32 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=64 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=2147483648 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=6 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=10 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=12 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=14 -> no => EINVAL
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) relative_fd=1 -> no
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) expected_revision=1 -> revision => EBUSY
close revision => EBADF
settle
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=1 flags=XDP_FLAGS_DRV_MODE -> no => EOPNOTSUPP
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=XDP_FLAGS_SKB_MODE -> l => EEXIST
bpf LINK_CREATE attach_type=XDP prog_fd=y target_ifindex=ifindex(eth0) flags=XDP_FLAGS_SKB_MODE -> no => EEXIST
bpf LINK_CREATE attach_type=XDP prog_fd=y target_ifindex=ifindex(eth0) -> no => EBUSY
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth0) flags=6 -> no => EINVAL
bpf OBJ_GET_INFO_BY_FD bpf_fd=l info_len=64 info=&?64[0..4] => EBADFD
bpf OBJ_GET_INFO_BY_FD bpf_fd=l info_len=64 info=&?64[20..64] => EBADFD

# update
bpf LINK_UPDATE link_fd=l new_prog_fd=y flags=1 => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=y old_prog_fd=x => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=closed => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=p => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=dm => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=y flags=F_REPLACE => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=y flags=F_REPLACE old_prog_fd=y => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=p flags=F_REPLACE old_prog_fd=y => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=x => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=eat => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=y flags=F_REPLACE old_prog_fd=eat => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=y => EBADF

# attach, detach and query know no XDP
bpf PROG_ATTACH attach_type=XDP target_ifindex=ifindex(eth0) attach_bpf_fd=x => EINVAL
bpf PROG_DETACH attach_type=XDP target_ifindex=ifindex(eth0) attach_bpf_fd=x => EINVAL
bpf PROG_QUERY attach_type=XDP target_ifindex=ifindex(eth0) => EINVAL

# detach
bpf LINK_DETACH link_fd=l => EBADF
bpf LINK_DETACH link_fd=l => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=x => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=p => EBADF
bpf OBJ_GET_INFO_BY_FD bpf_fd=l info_len=64 info=&?64[16..24] => EBADFD
bpf LINK_CREATE attach_type=XDP prog_fd=y target_ifindex=ifindex(eth0) -> again => EBUSY
bpf OBJ_PIN pathname=&"/sys/fs/bpf/x" bpf_fd=again => EINVAL
close again => EBADF
bpf LINK_CREATE attach_type=XDP prog_fd=y target_ifindex=ifindex(eth0) -> no => EBUSY
unlink /sys/fs/bpf/x => ENOENT
settle
bpf LINK_CREATE attach_type=XDP prog_fd=y target_ifindex=ifindex(eth0) -> third => EBUSY
device eth1
bpf LINK_CREATE attach_type=XDP prog_fd=x target_ifindex=ifindex(eth1) -> gone
delete eth1
settle
bpf OBJ_GET_INFO_BY_FD bpf_fd=gone info_len=64 info=&?64[16..24] => ok info=0000000000000000
bpf LINK_UPDATE link_fd=gone new_prog_fd=y => ENOLINK
bpf LINK_DETACH link_fd=gone
