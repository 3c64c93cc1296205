# Pins: paths, kinds, rights, other file systems, links and directories
bpf MAP_CREATE map_type=ARRAY key_size=4 value_size=8 max_entries=2 -> m
program p
bpf LINK_CREATE prog_fd=p target_ifindex=ifindex(eth0) attach_type=TCX_INGRESS -> l
bpf BTF_LOAD btf=&9feb010018000000000000001000000010000000050000000100000000000001040000002000000100696e7400 btf_size=45 -> t
open root /sys/fs/bpf

# what can be pinned, asked before the path
bpf OBJ_PIN pathname=bad bpf_fd=closed => EINVAL
bpf OBJ_PIN pathname=bad bpf_fd=t => EINVAL
bpf OBJ_PIN pathname=bad bpf_fd=root => EINVAL
bpf OBJ_PIN pathname=bad bpf_fd=1 => EINVAL
bpf OBJ_PIN pathname=bad bpf_fd=m => EFAULT
bpf OBJ_PIN pathname=null bpf_fd=m => EFAULT
bpf OBJ_PIN pathname=&"/sys/fs/bpf/f1" bpf_fd=m file_flags=1 => EINVAL
bpf OBJ_PIN pathname=&"/sys/fs/bpf/f8" bpf_fd=m file_flags=8 => EINVAL
bpf OBJ_PIN pathname=&"/sys/fs/bpf/fNLY" bpf_fd=m file_flags=F_RDONLY => EINVAL
bpf OBJ_PIN pathname=&"/sys/fs/bpf/fHFD" bpf_fd=m file_flags=F_PATH_FD
bpf OBJ_PIN pathname=&"/sys/fs/bpf/x" bpf_fd=m path_fd=3 => EINVAL
bpf OBJ_PIN pathname=&"/sys/fs/bpf/x" bpf_fd=closed path_fd=3 => EINVAL

# where
bpf OBJ_PIN pathname=&"" bpf_fd=m => ENOENT
bpf OBJ_PIN pathname=&"/sys/fs/bpf/m/" bpf_fd=m => ENOENT
bpf OBJ_PIN pathname=&"/sys/fs/bpf/none/m" bpf_fd=m => ENOENT
bpf OBJ_PIN pathname=&"/sys/fs/bpf/a.b" bpf_fd=m => EPERM
bpf OBJ_PIN pathname=&"/sys/fs/bpf/." bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/.." bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf" bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/" bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/tmp/no" bpf_fd=m => EPERM
bpf OBJ_PIN pathname=&"/none/no" bpf_fd=m => ENOENT
bpf OBJ_PIN pathname=&"/sys/fs/bpf/m" bpf_fd=m
bpf OBJ_PIN pathname=&"/sys/fs/bpf/m" bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/m" bpf_fd=p => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/m/under" bpf_fd=p => ENOTDIR
bpf OBJ_PIN pathname=&"/sys/fs/bpf//p" bpf_fd=p
bpf OBJ_PIN pathname=&"/sys/fs/bpf/./l" bpf_fd=l
bpf OBJ_PIN pathname=&"/sys/fs/bpf/q" bpf_fd=p
bpf OBJ_PIN pathname=&"/sys/../sys/fs/bpf/q" bpf_fd=p => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" bpf_fd=m
bpf OBJ_PIN pathname=&"/sys/fs/bpf/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" bpf_fd=m => ENAMETOOLONG

# what is found
bpf OBJ_GET pathname=&"" -> no => ENOENT
bpf OBJ_GET pathname=bad -> no => EFAULT
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" -> m1
bpf OBJ_GET pathname=&"/sys/fs/bpf/p" -> p1
bpf OBJ_GET pathname=&"/sys/fs/bpf/l" -> l1
bpf OBJ_GET pathname=&"/sys/fs/bpf//./m" -> m2
bpf OBJ_GET pathname=&"/sys/fs/bpf/m/" -> no => ENOTDIR
bpf OBJ_GET pathname=&"/sys/fs/bpf/m/x" -> no => ENOTDIR
bpf OBJ_GET pathname=&"/sys/fs/bpf/none" -> no => ENOENT
bpf OBJ_GET pathname=&"/sys/fs/bpf/none/x" -> no => ENOENT
bpf OBJ_GET pathname=&"/sys/fs/bpf" -> no => EACCES
bpf OBJ_GET pathname=&"/tmp" -> no => EACCES
bpf OBJ_GET pathname=&"/none/x" -> no => ENOENT
bpf OBJ_GET pathname=&"/sys/fs/bpf/../bpf/m" -> m3
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" bpf_fd=1 -> no => EINVAL
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" file_flags=1 -> no => EINVAL
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" file_flags=F_RDONLY|F_WRONLY -> no => EINVAL
bpf OBJ_GET pathname=&"/sys/fs/bpf/none" file_flags=F_RDONLY|F_WRONLY -> no => EINVAL
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" path_fd=3 -> no => EINVAL
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" file_flags=F_RDONLY -> ro
bpf OBJ_GET pathname=&"/sys/fs/bpf/m" file_flags=F_WRONLY -> wo
bpf OBJ_GET pathname=&"/sys/fs/bpf/p" file_flags=F_RDONLY -> pr
bpf OBJ_GET pathname=&"/sys/fs/bpf/p" file_flags=F_WRONLY -> pw
bpf OBJ_GET pathname=&"/sys/fs/bpf/l" file_flags=F_RDONLY -> lr => EINVAL
bpf OBJ_GET pathname=&"/sys/fs/bpf/l" file_flags=F_WRONLY -> lw => EINVAL
bpf MAP_LOOKUP_ELEM map_fd=ro key=&00000000 value=&?8 => ok value=0000000000000000
bpf MAP_UPDATE_ELEM map_fd=ro key=&00000000 value=&0100000000000000 => EPERM
bpf MAP_LOOKUP_ELEM map_fd=wo key=&00000000 value=&?8 => EPERM
bpf MAP_UPDATE_ELEM map_fd=wo key=&00000000 value=&0100000000000000
bpf OBJ_PIN pathname=&"/sys/fs/bpf/rights" bpf_fd=ro
bpf OBJ_GET pathname=&"/sys/fs/bpf/rights" -> full
bpf MAP_UPDATE_ELEM map_fd=full key=&00000000 value=&0200000000000000

# directories and links
mkdir /sys/fs/bpf/d
mkdir /sys/fs/bpf/d => EEXIST
mkdir /sys/fs/bpf/a.b => EPERM
mkdir /sys/fs/bpf/none/d => ENOENT
mkdir /sys/fs/bpf/m => EEXIST
mkdir /sys/fs/bpf/m/d => ENOTDIR
mkdir /sys/fs/bpf/d/e/
rmdir /sys/fs/bpf/d => ENOTEMPTY
rmdir /sys/fs/bpf/m => ENOTDIR
rmdir /sys/fs/bpf/none => ENOENT
unlink /sys/fs/bpf/d => EISDIR
unlink /sys/fs/bpf/none => ENOENT
unlink /sys/fs/bpf/m/ => ENOTDIR
bpf OBJ_PIN pathname=&"/sys/fs/bpf/d/m" bpf_fd=m
bpf OBJ_PIN pathname=&"/sys/fs/bpf/d" bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/d/../d/e/m" bpf_fd=m
symlink /sys/fs/bpf/d/m /sys/fs/bpf/to
symlink /sys/fs/bpf/none /sys/fs/bpf/nowhere
symlink d /sys/fs/bpf/dir
symlink loop /sys/fs/bpf/loop
symlink d /sys/fs/bpf/a.b => EPERM
hardlink /sys/fs/bpf/m /sys/fs/bpf/hard
hardlink /sys/fs/bpf/m /sys/fs/bpf/hard => EEXIST
hardlink /sys/fs/bpf/d /sys/fs/bpf/hardd => EPERM
hardlink /sys/fs/bpf/m /sys/fs/bpf/h.d => EPERM
hardlink /sys/fs/bpf/none /sys/fs/bpf/h2 => ENOENT
hardlink /sys/fs/bpf/m /tmp/h3 => EXDEV
bpf OBJ_GET pathname=&"/sys/fs/bpf/to" -> t1
bpf OBJ_GET pathname=&"/sys/fs/bpf/nowhere" -> no => ENOENT
bpf OBJ_GET pathname=&"/sys/fs/bpf/dir/m" -> t2
bpf OBJ_GET pathname=&"/sys/fs/bpf/loop" -> no => ELOOP
bpf OBJ_GET pathname=&"/sys/fs/bpf/hard" -> t3
bpf OBJ_PIN pathname=&"/sys/fs/bpf/to" bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/nowhere" bpf_fd=m => EEXIST
bpf OBJ_PIN pathname=&"/sys/fs/bpf/dir/new" bpf_fd=m
bpf OBJ_PIN pathname=&"/sys/fs/bpf/loop/x" bpf_fd=m => ELOOP
bpf OBJ_PIN pathname=&"/sys/fs/bpf/loop" bpf_fd=m => EEXIST
rename /sys/fs/bpf/m /sys/fs/bpf/d/moved
rename /sys/fs/bpf/none /sys/fs/bpf/x => ENOENT
rename /sys/fs/bpf/d/moved /sys/fs/bpf/p
rename /sys/fs/bpf/d /sys/fs/bpf/d/e/f => EINVAL
rename /sys/fs/bpf/d /sys/fs/bpf/p => ENOTDIR
rename /sys/fs/bpf/p /sys/fs/bpf/d => EISDIR
rename /sys/fs/bpf/p /sys/fs/bpf/p.q => EPERM
rename /sys/fs/bpf/p /tmp/p => EXDEV
unlink /sys/fs/bpf/hard
unlink /sys/fs/bpf/to
unlink /sys/fs/bpf/dir
unlink /sys/fs/bpf/d/e/m
rmdir /sys/fs/bpf/d/e
rmdir /sys/fs/bpf/d/e/ => ENOENT
bpf OBJ_GET pathname=&"/sys/fs/bpf/p" -> maybe
bpf OBJ_GET pathname=&"/sys/fs/bpf/d/new" -> stays

# opened as files
open f1 /sys/fs/bpf/d/new => EIO
open f2 /sys/fs/bpf/d
open f3 /sys/fs/bpf/none => ENOENT

# relative to a directory
bpf OBJ_PIN pathname=&"rel" bpf_fd=m file_flags=F_PATH_FD path_fd=f2
bpf OBJ_PIN pathname=&"rel" bpf_fd=m file_flags=F_PATH_FD path_fd=f2 => EEXIST
bpf OBJ_GET pathname=&"rel" file_flags=F_PATH_FD path_fd=f2 -> r1
bpf OBJ_GET pathname=&"/sys/fs/bpf/d/rel" -> r2
bpf OBJ_PIN pathname=&"x" bpf_fd=m file_flags=F_PATH_FD path_fd=closed => EBADF
bpf OBJ_PIN pathname=&"x" bpf_fd=m file_flags=F_PATH_FD path_fd=m => ENOTDIR
bpf OBJ_PIN pathname=&"/sys/fs/bpf/abs" bpf_fd=m file_flags=F_PATH_FD path_fd=closed
bpf OBJ_PIN pathname=&"../up" bpf_fd=m file_flags=F_PATH_FD path_fd=f2
bpf OBJ_GET pathname=&"/sys/fs/bpf/up" -> r3
bpf OBJ_GET pathname=&"rel" file_flags=F_PATH_FD|F_RDONLY path_fd=f2 -> r4
bpf OBJ_PIN pathname=&"" bpf_fd=m file_flags=F_PATH_FD path_fd=f2 => ENOENT

# an object stays with its last pin
close r1
close r2
close r4
close r3
