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
wanted="DEBUG_SPINLOCK UML_TIME_TRAVEL_SUPPORT"
flags="-ffunction-sections -fdata-sections -pg -mfentry"
# No option of ARCH=um selects it. Of the lines here only those of RISC-V's PLIC are resent in software.
if grep -q HARDIRQS_SW_RESEND "$tree/arch/riscv/Kconfig"; then flags="-DCONFIG_HARDIRQS_SW_RESEND=1 $flags"; fi
if grep -q UML_PCI_OVER_VIRTIO "$tree/arch/um/drivers/Kconfig"; then
	wanted="$wanted PCI VFIO_PCI"
else
	: > "$build/without-pci"
fi
for option in $wanted; do
	grep -q "^CONFIG_$option=y" "$build/.config" || {
		echo "error: this kernel cannot be configured for ARCH=um with CONFIG_$option" >&2
		exit 1
	}
done
um prepare
if [ -e "$build/without-pci" ]; then
	# Its Makefiles would refuse objects of options that are not set.
	um KCFLAGS="$flags" kernel/irq/chip.o
	while read -r object; do
		[ -e "$tree/$object.c" ] || continue
		mkdir -p "$build/$(dirname "$object")"
		"$here/compile.sh" "$tree" "$build" "$build/patched" "$build/$object.o" "$tree/$object.c" -pg -mfentry
	done < "$here/objects"
else
	um KCFLAGS="$flags" $(sed 's/$/.o/' "$here/objects")
fi
