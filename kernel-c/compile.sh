#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Compiles one file as the kernel compiles its own: compile.sh TREE BUILD OUTPUT SOURCE [FLAGS]
set -eu
tree=$1 build=$2 output=$3 source=$4
shift 4
flags=$(sed -n 's/^savedcmd_[^ ]* := *[^ ]* \(.*\) -c -o .*$/\1/p; s/^cmd_[^ ]* := *[^ ]* \(.*\) -c -o .*$/\1/p' \
	"$build/kernel/irq/.chip.o.cmd" | sed "s/-Wp,-MMD,[^ ]*//; s/ -pg -mfentry//; s/-DKBUILD_[A-Z]*='[^']*'//g; s/-W[a-z-]*prototypes\|-Wmissing-declarations//g")
cd "$build"
eval "exec \${CC:-gcc} $flags -w -DKBUILD_MODNAME='\"kernel_c\"' -DKBUILD_BASENAME='\"kernel_c\"' -DKBUILD_MODFILE='\"kernel_c\"' -I'$tree' -I'$tree/kernel' \"\$@\" -c -o '$output' '$source'"
