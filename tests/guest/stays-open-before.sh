#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: what the threat model says stays open of what is older than the wall
# fresh
# timeout: 200
# Each check holds as long as the gap is there, so that closing it is noticed.
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
must mkdir -p "$WALLED"
session old "$WALLED" acme
check 'a connection, begun before there is a guard' try old "socket c tcp4; connect c $PEER 7001"
same 'it has an answer' "$(try old 'send c before; recv c')" before
# And a task with a ring, which goes on when it is let through: its way into another
# cgroup leads by a pipe.
mkdir "$work/gate"
mkfifo "$work/gate/cgroup.procs"
(go_to "$WALLED" acme net-uring joins "$work/gate" write "$PEER" 7001 word-ring) >"$work/ring" 2>&1 &
ring=$!
at_gate() { grep -q net-uring "/proc/$ring/comm" && grep -qs 'State:.S' "/proc/$ring/status"; }
within 'a task with a ring, from before there is a guard' 30 at_gate
guard_up
make_tenant acme --adopt

# L-03: nobody can tell who began it, so a rule for what the other end begins will do.
allow in "$PEER" tcp 1024-65535
refused 'L-03 control: the tenant begins no other' 'not permitted|timed out' \
	try old "patience 500; socket d tcp4; connect d $PEER 7001"
same 'known gap, still open: L-03 a connection older than its tenant goes on by a rule for the other end' \
	"$(try old 'send c after; recv c')" after

# N-32: who was there when the tenant was made keeps its ring, and the socket behind it.
allow out "$PEER" tcp 7001
cat "$work/gate/cgroup.procs" >/dev/null
wait "$ring"
same 'known gap, still open: N-32 a ring from before the tenant, of a task that was there' $? 0
within 'what it wrote arrives' 30 wrote outside word-ring
forbid 2

# N-31: the call that runs while its task is moved was begun as the host's; one that waits
# is ended, and its socket closed.
session waits "$OPEN" acme
must try waits "socket u udp4; bind u $ACME 6005"
printf 'patience 20000; recv u\n' >&"${session_in[waits]}"
sleeping() { grep -q 'State:.S' "/proc/${session_pid[waits]}/status"; }
within 'a task of the host waits in recvfrom' 30 sleeping
echo "${session_pid[waits]}" >"$WALLED/cgroup.procs"
must try outside "socket k udp4; sendto k $ACME 6005 word"
IFS= read -r -t 30 reply <&"${session_out[waits]}"
same 'N-31 a call that waits is ended as its task comes in' "$reply" 'error recv: Interrupted system call'
refused 'N-31 and the socket is closed' 'Bad file descriptor' try waits 'patience 500; recv u'
finish
