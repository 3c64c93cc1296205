#!/usr/bin/env bash
# Rebuilds the committed test objects with clang-19; byte-identical on every machine.
set -euo pipefail
cd "$(dirname "$0")"
build() { clang-19 -O2 --target=bpfel -ffile-prefix-map="$PWD"=. -fdebug-compilation-dir=. -Wall -Wno-unused-variable -Wno-missing-declarations "$@"; }
for cpu in v1 v2 v3 v4; do
	build -g -mcpu=$cpu -c datapath.c -o "datapath-$cpu.o"
	build -mcpu=$cpu -c plain.c -o "plain-$cpu.o"
done
build -g -mcpu=v3 -c plain.c -o plain-g.o
build -mcpu=v3 -c text.c -o text.o
build -mcpu=v2 -c legacy.c -o legacy.o
build -mcpu=v1 -c legacy20.c -o legacy20.o
build -g -mcpu=v3 -c numbers.c -o numbers.o
build -g -mcpu=v3 -c tunnels.c -o tunnels.o
build -g -mcpu=v3 -c core.c -o core.o
build -g -mcpu=v3 -c core_target.c -o core_target.o
for name in exceptions objects objects_bad ownership pinned safety timers; do build -g -mcpu=v3 -c $name.c -o $name.o; done
for kind in larger timed global; do build -g -mcpu=v3 -D${kind^^} -c pinned.c -o pinned-$kind.o; done
build -g -mcpu=v3 -DTAGGED -c tails.c -o tails-tagged.o
build -g -mcpu=v3 -c tails.c -o tails-sections.o
for name in events loops rejections settings weak; do build -g -mcpu=v3 -c $name.c -o $name.o; done
for which in 1 2 3 4 5 6 7; do build -g -mcpu=v3 -DWHICH=$which -c loading.c -o loading-$which.o; done
clang-19 -O2 --target=bpfeb -mcpu=v3 -c text.c -o text-big-endian.o
for object in *.o; do llvm-strip-19 --strip-debug "$object" 2>/dev/null || true; done
