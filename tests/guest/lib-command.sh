# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of the command share. Beside lib.sh:
#
#	. /tests/guest/lib.sh
#	. /tests/guest/lib-command.sh

: "${work:?}"

# exits CODE WHAT PATTERN COMMAND...: both the exit code and the words count; an
# empty PATTERN is for what has nothing to say.
exits() {
	local code=$1 what=$2 pattern=$3 status=0
	shift 3
	"$@" >"$work/output" 2>&1 </dev/null || status=$?
	if [ "$status" = "$code" ] && said "$pattern"; then
		ok "$what"
		return
	fi
	not_ok "$what (exit status $status, wanted $code and \"$pattern\")"
	sed 's/^/#   /' "$work/output"
}

said() {
	if [ -n "$1" ]; then grep -Eq -- "$1" "$work/output"; else [ ! -s "$work/output" ]; fi
}

# json WHAT CONDITION COMMAND...: the output is JSON, and CONDITION (Python, of
# what it was read as, j) holds.
json() {
	local what=$1 condition=$2
	shift 2
	"$@" >"$work/json" 2>"$work/errors"
	if python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
sys.exit(0 if eval("(" + sys.argv[2] + ")") else "not so: " + sys.argv[2] + " of " + json.dumps(j))
' "$work/json" "$condition" >"$work/output" 2>&1; then
		ok "$what"
	else
		not_ok "$what"
		sed 's/^/#   /' "$work/output" "$work/errors"
	fi
}

# same_fields WHAT COMMAND...: the table's header names the fields of the JSON.
same_fields() {
	local what=$1
	shift
	json "$what: the fields are those of the table" \
		"all(list(row) == \"$("$@" | head -n1 | tr -s ' ' | sed 's/^ //')\".split() for row in j) and j" \
		"$@" --json
}

# become_in CGROUP COMMAND...: this shell becomes the command, in that cgroup.
become_in() {
	# shellcheck disable=SC2016 # for the inner shell
	exec bash -c 'echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"' "$@"
}
