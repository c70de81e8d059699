#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: cloison run in a frozen tenant: an error instead of a hang
. /tests/guest/lib.sh

export SLOW
wall_up
make_tenant acme
terminal() { python3 /tests/guest/terminal.py "$@"; }
status_of() { "$@" >"$work/shown" 2>&1; echo $?; }
freeze() {
	echo "$2" >"$1/cgroup.freeze"
	until grep -q "frozen $2" "$1/cgroup.events"; do sleep 0.05; done
}

check 'control: it runs' cloison run acme -- true
freeze "$PEN/acme" 1
refused 'a frozen tenant' "echo 0 >$PEN/acme/cgroup.freeze" cloison run acme -- true
same 'exit status' "$(status_of cloison run acme -- true)" 125
freeze "$PEN/acme" 0
freeze "$PEN" 1
refused 'one below a frozen cgroup' "echo 0 >$PEN/cgroup.freeze" cloison run acme -- true
bash -c "$(cloison run acme -- true 2>&1 | sed -n 's/.*thaw it: //p')"
check 'what it says thaws it' cloison run acme -- true

# Frozen when the first process is about to be made: the caller is stopped at that
# moment. The kernel then begins the call again, in which the signal does not come again.
strace -o "$work/trace" -e trace=clone3 -e inject=clone3:signal=SIGSTOP:when=1 cloison run acme -- true 2>"$work/said" &
pid=$!
within 'the caller stands still in its clone' 20 grep -q 'stopped by SIGSTOP' "$work/trace"
freeze "$PEN/acme" 1
pkill -CONT -x cloison
wait $pid
same 'frozen while it begins: exit status' "$?" 125
check 'and what it says' grep -q 'acme is frozen' "$work/said"
freeze "$PEN/acme" 0

# Frozen while it runs is the admin's business, but keys and signals end it.
same 'Ctrl-C at a command that was frozen' \
	"$(status_of terminal 'see ready' "do echo 1 >$PEN/acme/cgroup.freeze; grep -q 'frozen 1' $PEN/acme/cgroup.events" \
		'type \x03' -- cloison run acme -- sh -c 'echo ready; exec sleep 1000')" 130
freeze "$PEN/acme" 0
cloison run acme -- sh -c 'echo ready; exec sleep 1000' >"$work/up" &
pid=$!
within 'another' 10 grep -q ready "$work/up"
freeze "$PEN/acme" 1
kill -TERM $pid
wait $pid
same 'a signal to its caller' "$?" 143
freeze "$PEN/acme" 0
check 'no process is left' sh -c '! pgrep -x sleep'
check 'and no cgroup' [ -z "$(find "$PEN/acme" -name 'run-*')" ]
finish
