#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: what the threat model says stays open, where no other test shows it
# timeout: 300
# Each check holds as long as the gap is there, so that closing it is noticed.
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-process.sh

net_up
guard_up
make_tenant acme --address "$ACME,$ACME6"
make_tenant globex
open() { check "known gap, still open: $1" "${@:2}"; }
in_acme() { in_tenant acme "$@"; }

# ---- files, devices, descriptors -----------------------------------------------------

# N-17: a task that can put a socket of the host into a directory that was allowed.
mkdir "$work/allowed"
python3 -c "
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind('$work/theirs')
s.listen()
open('$work/listens', 'w').close()
while True:
    s.accept()
" &
within 'a server of the host listens' 30 test -e "$work/listens"
reach() { in_acme python3 -c "import socket; socket.socket(socket.AF_UNIX).connect('$1')"; }
must cloison guard unix-allow "$work/allowed/" --tenant acme
refused 'N-17 control: a socket elsewhere' 'Operation not permitted' reach "$work/theirs"
must mv "$work/theirs" "$work/allowed/theirs"
open 'N-17 a socket that was moved into an allowed directory' reach "$work/allowed/theirs"

# N-17: a pipe, and a pair of unix sockets without names, that a task of the host hands over.
same 'known gap, still open: N-17 a pipe of the host'"'"'s' "$(echo word | in_acme cat)" word
cat >"$work/pair" <<'END'
import socket, subprocess, sys
ours, theirs = socket.socketpair()
child = subprocess.Popen(sys.argv[1:], stdin=theirs)
ours.send(b"word")
ours.close()
theirs.close()
sys.exit(child.wait())
END
same 'known gap, still open: N-17 a pair of unix sockets as standard input' \
	"$(python3 "$work/pair" bash -c "mkdir -p $WALLED/tasks; echo \$BASHPID >$WALLED/tasks/cgroup.procs; exec head -c 4")" word

# What was opened before the task came in stays open, unless it is a socket or a ring.
disk=$(find /dev -name 'vd[a-z]' -o -name 'sd[a-z]' -o -name 'loop0' | head -n1)
refused 'N-48 control: a disk that it opens' 'not permitted' in_acme head -c 512 "$disk"
open 'N-48 a disk that was opened before' bash -c \
	"exec 5<$disk; echo \$BASHPID >$WALLED/tasks/cgroup.procs; head -c 512 <&5 >/dev/null"

# N-33: pins in a BPF file system that it can write to. Its segmentation is none of them.
pin=$PINS/maps/cloison_names
check 'control: the pin is there' test -e "$pin"
open 'N-33 a pin of the guard'"'"'s is removed' in_acme rm "$pin"
session acme "$WALLED" acme
stays 'and it is judged as before' 'not permitted' acme "socket s udp4; sendto s $PEER 7001 @; close s"
check 'guard load makes it again' cloison guard load

# ---- networks --------------------------------------------------------------------------

must ip netns add another
in_another() { place "$WALLED" another "$@"; }
refused 'N-36 control: in the host'"'"'s network' 'not permitted' in_acme ip link add gap0 type dummy
open 'N-36 in another network of the host'"'"'s' in_another ip link add gap0 type dummy
check 'which net claim closes' cloison net claim globex another
refused 'N-36 claimed: it is another tenant'"'"'s' 'not permitted' in_another ip link add gap1 type dummy

# N-44: the tenant's end says which link address it has, and nobody else is asked.
must ip -n acme link set wire address 02:00:00:00:00:77
must in_netns outside cloison net attach acme wire
same 'known gap, still open: N-44 the link address of a device is what its far end said at net attach' \
	"$(in_netns outside cloison net devices acme --json | jq -r '.[].mac')" 02:00:00:00:00:77
must in_netns outside cloison net detach acme wire
must ip -n acme link set wire address "$ACME_MAC"

# ---- processes -----------------------------------------------------------------------

# Where the pid namespace is shared it sees that another's process is there.
in_tenant globex sleep 300 &
sleeper_is_there() { read -r sleeper 2>/dev/null <"$PEN/globex/tasks/cgroup.procs" && grep -q sleep "/proc/$sleeper/comm"; }
within 'a process of globex is there' 30 sleeper_is_there
same 'known gap, still open: the name of another'"'"'s process' "$(in_acme cat "/proc/$sleeper/comm")" sleep
open 'and its cgroup' in_acme grep -q globex "/proc/$sleeper/cgroup"

# An ipc namespace that two tenants were put into.
unshare --ipc sleep 300 &
holder=$!
within 'a further ipc namespace' 30 sh -c "! [ /proc/$holder/ns/ipc -ef /proc/self/ns/ipc ]"
# By the host, before it is a tenant's.
shared() {
	mkdir -p "$PEN/$1/tasks"
	nsenter --ipc="/proc/$holder/ns/ipc" bash -c 'echo $BASHPID >"$0"; exec "$@"' \
		"$PEN/$1/tasks/cgroup.procs" "${@:2}"
}
number=$(shared globex shared-try make shm)
open "P-04 memory of another's in an ipc namespace that both are in" shared acme shared-try use shm "$number"

# So many objects that others get none.
limit=$(</proc/sys/kernel/msgmni)
before=$(awk 'NR > 1' /proc/sysvipc/msg | wc -l)
must sysctl -q -w kernel.msgmni=$((before + 2))
for _ in 1 2; do must in_acme shared-try make msg; done
refused 'known gap, still open: P-04 no room for queues of another' 'No space left' in_tenant globex shared-try make msg
must sysctl -q -w kernel.msgmni="$limit"

# More keys than are noted of a tenant: the ones that were left alone for longest.
cat >"$work/keys" <<'END'
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    result = libc.syscall(*args)
    return result if result >= 0 else -ctypes.get_errno()
ADD, KEYCTL, PROCESS, READ, SESSION = 248, 250, -2, 11, -3
call(KEYCTL, 1, None)  # a session keyring of its own
keys = [call(ADD, b"user", b"gap%d" % i, b"word", 4, SESSION) for i in range(int(sys.argv[1]))]
assert min(keys) > 0, keys
print(call(KEYCTL, READ, keys[0], None, 0), call(KEYCTL, READ, keys[-1], None, 0))
END
maxkeys=$(</proc/sys/kernel/keys/root_maxkeys)
must sysctl -q -w kernel.keys.root_maxkeys=100000
same 'control: of a hundred keys it reads the first and the last' "$(in_acme python3 "$work/keys" 100)" '4 4'
same 'known gap, still open: of three hundred keys it reads the last only' \
	"$(in_acme python3 "$work/keys" 300 | sed 's/^-.* /no /')" 'no 4'
must sysctl -q -w kernel.keys.root_maxkeys="$maxkeys"

# With rights over the whole host: swap and accounting.
must dd if=/dev/zero of=/root/swap bs=1M count=2
chmod 600 /root/swap
must mkswap /root/swap
# A file on a tmpfs or an overlay is none to swap to: by a loop device, which the host gives.
must modprobe loop
loop=$(losetup --find --show /root/swap)
must cloison tenant device-allow acme "$loop"
open 'N-40 swapon of what it was given' in_acme swapon "$loop"
open 'N-40 swapoff' in_acme swapoff "$loop"
losetup --detach "$loop"
cat >"$work/account" <<'END'
import ctypes, os, sys
path = sys.argv[1].encode()
open(path, "w").close()
libc = ctypes.CDLL(None, use_errno=True)
if libc.acct(path):
    sys.exit(os.strerror(ctypes.get_errno()))
libc.acct(None)
END
open 'N-40 acct' in_acme python3 "$work/account" /root/account

# What the host keeps in root's own keyring is not a tenant's, whose uid it has.
cat >"$work/user" <<'END'
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    result = libc.syscall(*args)
    return result if result >= 0 else -ctypes.get_errno()
print(call(248, b"user", b"gap", b"word", 4, -4) > 0)
END
same 'control: the host has its keyring @u' "$(python3 "$work/user")" True
same 'known gap, still open: a tenant has no @u' "$(in_acme python3 "$work/user")" False

# ---- a command that is killed ----------------------------------------------------------

# L-01: between two of its calls the tenant's cgroup is a stray's already, and what its
# sockets remember is still of the policy in force.
allow out "$PEER" udp 7001
leaks 'L-01 control: a connected socket sends' acme "socket old udp4; connect old $PEER 7001; send old @"
between=''
for n in {1..12}; do
	killed_at "$n" cloison tenant bind acme --adopt || break
	call acme "socket new udp4; sendto new $PEER 7001 word-new-$n-" && new=passes || new=denied
	call acme "close new" || :
	call acme "send old word-old-$n-" && old=passes || old=denied
	[ "$new $old" != 'denied passes' ] || { between=$n; break; }
	must cloison tenant bind acme --adopt
	call acme "close old; socket old udp4; connect old $PEER 7001; send old word-again-$n-" || :
done
check "known gap, still open: L-01 tenant bind killed between two calls (${between:-none of them})" [ -n "$between" ]
check 'L-01 the next one ends it' cloison tenant bind acme --adopt
leaks 'L-01 and the tenant goes on' acme "socket next udp4; sendto next $PEER 7001 @; close next"
finish
