#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Configures a tree for ARCH=um and compiles the objects that are the same for every controller and patch:
# prepare.sh TREE BUILD. JOBS says how many at once. Nothing is written to TREE.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 build=$2
mkdir -p "$build"
um() { make -C "$tree" ARCH=um O="$build" -s -j"${JOBS:-1}" "$@"; }

um defconfig
(cd "$tree" && scripts/kconfig/merge_config.sh -m -O "$build" "$build/.config" "$here/config" > "$build/merge.log")
um olddefconfig
for option in PCI VFIO_PCI DEBUG_SPINLOCK UML_TIME_TRAVEL_SUPPORT; do
	grep -q "^CONFIG_$option=y" "$build/.config" || {
		echo "error: this kernel cannot be configured for ARCH=um with CONFIG_$option" >&2
		exit 1
	}
done
um prepare
um KCFLAGS="-ffunction-sections -fdata-sections -pg -mfentry" $(sed 's/$/.o/' "$here/objects")
