# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of the memory wall share, over lib.sh.

. /tests/guest/lib.sh

# A step of try: touches the mapping until it dies, or for much longer than anything
# that has to end it takes, on a busy machine too.
# shellcheck disable=SC2034 # the tests use it
until_death=hold:$((120 * SLOW))

# The module, the guard, and the spare accelerator as pool accel0: it is small,
# and all of it is scanned in a moment.
# shellcheck disable=SC2120 # most tests need no options
# memory_up [OPTION OF POOL ADD]...
memory_up() {
	must modprobe cloison
	must cloison guard load
	must cloison pool add pci "$SPARE" --name accel0 "$@"
}

# try TENANT STEP...
try() {
	local tenant=$1
	shift
	in_tenant "$tenant" region-try "$@"
}

# control WHAT STEP...: the attempt must succeed where there is no wall.
control() {
	local what=$1
	shift
	check "control: $what" region-try "$@"
}

# denied WHAT ERROR TENANT STEP...: the last step must fail with that error.
denied() {
	local what=$1 error=$2
	shift 2
	refused "$what: $error" "^${*: -1}: $error\$" try "$@"
}

# ---- tasks in the background -----------------------------------------------

declare -A input pid_of

# Moves the tasks that ask for it ("join:DIRECTORY"): no tenant's task leaves by itself.
move_tasks() {
	local pid directory
	while read -r pid directory; do
		echo "$pid" >"$directory/cgroup.procs"
	done
}
rm -f /run/cloison-mover
mkfifo /run/cloison-mover
# No child of the test's, which may wait for all of those.
(move_tasks <>/run/cloison-mover & echo $! >"$work/mover")
# shellcheck disable=SC2317 # it is run by the trap
memory_ended() {
	local status=$?
	kill "$(<"$work/mover")"
	(exit "$status")
	ended
}
trap memory_ended EXIT

# begin NAME COMMAND...: its output is in $work/NAME, its input what `go` sends.
begin() {
	local name=$1 fd
	shift
	rm -f "$work/$name.in" "$work/$name"
	mkfifo "$work/$name.in"
	"$@" <"$work/$name.in" >"$work/$name" 2>&1 &
	pid_of[$name]=$!
	exec {fd}>"$work/$name.in"
	input[$name]=$fd
}

printed() { grep -Eq -- "$2" "$work/$1"; }

# until_printed NAME PATTERN
until_printed() {
	local tries
	for ((tries = 1; tries <= 400 * SLOW; tries++)); do
		printed "$@" && return
		sleep 0.05
	done
	note "cannot go on: $1 did not print $2 after $tries tries"
	sed 's/^/#   /' "$work/$1"
	exit 1
}

# go NAME: the next `wait` of its steps is over.
go() { echo go >&"${input[$1]}"; }

# over NAME: waits for its end.
over() { wait "${pid_of[$1]}" 2>/dev/null; }

# last_of NAME START: what stands behind START in its last line that begins so.
last_of() {
	local line
	last=
	while IFS= read -r line; do
		[[ $line != "$2"* ]] || last=${line#"$2"}
	done <"$work/$1"
}

# came_to WHAT NAME STEP RESULT: what a task in the background printed of a step.
came_to() {
	local last
	last_of "$2" "$3: "
	same "$1" "$last" "$4"
}

# word NAME START FIELD: a word behind START in that line.
word() {
	local last words
	last_of "$1" "$2"
	read -ra words <<<"$last"
	echo "${words[$3]-}"
}

# pid_in NAME / address_in NAME: what its step `where` printed.
pid_in() { word "$1" 'where: at ' 0; }
address_in() { word "$1" 'where: at ' 1; }

pool_says() { cat "/sys/class/cloison_pool/accel0/$1"; }
pool_is_clean() { [ "$(pool_says dirty)" = 0 ]; }

# findings COMMAND...: each line of it, "ok WHAT" or "not ok WHAT", is a check;
# "# WHAT" is a note. They stay in $work/findings.
findings() {
	local verdict what
	"$@" >"$work/findings" 2>&1
	note "$1 ${2-}: exit status $?"
	while read -r verdict what; do
		case $verdict in
		ok) ok "$what" ;;
		not) not_ok "${what#ok }" ;;
		'#') note "$what" ;;
		*) not_ok "unexpected output: $verdict $what" ;;
		esac
	done <"$work/findings"
}
