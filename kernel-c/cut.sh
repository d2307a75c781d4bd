#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Prints parts of one of the kernel's files that cannot be compiled as a whole: cut.sh FILE NAME...
# A part is a function, a structure or a variable that begins in the first column and ends with a brace there. Directives of the
# preprocessor are printed as well, except #include, so that a part stays under its conditions.
set -eu
file=$1
shift
awk -v names="$*" -v file="$file" '
	BEGIN { count = split(names, list); for (i = 1; i <= count; i++) wanted[list[i]] = 1 }
	continued || /^#[ \t]*(if|ifdef|ifndef|elif|else|endif|define|undef)/ { print; continued = /\\$/; next }
	!inside && /^[a-z_]/ && !/;$/ {
		line = $0
		sub(/[(={].*/, "", line)
		sub(/ (__read_mostly|__ro_after_init) *$/, "", line)
		sub(/[ \t]+$/, "", line)
		sub(/.*[ *]/, "", line)
		if (line in wanted) { inside = 1; printf "#line %d \"%s\"\n", NR, file; found[line] = 1 }
	}
	inside { print }
	/^}/ { inside = 0 }
	END { for (name in wanted) if (!(name in found)) { print file ": no " name > "/dev/stderr"; exit 1 } }' "$file"
