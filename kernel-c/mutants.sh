#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Tries the mutants: mutants.sh TREE BUILD EOI WORK [MUTANT...]. TREE is Linux 6.12 with the merged fix, BUILD what prepare.sh has
# made of it, EOI the program eoi, WORK an empty directory. Each mutant is linked with a driver, and its C compared with the model of
# the same kernel: one of a driver with that driver, one of a flow handler with a driver that has it, and everything else with PLIC
# and XIVE, with XIVE also without the merged fix, so that disable_irq_nosync is lazy. Prints the shortest sequence.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 build=$2 eoi=$3 work=$4
shift 4
[ $# -gt 0 ] || set -- $(cd "$here/mutants" && ls | sed -n 's/\.diff$//p')

# The mutant $1 with the driver $2 as the controllers $3, beside the model of $4, with the patch $5 if there is one.
try() {
	out=$work/$1-$2
	rm -rf "$out"
	[ -e "$work/$2/kernel-c" ] || "$here/build.sh" "$tree" "$build" "$work/$2" "$2" > "$work/log" 2>&1
	for change in "$here/mutants/$1.diff" ${5:+"$5"}; do
		grep -h '^+++ b/' "$change" | sed 's/+++ b.//' | while read -r file; do
			[ -e "$out/patched/$file" ] && continue
			mkdir -p "$out/patched/$(dirname "$file")"
			cp "$tree/$file" "$out/patched/$file"
		done
		patch -s -p1 -F0 -d "$out/patched" < "$change"
	done
	if ! "$here/build.sh" "$tree" "$build" "$out" "$2" "$work/$2" > "$out/log" 2>&1; then
		echo "$1 $3 $4 does not compile: $(grep -m1 error "$out/log")"
		return
	fi
	"$eoi" verify --program "$out/kernel-c" --chip "$3" --release "$4" --device disintx,no-disintx --format ktap \
		> "$out/ktap" 2> "$out/error" || true
	if grep -q '^not ok' "$out/ktap"; then
		echo "$1 $3 $4 differs: $(grep -m1 '^# ' "$out/ktap")"
	else
		echo "$1 $3 $4 $(grep -q '^ok' "$out/ktap" && echo survives) $(cat "$out/error")"
	fi
	rm -rf "$out"
}

for mutant; do
	case $mutant in
	gic-v3-*) try "$mutant" gic-v3 gicv3,gicv3-eoimode1 6.12.107 ;;
	gic-*) try "$mutant" gic gicv2,gicv2-eoimode1 6.12.107 ;;
	level-* | mask-ack-* | unmask-of-disabled)
		try "$mutant" i8259 i8259 6.12.107
		try "$mutant" pch-pic pch-pic 6.12.107 ;;
	i8259-*) try "$mutant" i8259 i8259 6.12.107 ;;
	pch-pic-*) try "$mutant" pch-pic pch-pic 6.12.107 ;;
	aplic-msi-* | imsic-*) try "$mutant" aplic-msi aplic-msi 6.12.107 ;;
	aplic-*) try "$mutant" aplic-direct aplic-direct 6.12.107 ;;
	icp-native-* | ics-opal-*) try "$mutant" xics xics 6.12.107 ;;
	icp-opal-*) try "$mutant" xics-on-xive xics-on-xive 6.12.107 ;;
	icp-hv-* | ics-rtas-*) try "$mutant" xics-pseries xics-pseries 6.12.107 ;;
	mpic-*) try "$mutant" mpic mpic 6.12.107 ;;
	mips-gic-*) try "$mutant" mips-gic mips-gic 6.12.107 ;;
	ioapic-*) try "$mutant" ioapic ioapic-qemu,ir-ioapic-qemu 6.12.107 ;;
	plic-*) try "$mutant" plic plic 6.12.107 ;;
	*)
		try "$mutant" xive xive-q 6.12.107
		try "$mutant" xive xive 6.12.57 "$here/../eoi/lab/patches/none.diff"
		case $mutant in
		xive-*) ;;
		*) try "$mutant" plic plic 6.12.107 ;;
		esac ;;
	esac
done
