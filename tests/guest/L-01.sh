#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a tenant's cgroup, and the pen itself, removed and made again
# fresh
# timeout: 600
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-pen.sh

allowed="socket s udp4; sendto s $PEER 7001 @"
stream="socket s tcp4; connect s $PEER 7001; send s @"

# What no hook on packets sees, and what a stray may not have either.
no_sockets() {
	local family
	for family in 'packet' 'raw4 1' 'ping4' 'udp4' 'tcp6' 'vsock'; do
		refused "$1: a socket: $family" 'not permitted|not supported' within_cgroup "$2" net-sock "socket p $family"
	done
	refused "$1: nor may it leave" 'not permitted|Permission denied' \
		within_cgroup "$2" sh -c "echo 0 >$CGROUPS/cgroup.procs"
}

# again DIR: the cgroup is removed, and is another one from then on
again() {
	must remove_cgroup "$1"
	must mkdir "$1"
}

show() { cloison guard show --json | jq -r "$1"; }
opens() { in_tenant "$1" dd if="/dev/cloison/$1/weights" of=/dev/null bs=4k count=1; }

net_up
wall_up

# Control: no pen there, so the same tasks are heard.
must mkdir "$CGROUPS/free"
rush_begin free "$CGROUPS/free" acme
from=${#seen[@]}
check 'control, no pen: who enters a cgroup is heard' await 'rush-free-' "$from"
rush_end free
check 'control, no pen: a packet socket' within_cgroup "$CGROUPS/free" net-sock 'socket p packet'

make_tenant acme
make_tenant globex
make_region acme/weights
make_region globex/weights
allow out "$PEER" udp 7001
allow out "$PEER" tcp 7001
must cloison net allow globex out "$PEER" udp 7001
rush_begin acme "$WALLED" acme
rush_goes_on 'who enters the tenant is refused what no rule allows' acme
session acme "$WALLED" acme
session globex "$PEN/globex" acme
leaks 'control: what a rule allows passes' acme "$allowed"
leaks 'control: and a connection' acme "$stream"
check 'control: its region opens' opens acme

# ---- the tenant's cgroup ----------------------------------------------------------

generation=$(show '.tenants[] | select(.tenant == "globex") | .generation')
again "$WALLED"
rush_goes_on 'made again: who enters is refused' acme
session stray "$WALLED" acme
refused 'made again: UDP that a rule allowed the tenant' 'not permitted' try stray "${allowed//@/word-stray-}"
refused 'made again: TCP' 'not permitted' try stray "${stream//@/word-stray-}"
no_sockets 'made again' "$WALLED"
check 'a unix socket to itself it may have' within_cgroup "$WALLED" python3 -c '
import socket
a, b = socket.socketpair()
a.send(b"x")
assert b.recv(1) == b"x"'
refused 'made again: its region is shut' 'Permission denied' opens acme
check 'control: the host opens the control node' sh -c ': </dev/cloison/control'
refused 'made again: so is the control node' 'not permitted' \
	within_cgroup "$WALLED" sh -c ': </dev/cloison/control'
same 'the guard says what to type' "$(show '.tenants[] | select(.tenant == "acme") | .problem' |
	grep -o 'cloison tenant bind acme')" 'cloison tenant bind acme'
check 'guard load fails for nobody' cloison guard load
leaks 'the other tenant goes on' globex "$allowed"
check 'its region too' opens globex
check 'and cloison run' cloison run globex -- true
refused 'cloison run says what is wrong' 'tenant bind acme' cloison run acme -- true
same 'its policy is that of before' "$(show '.tenants[] | select(.tenant == "globex") | .generation')" "$generation"
refused 'it is not bound with processes in it' 'has processes already' cloison tenant bind acme

rush_end acme
echo 1 >"$WALLED/cgroup.kill"
within 'it is empty' 20 grep -q 'populated 0' "$WALLED/cgroup.events"
find "$WALLED" -mindepth 1 -depth -type d -exec rmdir {} +
rush_begin acme "$WALLED" acme
check 'one command puts it back, whoever enters meanwhile' cloison tenant bind acme --adopt
rush_goes_on 'bound again: who enters is refused what no rule allows' acme
session bound "$WALLED" acme
leaks 'bound again: what a rule allows passes' bound "$allowed"
check 'bound again: its region opens' opens acme
same 'bound again: the guard is whole' "$(show .whole)" true

# ---- to another cgroup -------------------------------------------------------------

must mkdir -p "$PEN/deep/er"
session old "$WALLED" acme
leaks 'control: before it moves' old "$allowed"
check 'it is bound to another cgroup' cloison tenant bind acme cloison/deep/er
refused 'from the old one nothing passes' 'not permitted' try old "sendto s $PEER 7001 word-old-"
refused 'and no region opens' 'Permission denied' opens acme
session new "$PEN/deep/er" acme
leaks 'from the new one it does' new "$allowed"
check 'and the region opens' within_cgroup "$PEN/deep/er" dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1
refused 'not to that of another' 'globex' cloison tenant bind acme cloison/globex
refused 'nor below it' 'globex' cloison tenant bind acme cloison/globex/below
refused 'nor outside every pen' 'outside every pen' cloison tenant bind acme free
check 'and back' cloison tenant bind acme cloison/acme --adopt

# ---- the pen --------------------------------------------------------------------------

rush_end acme
cgroups=$(find "$PEN" -mindepth 1 -maxdepth 1 -type d)
for cgroup in $cgroups; do must remove_cgroup "$cgroup"; done
rush_begin naked "$PEN/acme" acme
must rmdir "$PEN"
same 'a pen that is gone is told' "$(show .whole)" false
must mkdir "$PEN"
same 'made again it is told' "$(show '.pens[0].problem' | grep -o 'made again')" 'made again'
must mkdir "$PEN/acme"
rush_goes_on 'who enters is refused' naked
no_sockets 'a naked pen' "$PEN/acme"
refused 'a naked pen: not even a unix socket' 'not permitted|not supported' within_cgroup "$PEN/acme" python3 -c '
import socket
socket.socketpair()'
refused 'a naked pen: in the pen itself' 'not permitted|not supported' sh -c "echo \$\$ >$PEN/cgroup.procs; exec net-sock 'socket p udp4'"
# So are the devices and settings of the host, which programs at the pen judge else.
naked() { within_cgroup "$PEN/acme" "$@"; }
refused 'a naked pen: no disk' 'not permitted' naked dd if=/dev/vda of=/dev/null bs=512 count=1
refused 'a naked pen: no memory' 'not permitted' naked dd if=/dev/mem of=/dev/null bs=1 count=1
# shellcheck disable=SC2016 # for the inner shell
write_back() { naked sh -c 'v=$(cat "$0") && echo "$v" >"$0"' "$1"; }
refused 'a naked pen: no setting of the kernel' 'not permitted' write_back /proc/sys/kernel/core_pattern
check 'control: what each program needs it opens' naked sh -c ': </dev/null && cat /proc/sys/kernel/core_pattern'
refused 'a naked pen: no region' 'not permitted' opens acme
refused 'a naked pen takes no tenant' 'guard load' cloison tenant bind acme --adopt
check 'guard load attaches' cloison guard load
same 'all its links are there' "$(show '[.pens[] | select(.in_force | not)] | length')" 0
rush_goes_on 'who enters is refused still' naked
rush_end naked
echo 1 >"$WALLED/cgroup.kill"
check 'and the tenant comes back' cloison tenant bind acme --adopt
session back "$WALLED" acme
leaks 'what a rule allows passes' back "$allowed"
check 'its region opens' opens acme
check 'and that of the other' cloison tenant bind globex
check 'all is whole' cloison guard show

same 'of all that nothing arrived' "$(rush_arrived acme) $(rush_arrived naked) $(grep -c 'word-stray-\|word-old-' "$work/outside.log")" '0 0 0'
must cloison guard unload --force
rush_begin after "$PEN/acme" acme
from=${#seen[@]}
check 'control: unloaded, the same is heard' await 'rush-after-' "$from"
rush_end after
finish
