#!/usr/bin/env bash
# Rebuilds every scenario's .bpf.o from the .bpf.c beside it. Needs clang 19 and the kernel and libbpf headers
# (Debian: clang-19 llvm-19 libbpf-dev linux-libc-dev). The objects are committed, so nobody needs this to run scenarios.
#   scenarios/build.sh [FOLDER…]
set -euo pipefail
cd "$(dirname "$0")"
clang=${CLANG:-clang-19}
strip=${STRIP:-llvm-strip-19}
system=$("$clang" -v -E - </dev/null 2>&1 | sed -n '/<...> search starts here:/,/End of search list./{ s| \(/.*\)|-idirafter \1|p }')
for folder in "${@:-.}"; do
  find "$folder" -name '*.bpf.c' | sort | while read -r source; do
    object=${source%.c}.o
    # The line table names files as given here, never a folder of the building machine.
    # shellcheck disable=SC2086
    (cd "$(dirname "$source")" && "$clang" -g -O2 --target=bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
      -fdebug-compilation-dir=. -I../include $system -c "$(basename "$source")" -o "$(basename "$object")")
    "$strip" -g "$object"
    echo "$object"
  done
done
