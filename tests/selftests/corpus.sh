#!/bin/sh
# Builds the BPF programs of the Linux 6.12 selftests as a corpus for CorpusTests.
# Usage: corpus.sh FOLDER [NAME...]   (FOLDER must lie outside the repository; NAME as in progs/NAME.c, default all)
# Needs Debian packages, installed here when missing (root): see packages below. Needs /sys/kernel/btf/vmlinux.
set -eu

packages="clang-19 llvm-19 gcc make libelf-dev zlib1g-dev linux-source-6.12"
archive=/usr/src/linux-source-6.12.tar.xz

fail() { echo "corpus.sh: $*" >&2; exit 1; }

[ $# -ge 1 ] || fail "name the folder that is to hold the objects"
mkdir -p "$1"
objects=$(cd "$1" && pwd)
shift
repository=$(cd "$(dirname "$0")/../.." && pwd)
case "$objects/" in "$repository"/*) fail "$objects is inside the repository; the corpus is not ours to commit" ;; esac

updated=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
    [ "$(id -u)" = 0 ] || fail "package $package is missing; install it or run as root"
    [ -n "$updated" ] || { apt-get update -qq || fail "the package lists cannot be updated"; updated=yes; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" || fail "package $package cannot be installed"
done
[ -f "$archive" ] || fail "$archive is not there although its package is installed"
[ -r /sys/kernel/btf/vmlinux ] || fail "this kernel offers no BTF, so vmlinux.h cannot be made"

work=$objects/.work
source=$work/linux-source-6.12
selftests=$source/tools/testing/selftests/bpf
if [ ! -d "$selftests" ]; then
    mkdir -p "$work"
    tar -xf "$archive" -C "$work" --wildcards 'linux-source-6.12/tools/*' 'linux-source-6.12/include/*' \
        'linux-source-6.12/scripts/*' 'linux-source-6.12/arch/x86/include/*' 'linux-source-6.12/kernel/bpf/*'
fi
if [ ! -e "$work/headers/include/bpf/bpf_helpers.h" ]; then
    make -s -C "$source/tools/lib/bpf" OUTPUT="$work/" DESTDIR="$work/headers" prefix= install_headers
fi
if [ ! -s "$work/vmlinux.h" ]; then
    mkdir -p "$work/bpftool"
    make -s -j "$(nproc)" -C "$source/tools/bpf/bpftool" OUTPUT="$work/bpftool/" CLANG=clang-19 LLVM_STRIP=llvm-strip-19 \
        feature-llvm=0 feature-libbfd=0 feature-libcap=0
    "$work/bpftool/bpftool" btf dump file /sys/kernel/btf/vmlinux format c > "$work/vmlinux.h"
fi

# The compiler's own and the system's headers come last, so that the kernel's win.
system=$(clang-19 -E -v -x c /dev/null 2>&1 | awk '/search starts here/ { on = 1; next } /^End of search/ { on = 0 } on && $1 ~ /^\// { printf "-idirafter %s ", $1 }')
flags="--target=bpf -mcpu=v3 -mlittle-endian -O2 -g -w -D__TARGET_ARCH_x86 -DENABLE_ATOMICS_TESTS
    -I$work -I$selftests -I$source/tools/include/uapi -I$work/headers/include $system"

if [ $# -eq 0 ]; then
    for file in "$selftests"/progs/*.c; do set -- "$@" "$(basename "$file" .c)"; done
fi
# Running kernels newer than 6.12 declare in vmlinux.h what the selftests declare themselves: a second try leaves those out.
export selftests objects work flags
printf '%s\n' "$@" | xargs -P "$(nproc)" -I NAME sh -c '
    cd "$selftests"
    if { clang-19 $flags -c "progs/$1.c" -o "$objects/$1.bpf.o" || clang-19 $flags -DBPF_NO_KFUNC_PROTOTYPES -c "progs/$1.c" -o "$objects/$1.bpf.o"; } 2> "$work/$1.log"; then
        rm -f "$work/$1.log"
    else
        rm -f "$objects/$1.bpf.o"
        echo "not built: $1: $(grep -m 1 error: "$work/$1.log")"
    fi' compile NAME

built=0
for name; do [ ! -e "$objects/$name.bpf.o" ] || built=$((built + 1)); done
echo "$built objects in $objects, $(($# - built)) files not built"
[ "$built" -gt 0 ]
