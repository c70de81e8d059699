#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a tenant's limits of bytes and of connections: at its sockets, at its device, each for itself
# timeout: 300
# Limits of an hour, so that nothing comes back while the test runs, however slow it is.
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-command.sh

# limit OPTION...: of acme
limit() { must cloison tenant limit acme "$@"; }
unlimited() { limit --bandwidth-in none --bandwidth-out none --connections-in none --connections-out none; }

# burst SESSION FROM TO PORT: 200 datagrams of 1,028 bytes each, in one flow
data=$(printf 'x%.0s' {1..1000})
burst() {
	local i
	call "$1" "socket b udp4; bind b 0.0.0.0 $2" || return
	for ((i = 0; i < 200; i++)); do call "$1" "sendto b $3 $4 $data" || return; done
	call "$1" 'close b'
}
# Of these bytes 128 KiB pass, and no more of an hour's 1 KiB while less than that is over.
DROP=73
# dropped REASON WHAT COUNT COMMAND...: of what the command sends as many are dropped
dropped() {
	local reason=$1 what=$2 count=$3 before
	before=$(count "$reason")
	shift 3
	check "$what: the sender is told of nothing" "$@"
	settle
	same "$what: so many are dropped" $(($(count "$reason") - before)) "$count"
}

net_up
guard_up
make_tenant acme --address "$ACME,$ACME6"
make_tenant globex
session acme "$WALLED" acme
session globex "$PEN/globex" acme
allow out "$PEER" udp 7001
allow out "$PEER" tcp 7001
allow in "$PEER"
must cloison net allow globex out "$PEER" udp 7001
witness inside "$WALLED" acme udp:7003 tcp:7004

# ---- what is typed ---------------------------------------------------------------

exits 2 'a limit of what?' 'say what to limit' cloison tenant limit acme
exits 2 'a rate without a time' 'as in 10/second' cloison tenant limit acme --connections-in 10
exits 2 'a time that there is not' 'second, minute or hour' cloison tenant limit acme --connections-in 10/day
exits 2 'a rate of nothing' 'a rule that denies' cloison tenant limit acme --bandwidth-in 0/second
exits 2 'a rate beyond all devices' 'too large' cloison tenant limit acme --bandwidth-in 1T/second
exits 2 'a number that is none' 'not a number' cloison tenant limit acme --bandwidth-in x/second
exits 3 'a tenant that is not there' 'cloison tenant list' cloison tenant limit nobody --bandwidth-in 1M/second
limit --bandwidth-in 10M/second --connections-out 90/minute
json 'they are shown with the tenant' \
	"(j['bandwidth_in'], j['bandwidth_out'], j['connections_in'], j['connections_out']) == ('10M/second', None, None, '90/minute')" \
	cloison tenant show acme --json
limit --bandwidth-in none
json 'one ends, the other stays' "(j['bandwidth_in'], j['connections_out']) == (None, '90/minute')" \
	cloison tenant show acme --json
unlimited

# ---- connections -----------------------------------------------------------------

FIRST="socket a udp4; bind a 0.0.0.0 5001; sendto a $PEER 7001 @"
SECOND="socket s udp4; bind s 0.0.0.0 @PORT; sendto s $PEER 7001 @"
second() { echo "${SECOND/@PORT/$1}"; }
leaks 'control, no limit: a flow' acme "$(second 5002)"
leaks 'control, no limit: and one more' acme "$(second 5003)"
limit --connections-out 1/hour
leaks 'one connection an hour: the first passes' acme "$FIRST"
before=$(count rate)
stays 'and the second does not' - acme "$(second 5004)"
same 'which is counted' $(($(count rate) - before)) 1
leaks 'the first goes on' acme "sendto a $PEER 7001 @"
leaks "another tenant's passes" globex "$(second 5005)"
check 'what comes in is another limit' try outside "socket i udp4; sendto i $ACME 7003 in-1-"
within 'and arrives' 60 wrote inside in-1-
must cloison net allow acme out "$PEER" udp 7002
stays 'a new policy gives no new connections' - acme "$(second 5006)"
limit --connections-out none
leaks 'without the limit all pass' acme "$(second 5007)"

limit --connections-in 1/hour
check 'one connection an hour from outside: TCP, the first' try outside "socket t tcp4; connect t $ACME 7004"
before=$(count rate)
shut 'the second gets no answer' "socket u tcp4; connect u $ACME 7004"
check 'which is counted' [ "$(count rate)" -gt "$before" ]
check 'the first goes on' try outside 'send t in-2-'
within 'and arrives' 60 wrote inside in-2-
limit --connections-in none
must cloison net mode acme observe
limit --connections-out 1/hour
must call acme "$(second 5008)"
leaks 'of a tenant that is only observed all pass' acme "$(second 5009)"
check 'and are counted as observed' [ "$(counted acme 1 rate)" -gt 0 ]
must cloison net mode acme enforce
unlimited

# ---- bandwidth -------------------------------------------------------------------

dropped bandwidth 'control, no limit' 0 burst acme 5010 "$PEER" 7001
limit --bandwidth-out 1K/hour
dropped bandwidth 'a limit of bytes out' $DROP burst acme 5011 "$PEER" 7001
stays 'nothing more of that size passes' - acme "$(second 5012)$data"
leaks "another tenant's bytes pass" globex "$(second 5013)"
check 'bytes in are another limit' try outside "sendto i $ACME 7003 in-3-"
within 'and arrive' 60 wrote inside in-3-
limit --bandwidth-out none --bandwidth-in 1K/hour
# What came before was not limited.
dropped bandwidth 'a limit of bytes in' $DROP burst outside 5014 "$ACME" 7003
leaks 'bytes out are another limit' acme "$(second 5015)"

# On the loopback of its own network a tenant takes nothing of what all share.
must cloison net claim acme acme
limit --bandwidth-in 1K/hour --bandwidth-out 1K/hour
dropped bandwidth "in a tenant's own network" 0 burst acme 5016 127.0.0.1 7009
unlimited

# ---- at the host's end of a device -------------------------------------------------

# What is sent in the tenant's network by a socket that is not in its cgroup.
must cloison net release acme acme
dropped bandwidth 'control, no device: not of the cgroup' 0 burst open 5017 "$PEER" 7001
must nsenter --net=/run/netns/outside cloison net attach acme wire --mac "$ACME_MAC"
limit --bandwidth-out 1K/hour
dropped bandwidth 'by the device, a limit of bytes' $DROP burst open 5018 "$PEER" 7001
limit --bandwidth-out none --connections-out 1/hour
# The frames are seen before the device's programs see them, so what counts is who gets it.
leaks 'by the device, one connection an hour: the first' open "$(second 5019)" "udp 7001 from $ACME 5019: @"
before=$(count rate)
must call open "$(second 5020)"
settle
check 'and the second does not pass' never_wrote outside "udp 7001 from $ACME 5020"
check 'which is counted' [ "$(count rate)" -gt "$before" ]

# ---- with the tenant they end -------------------------------------------------------

must nsenter --net=/run/netns/outside cloison net detach acme wire
must cloison tenant remove globex --force
must cloison tenant remove acme --force
make_tenant acme --address "$ACME,$ACME6" --adopt
json 'a tenant that is made again has none' \
	"[j[k] for k in j if k.startswith(('bandwidth', 'connections'))] == [None] * 4" \
	cloison tenant show acme --json
same 'nor has the guard' "$(bpftool -j map dump pinned "$PINS/maps/cloison_limits" | jq length)" 0
finish
