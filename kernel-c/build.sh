#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Builds the program of one controller: build.sh TREE BUILD OUT CHIP [SAME]
# BUILD is a build directory in which prepare.sh has run; OUT a new directory, in which `kernel-c` is the program.
#
# OUT/patched may hold files of the tree, changed, under their own paths: they are compiled in the place of the tree's. If a
# header is among them, everything is compiled anew. SAME is the OUT of another patch of the same tree, whose objects are taken
# where no patch can change them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 build=$2 out=$3 chip=$4 same=${5:-}
cc=${CC:-gcc} ld=${LD:-ld} nm=${NM:-nm}
patched=$out/patched
mkdir -p "$out/headers/asm" "$out/objects" "$patched/include"

kcc() { "$here/compile.sh" "$tree" "$build" "$patched" "$@"; }

# Headers of another architecture: those of the tree, and empty ones where nothing of them is on the path.
# Not every release has every one of them.
borrow() {
	from=arch/$1/include/asm
	shift
	for header; do
		for root in "$tree" "$patched"; do [ ! -e "$root/$from/$header.h" ] || ln -sf "$root/$from/$header.h" "$out/headers/asm/"; done
	done
}
empty() { for header; do : > "$out/headers/asm/$header.h"; done; }

# Parts of a file of the tree that cannot be compiled as a whole, as a header.
cut() {
	to=$out/headers/$1 file=$2 from=$tree
	shift 2
	[ ! -e "$patched/$file" ] || from=$patched
	"$here/cut.sh" "$from/$file" "$@" > "$to"
}

# The driver's directory, for its own headers.
directory=drivers/irqchip
include=
case $chip in
xive)
	include=powerpc directory=arch/powerpc/sysdev/xive
	borrow powerpc xive xive-regs opal-api debugfs ;;
gic | gic-v3) empty arch_gicv3 cputype exception smp_plat virt ;;
mips-gic)
	include=mips
	borrow mips mips-gic ;;
mpic)
	include=powerpc directory=arch/powerpc/sysdev
	borrow powerpc mpic msi_bitmap
	empty dcr ;;
xics | xics-on-xive | xics-pseries)
	include=powerpc
	borrow powerpc xics opal opal-api hvcall
	empty dbell firmware kvm_ppc rtas ;;
pch-pic)
	cut eiointc.h drivers/irqchip/irq-loongson-eiointc.c eiointc_ack_irq eiointc_mask_irq eiointc_unmask_irq eiointc_irq_chip ;;
aplic-*) empty csr hwcap ;;
ioapic)
	cut entry.h arch/x86/include/asm/io_apic.h IO_APIC_route_entry
	cut vector.h arch/x86/kernel/apic/vector.c apic_ack_irq
	cut io_apic.h arch/x86/kernel/apic/io_apic.c irq_pin_list mp_chip_data mp_ioapic_gsi ioapic io_apic io_apic_eoi \
		native_io_apic_read io_apic_write __ioapic_read_entry __ioapic_write_entry ioapic_mask_entry io_apic_modify_irq \
		io_apic_sync mask_ioapic_irq __unmask_ioapic unmask_ioapic_irq __eoi_ioapic_pin eoi_ioapic_pin startup_ioapic_irq \
		io_apic_level_ack_pending ioapic_prepare_move ioapic_finish_move ioapic_ack_level ioapic_ir_ack_level \
		ioapic_configure_entry ioapic_set_affinity ioapic_irq_get_chip_state ioapic_chip ioapic_ir_chip \
		mp_preconfigure_entry mp_irqdomain_activate mp_irqdomain_deactivate ;;
i8259)
	empty timer
	borrow x86 i8259 ;;
esac
set -- ${include:+"-I$here/include/$include"} "-I$out/headers" "-I$patched/$directory" "-I$tree/$directory"

if [ -n "$(find "$patched" -name '*.h')" ]; then
	same=
	for object in $(cat "$here/objects") drivers/vfio/pci/vfio_pci_intrs; do
		mkdir -p "$patched/$(dirname "$object")"
		[ -e "$patched/$object.c" ] || cp "$tree/$object.c" "$patched/$object.c"
	done
fi
kcc "$out/chip.o" "$here/shim/$chip.c" "$@" -pg -mfentry
if [ "$chip" = xive ]; then
	# A static of xive_pick_irq_target, which counts up and which nothing but this can name.
	counter=$("$nm" "$out/chip.o" | awk '$3 ~ /^fuzz\./ { print $3 }')
	"${OBJCOPY:-objcopy}" --redefine-sym "$counter=kc_xive_static" "$out/chip.o"
	"${OBJCOPY:-objcopy}" --globalize-symbol=kc_xive_static "$out/chip.o"
fi
if [ -n "$same" ]; then
	cp "$same"/world.o "$same"/engine-*.o "$out/"
else
	kcc "$out/world.o" "$here/shim/world.c"
fi
kcc "$out/vfio.o" "$here/shim/vfio.c" "-I$patched/drivers/vfio/pci" "-I$tree/drivers/vfio/pci" -pg -mfentry
objects=
while read -r object; do
	if [ -e "$patched/$object.c" ]; then
		ours=$out/objects/$(echo "$object" | tr / -).o
		kcc "$ours" "$patched/$object.c" -iquote "$patched/$(dirname "$object")" -iquote "$tree/$(dirname "$object")" \
			-pg -mfentry
		objects="$objects $ours"
	else
		objects="$objects $build/$object.o"
	fi
done < "$here/objects"
roots=
for root in kc_boot kc_prepare kc_becomes_current kc_enable kc_disable kc_lock_is_shared kc_is_started kc_mask kc_unmask kc_unmask_eventfd kc_flow kc_work kc_is_intx kc_work_queued kc_resend kc_resend_scheduled \
	kc_in_progress kc_lock_name kc_fields kc_forget kc_counters kc_chip kc_chip_accept; do
	roots="$roots -u $root"
done
# In two steps: the linker leaves nothing out while a script of ours is in force.
"$ld" -r --gc-sections $roots -o "$out/needed.o" "$out/world.o" "$out/vfio.o" "$out/chip.o" $objects
"$ld" -r -T "$here/image.lds" -o "$out/kernel.o" "$out/needed.o"

[ -n "$same" ] || for part in cpus hardware events record image speak kernel; do
	"$cc" -std=gnu11 -O2 -g -fno-pie -fno-builtin-malloc -mstackrealign -mno-red-zone -Wall -Wextra -Wno-unused-parameter \
		-Wno-builtin-declaration-mismatch -c -o "$out/engine-$part.o" "$here/engine/$part.c"
done

# Symbols that are still undefined are not on the path. A function stops the program and says its name; data would be read in
# silence, so that it is an error here.
link() { "$cc" -no-pie -o "$out/kernel-c.part" "$out/kernel.o" "$out"/engine-*.o "$@"; }
"$nm" -u "$out/kernel.o" | awk '{ print $NF }' | sort > "$out/wanted"
{ "$nm" -g --defined-only "$out"/engine-*.o; "$nm" -D --defined-only "$("$cc" -print-file-name=libc.so.6)" ; } 2>/dev/null |
	awk 'NF == 3 { sub(/@.*/, "", $3); print $3 }' | sort -u > "$out/had"
comm -23 "$out/wanted" "$out/had" > "$out/missing"
"$here/data.sh" "$out/kernel.o" | sort -u > "$out/data"
if comm -12 "$out/missing" "$out/data" | grep . > "$out/missing-data"; then
	echo "data that the kernel's objects need and nobody has: $(tr '\n' ' ' < "$out/missing-data")" >&2
	exit 1
fi
awk '{ printf "\t.globl %s\n%s:\n\tmovl $1f, %%edi\n\tjmp kc_missing\n\t.section .rodata\n1:\t.asciz \"%s\"\n\t.text\n", $1, $1, $1 }
	END { print "\t.section .note.GNU-stack,\"\",@progbits" }' "$out/missing" > "$out/traps.s"
"$cc" -c -o "$out/traps.o" "$out/traps.s"
link "$out/traps.o"
"$nm" -n "$out/kernel-c.part" | awk '$2 ~ /^[tT]$/ { printf "{ 0x%s, \"%s\" },\n", $1, $3 }' > "$out/functions.h"
{
	echo "const struct { unsigned long at; const char *name; } kc_functions[] = {"
	cat "$out/functions.h"
	echo "{ 0, 0 } };"
} > "$out/functions.c"
"$cc" -fno-pie -c -o "$out/functions.o" "$out/functions.c"
link "$out/traps.o" "$out/functions.o"
mv "$out/kernel-c.part" "$out/kernel-c"
