#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The data symbols that an object declares and does not define, by its debugging information.
set -eu
${READELF:-readelf} --debug-dump=info --wide "$1" 2>/dev/null | awk '
	/Abbrev Number/ { variable = /DW_TAG_variable/; name = "" }
	variable && /DW_AT_name/ { name = $NF }
	variable && /DW_AT_declaration/ { if (name != "") print name }'
