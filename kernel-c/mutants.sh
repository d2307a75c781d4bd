#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Tries the mutants: mutants.sh TREE BUILD EOI WORK [MUTANT...]. TREE is Linux 6.12 with the merged fix, BUILD what prepare.sh has
# made of it, EOI the program eoi, WORK an empty directory. Each mutant is linked with a driver, and its C compared with the model of
# the same kernel. Prints for each the steps that differ and the length of the shortest sequence, by device.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 build=$2 eoi=$3 work=$4
shift 4
[ $# -gt 0 ] || set -- $(cd "$here/mutants" && ls | sed -n 's/\.diff$//p')

# The mutant $1 with the driver $2 as the controller $3.
try() {
	out=$work/$1-$2
	rm -rf "$out"
	grep -h '^+++ b/' "$here/mutants/$1.diff" | sed 's/+++ b.//' | while read -r file; do
		mkdir -p "$out/patched/$(dirname "$file")"
		cp "$tree/$file" "$out/patched/$file"
	done
	patch -s -p1 -F0 -d "$out/patched" < "$here/mutants/$1.diff"
	if ! "$here/build.sh" "$tree" "$build" "$out" "$2" "$work/$2" > "$out/log" 2>&1; then
		echo "$1 $3 does not compile: $(grep -m1 error "$out/log")"
		return
	fi
	"$eoi" verify --program "$out/kernel-c" --chip "$3" --release 6.12.107 --device disintx,no-disintx --format json \
		> "$out/json" 2> "$out/error" || true
	echo "$1 $3" $(grep -E '"(device|differing)"' "$out/json" | tr -d ' ",' | cut -d: -f2) $(cat "$out/error")
	rm -rf "$out"
}

for driver in xive plic; do
	[ -e "$work/$driver/kernel-c" ] || "$here/build.sh" "$tree" "$build" "$work/$driver" "$driver"
done
for mutant; do
	case $mutant in
	plic-*) ;;
	*) try "$mutant" xive xive-q ;;
	esac
	case $mutant in
	xive-*) ;;
	*) try "$mutant" plic plic ;;
	esac
done
