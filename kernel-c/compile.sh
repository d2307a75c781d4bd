#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Compiles one file as the kernel compiles its own: compile.sh TREE BUILD PATCHED OUTPUT SOURCE [FLAGS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 build=$2 patched=$3 output=$4 source=$5
shift 5
flags=$(sed -n 's/^savedcmd_[^ ]* := *[^ ]* \(.*\) -c -o .*$/\1/p; s/^cmd_[^ ]* := *[^ ]* \(.*\) -c -o .*$/\1/p' \
	"$build/kernel/irq/.chip.o.cmd" | sed "s/-Wp,-MMD,[^ ]*//; s/ -pg -mfentry//; s/-DKBUILD_[A-Z]*='[^']*'//g; s/-W[a-z-]*prototypes\|-Wmissing-declarations//g")
[ ! -e "$build/without-pci" ] || flags="$flags -include '$here/include/without-pci.h'"
cd "$build"
eval "\${CC:-gcc} -I'$patched/include' $flags -Wno-error=implicit-function-declaration -w -DKBUILD_MODNAME='\"kernel_c\"' -DKBUILD_BASENAME='\"kernel_c\"' -DKBUILD_MODFILE='\"kernel_c\"' -I'$tree' -I'$tree/kernel' \"\$@\" -c -o '$output' '$source'" \
	2> "$output.said" && failed=0 || failed=$?
# The compiler's words, with the names that the files have in the tree.
sed "s|$patched/||g; s|$tree/||g; s|include/\.\./||g" "$output.said" >&2
rm "$output.said"
exit $failed
