#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: cloison run: Ctrl-C, stop and continue, and the size of the window
. /tests/guest/lib.sh

export SLOW
wall_up
make_tenant acme
terminal() { python3 /tests/guest/terminal.py "$@"; }
shown() { terminal "$@" | tr '\n' ' '; }
status_of() { "$@" >"$work/shown" 2>&1; echo $?; }

loop='while :; do sleep 0.1; done'

# ---- keys -----------------------------------------------------------------------

same 'Ctrl-C ends a command' \
	"$(status_of terminal 'see ready' 'type \x03' -- cloison run acme -- sh -c "echo ready; exec sleep 1000")" 130
same 'or interrupts it' \
	"$(status_of terminal 'see ready' 'type \x03' 'see interrupted' -- \
		cloison run acme -- sh -c "trap 'echo interrupted; exit 9' INT; echo ready; $loop")" 9
same 'what is typed arrives' \
	"$(status_of terminal 'see ready' 'type word\n' 'see got word' -- \
		cloison run acme -- sh -c 'echo ready; read -r line; echo "got $line"')" 0
same 'a pipe beside the terminal' \
	"$(status_of terminal 'see from the pipe' -- bash -c 'echo from the pipe | cloison run acme -- cat')" 0
same 'a file beside the terminal' \
	"$(status_of terminal 'see ready' 'type word\n' -- \
		bash -c "echo ready; cloison run acme -- head -n1 >$work/file")" 0
same 'got what was typed' "$(cat "$work/file")" word
same 'only terminals are replaced' \
	"$(cloison run acme -- sh -c 'for fd in 0 1; do test -t $fd && echo $fd; done; echo none' </dev/null | cat)" none
same 'all of a long output is shown' \
	"$(terminal -- cloison run acme -- seq 1 3000 | grep -c '^[0-9]*$')" 3000

# ---- the window -------------------------------------------------------------------

# Not by bash: it drops an interrupt that comes while a child of it ends by itself.
check 'its size is the caller'"'"'s, and follows' \
	terminal 'see 24 80' 'see ready' 'size 33 77' 'see 33 77' 'type \x03' 'see over' -- \
	cloison run acme -- sh -c "trap 'stty size' WINCH; trap 'echo over; exit 0' INT; stty size; echo ready; $loop"

# ---- stop and continue ----------------------------------------------------------------

# A shell with jobs, as an admin has it. Each word is typed in two parts, so that what
# is seen is not its echo. One process only: a shell that stands in vfork(2) does not stop
# while its child is stopped before it executes.
check 'Ctrl-Z stops it, the terminal is the shell'"'"'s again, and fg goes on' \
	terminal 'see $ ' 'type cloison run acme -- sh -c "echo rea""dy; exec cat"\n' 'see ready' \
	'type \x1a' 'see Stopped' 'see $ ' \
	'type stty -a | grep -o -- "[-]*icanon" | sed s/^/mode:/\n' 'see mode:icanon' 'see $ ' \
	'type fg\n' 'type hel' 'see hel' 'type lo\n' 'see hello' 'type \x04' 'see $ ' \
	'type echo sta""tus:$?; exit 0\n' 'see status:0' -- \
	env PS1='$ ' bash --norc --noprofile -i
check 'the terminal is as it was before' terminal 'see same' -- bash -c \
	'before=$(stty -g); cloison run acme -- stty raw; [ "$(stty -g)" = "$before" ] && echo same'
check 'also after a signal to its caller' terminal 'see ready' 'do pkill -TERM -x cloison' 'see same' -- bash -c \
	'before=$(stty -g); cloison run acme -- sh -c "echo ready; exec sleep 1000"; [ "$(stty -g)" = "$before" ] && echo same'

state() { sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status"; }
is_in_state() { [ "$(state "$1")" = "$2" ]; }
cloison run acme -- sh -c 'echo up; kill -STOP $$; echo on; exec sleep 1000' >"$work/up" &
pid=$!
within 'a command begins without a terminal' 10 grep -q up "$work/up"
stops_itself() { is_in_state "$(pgrep -f '^sh -c echo up; kill -STOP')" T; }
within 'and stops itself' 10 stops_itself
within 'which does not stop its caller' 10 is_in_state $pid S
kill -CONT $pid
within 'its caller wakes it' 20 pgrep -x sleep
kill -TSTP $pid
within 'a stop of its caller stops it' 10 pgrep -x -r T sleep
within 'after which its caller stops' 10 is_in_state $pid T
kill -CONT $pid
within 'they go on together' 10 pgrep -x -r S sleep
kill -TERM $pid
wait $pid
same 'a signal to the caller ends both' "$?" 143
finish
