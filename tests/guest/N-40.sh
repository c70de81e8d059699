#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: helpers and senders of the kernel's: modules, TCP_ULP, 9p by descriptors, nfsd, configfs; --privileged
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-process.sh

mkdir -p "$work/at"
processes_up
modprobe -a 9p 9pnet_fd nfsd smc tls configfs tun 2>/dev/null
# old9p: as on a kernel that lets 9p be mounted without a source: by descriptors alone.
old9p() {
	by "$1" root unshare --mount python3 -c "
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = socket.socketpair()
b.close()
n = str(a.fileno())
if libc.mount(None, b'$work/at', b'9p', 0, ('trans=fd,rfdno=%s,wfdno=%s' % (n, n)).encode()):
    sys.exit(os.strerror(ctypes.get_errno()))"
}
# The kernel begins to talk to the other end, which is gone.
answers='Connection|Input/output|Remote I/O|Broken pipe|Invalid argument|Transport endpoint'
refused 'control, no wall: 9p talks to a descriptor' "$answers" old9p "$OPEN"
mounts() { by "$1" root unshare --mount mount -t "$2" none "$work/at"; }
# By fsopen(2), without a parameter.
opens() { by "$1" root python3 -c "
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    result = libc.syscall(*args)
    return result if result >= 0 else sys.exit(os.strerror(ctypes.get_errno()))
fs = call(430, b'$2', 0)
call(431, fs, 6, None, None, 0)  # FSCONFIG_CMD_CREATE
call(432, fs, 0, 0)"; }
kinds=()
for kind in nfsd rpc_pipefs configfs debugfs tracefs securityfs; do
	if mounts "$OPEN" $kind >/dev/null 2>&1; then
		ok "control, no wall: $kind is mounted"
		check "control, no wall: $kind by fsopen" opens "$OPEN" "$kind"
		kinds+=("$kind")
	else
		note "control: this kernel has no $kind"
	fi
done
check 'there are kinds to try' test ${#kinds[@]} -ge 4
ulp() { by "$1" root python3 -c "
import socket
l = socket.create_server(('127.0.0.1', 0)); s = socket.create_connection(l.getsockname())
s.setsockopt(6, 31, b'$2')"; }
ip link set lo up
for name in smc tls; do
	! ulp "$OPEN" $name >/dev/null 2>&1 || ok "control, no wall: TCP_ULP $name"
done

# What a container with all capabilities asks of the system, outside any namespace.
ask() { by "$1" root python3 "/tests/guest/ask.py" "$2"; }
questions=(iopl bpf perf-kernel perf-cpu syslog settime quota)
for question in "${questions[@]}"; do
	check "control, no wall: $question" ask "$OPEN" "$question"
done
by "$OPEN" root mount -t jfs none "$work/at" >/dev/null 2>&1
check 'control, no wall: the kernel looks for a file system' grep -q '^jfs' /proc/modules
rmmod jfs
module=$(modinfo -n dummy)
rmmod dummy 2>/dev/null
check 'control, no wall: a module' by "$OPEN" root modprobe dummy numdummies=0
rmmod dummy

must modprobe cloison
must cloison guard load
make_tenant acme
refused '9p by descriptors' 'not permitted' old9p "$PEN/acme"
for kind in "${kinds[@]}"; do
	refused "$kind" 'not permitted|permission denied' mounts "$PEN/acme" "$kind"
	refused "$kind by fsopen" 'not permitted' opens "$PEN/acme" "$kind"
	refused "$kind, in a user namespace of its own" \
		'not permitted|[Pp]ermission denied|unknown filesystem' in_tenant acme \
		unshare --user --map-root-user --mount --net --pid --fork mount -t "$kind" none "$work/at"
done
# The connection itself has to be allowed, or nothing of it would be tried.
must cloison net allow acme in 127.0.0.1/32 tcp
must cloison net allow acme out 127.0.0.1/32 tcp
for name in smc tls; do
	refused "TCP_ULP $name, as on a kernel without it" 'Protocol not available' ulp "$PEN/acme" $name
done
for question in "${questions[@]}"; do
	refused "as root with all capabilities: $question" 'not permitted|Permission denied' \
		ask "$PEN/acme" "$question"
done
refused 'a module' 'not permitted' by "$PEN/acme" root insmod "$module"
refused 'nor by finding it' 'not permitted' by "$PEN/acme" root modprobe dummy
check 'no module came' test ! -d /sys/module/dummy
refused 'a module that the kernel would look for is not there' 'unknown filesystem|not permitted' \
	in_tenant acme mount -t jfs none "$work/at"
check 'nor does the kernel look for it' sh -c '! grep -q "^jfs" /proc/modules'
check 'the host goes on: settime' ask "$OPEN" settime

# ---- what must go on ---------------------------------------------------------------------

check 'perf of its own, in user mode' ask "$PEN/acme" perf-own
own() { in_tenant acme unshare --user --map-root-user --mount --net --pid --ipc --fork "$@"; }
check 'file systems of its own' own sh -c "
	mount -t tmpfs none $work/at && mkdir $work/at/proc $work/at/pts $work/at/mq &&
	mount -t proc none $work/at/proc && mount -t mqueue none $work/at/mq &&
	mount -t devpts -o newinstance none $work/at/pts &&
	mount --bind $work/at/proc $work/at/pts && mount -o remount,ro $work/at"
check 'an overlay' own sh -c "
	mount -t tmpfs none $work/at && mkdir $work/at/l $work/at/u $work/at/w $work/at/m &&
	mount -t overlay -o lowerdir=$work/at/l,upperdir=$work/at/u,workdir=$work/at/w none $work/at/m"
check 'sysfs of its own network' own mount -t sysfs none "$work/at"
check 'pivot_root' own bash -c "
	mount -t tmpfs none $work/at && mkdir $work/at/old && cd $work/at &&
	pivot_root . old"
check 'a cgroup below its own' in_tenant acme sh -c \
	"mkdir -p $PEN/acme/inner && echo \$\$ >$PEN/acme/inner/cgroup.procs"
check 'netfilter in its own network' own nft add table inet own
finish
