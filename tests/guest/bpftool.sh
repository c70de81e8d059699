#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: docs/bpftool.md shows what bpftool shows
# fresh
# timeout: 180
# layers: tests/guest/layers-docs
# Runs each command of the document's console blocks and compares what it
# prints with what stands there: word by word, but for numbers. A line of three
# dots in the document stands for any lines. The document with the real outputs
# is left in the run's directory.
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

document=/usr/share/doc/cloison/bpftool.md
real=$work/bpftool.md

# Ids, sizes, times, tags and the like are another each time.
shape() { sed -E 's/\b[0-9a-f]{16}\b/#/g; s/[0-9]+/#/g; s/[[:space:]]+/ /g; s/ $//; s/^ //' "$1"; }

# alike DOCUMENTED PRINTED: two files of shapes
alike() {
	awk '
	FNR == NR { want[++wants] = $0; next }
	{ have[++haves] = $0 }
	END {
		for (i = j = 1; i <= wants; i++) {
			if (want[i] == "...") {
				for (i++; j <= haves && i <= wants && have[j] != want[i]; j++);
				if (i > wants) { j = haves + 1; break }
			}
			if (j > haves || have[j] != want[i]) {
				print "documented: " want[i] "\nprinted:    " have[j]
				exit 1
			}
			j++
		}
		if (j <= haves) { print "printed, not documented: " have[j]; exit 1 }
	}' "$1" "$2"
}

# compare COMMAND: its documented output is in $work/documented
compare() {
	bash -c "$1" >"$work/printed" 2>/dev/null
	cat "$work/printed" >>"$real"
	shape "$work/documented" >"$work/documented.shape"
	shape "$work/printed" >"$work/printed.shape"
	check "$1" alike "$work/documented.shape" "$work/printed.shape"
}

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
allow in 10.9.0.0/24 tcp 8080
allow out "$PEER" udp 7001
allow out fd00:9::/64 tcp 443-444
deny out "$OTHER"
must try acme "socket s udp4; sendto s $PEER 7001 hello; recv s"
refused 'a rule denies' 'not permitted' try acme "sendto s $OTHER 7001 hello"

command='' inside=0
while IFS= read -r line; do
	case $inside$line in
	"0\`\`\`console") inside=1 ;;
	"1\$ "*)
		[ -z "$command" ] || compare "$command"
		command=${line#\$ }
		: >"$work/documented"
		;;
	"1\`\`\`")
		compare "$command"
		inside=0 command=''
		;;
	1*)
		printf '%s\n' "$line" >>"$work/documented"
		continue
		;;
	esac
	printf '%s\n' "$line" >>"$real"
done <"$document"
cp "$real" /host/ 2>/dev/null || note "the real outputs could not be left behind"
check 'the document has commands' [ "$checks" -gt 10 ]

# What the document says of bpftool and struct_ops of modules.
(bpftool map dump pinned "$PINS/maps/cloison_ops") >/dev/null 2>&1
note "bpftool map dump of the struct_ops map ended with status $?"
finish
