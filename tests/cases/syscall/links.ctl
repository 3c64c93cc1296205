# Links of tcx and what belongs to programs besides
program p q
xdp x
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m

# create
bpf LINK_CREATE prog_fd=p target_ifindex=0x7fffffff attach_type=TCX_INGRESS -> no => ENODEV
bpf LINK_CREATE prog_fd=p target_ifindex=0 attach_type=TCX_INGRESS -> no => ENODEV
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=XDP -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=CGROUP_INET_INGRESS -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=NETFILTER -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=STRUCT_OPS -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TRACE_ITER -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=PERF_EVENT -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=58 -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=0xffffffff -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=SK_LOOKUP -> no => EINVAL
bpf LINK_CREATE map_fd=m attach_type=STRUCT_OPS -> no => EINVAL
bpf LINK_CREATE map_fd=closed attach_type=STRUCT_OPS -> no => EBADF
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=1 -> f1 => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=2 -> f2 => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=4 -> f4 => ENOENT
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=8 -> f8
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=16 -> f10 => EEXIST
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=32 -> f20 => EEXIST
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=64 -> f40 => EEXIST
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=128 -> f80 => EEXIST
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=8192 -> f2000 => EEXIST
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_EGRESS flags=2147483648 -> f80000000 => EEXIST
bpf LINK_CREATE prog_fd=x target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> no => EINVAL
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS expected_revision=9 -> no => ESTALE
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> twice => EEXIST
bpf LINK_CREATE prog_fd=q target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS flags=F_BEFORE relative_fd=p -> before
query => q/before p/l revision 3

# update
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=1 => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=8 => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=q old_prog_fd=p => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=x => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=F_REPLACE => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=F_REPLACE old_prog_fd=closed => EBADF
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=F_REPLACE old_prog_fd=m => EINVAL
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=F_REPLACE old_prog_fd=q => EPERM
bpf LINK_UPDATE link_fd=l new_prog_fd=p
bpf LINK_UPDATE link_fd=l new_prog_fd=p flags=F_REPLACE old_prog_fd=p
bpf LINK_UPDATE link_fd=l new_prog_fd=q flags=F_REPLACE old_prog_fd=p => EEXIST
bpf LINK_UPDATE link_fd=l new_prog_fd=q => EEXIST

# detach
bpf LINK_DETACH link_fd=l
bpf LINK_DETACH link_fd=l
bpf LINK_UPDATE link_fd=l new_prog_fd=p => ENOLINK
bpf LINK_UPDATE link_fd=l new_prog_fd=q => ENOLINK
bpf LINK_UPDATE link_fd=l new_prog_fd=p flags=F_REPLACE old_prog_fd=x => ENOLINK
query => q/before revision 4
bpf PROG_DETACH target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS attach_bpf_fd=q => EBUSY

# a device that goes
device eth1
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth1) attach_type=TCX_INGRESS -> gone
delete eth1
settle
bpf LINK_DETACH link_fd=gone
bpf LINK_UPDATE link_fd=gone new_prog_fd=q => ENOLINK
bpf OBJ_GET_INFO_BY_FD bpf_fd=gone info_len=64 info=&?link => ok type=11 ifindex=0 attach_type=46

# maps bound to a program
bpf PROG_BIND_MAP prog_fd=p map_fd=m flags=1 => EINVAL
bpf PROG_BIND_MAP prog_fd=closed map_fd=m flags=1 => EINVAL
bpf PROG_BIND_MAP prog_fd=p map_fd=m
bpf OBJ_GET_INFO_BY_FD bpf_fd=p info_len=232 info=&?232[52..56] => ok info=01000000
bpf PROG_BIND_MAP prog_fd=p map_fd=m
bpf OBJ_GET_INFO_BY_FD bpf_fd=p info_len=232 info=&?232[52..56] => ok info=01000000

# statistics, iterators, raw tracepoints, files of tasks
bpf ENABLE_STATS type=1 -> no => EINVAL
bpf ENABLE_STATS type=0 -> stats
bpf ENABLE_STATS type=0 -> stats2
bpf OBJ_GET_INFO_BY_FD bpf_fd=stats info_len=4 info=&?4 => EINVAL
bpf ITER_CREATE link_fd=before -> no => EINVAL
bpf ITER_CREATE link_fd=closed flags=1 -> no => EINVAL
bpf RAW_TRACEPOINT_OPEN prog_fd=p name=bad -> no => EINVAL
bpf TASK_FD_QUERY pid=0 fd=0 => ENOENT
bpf TASK_FD_QUERY pid=0x7ffffff0 fd=0 => ENOENT
bpf TASK_FD_QUERY pid=1 flags=1 => EINVAL
