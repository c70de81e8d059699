#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: records of flows that ended: packets, bytes, how long, who began and who ended them
# timeout: 240
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
witness born "$WALLED" acme tcp:6000
must cloison net allow acme out "$PEER" tcp 7001-7003 name tcp
must cloison net allow acme out "$PEER" udp 7001-7002 name udp
must cloison net allow acme in "$PEER" tcp 6000 name born
follow "$work/ends" --kind ended --tenant acme

# record WHAT CONDITION: there is such a record (jq); told: how many there are
is_told() { [ "$(jq -c "select($1)" "$work/ends" | wc -l)" -ge 1 ]; }
record() {
	within "$1" 30 is_told "$2"
	is_told "$2" || sed 's/^/#   /' "$work/ends"
}
told() { jq -c "select($1)" "$work/ends" | wc -l; }

# UDP that is connected: three there and three back, of 5 bytes behind 28 of headers.
must try acme "patience 5000; socket u udp4; connect u $PEER 7001"
port=$(try acme 'port u')
for _ in 1 2 3; do same 'control: it is answered' "$(try acme 'send u hello; recv u')" hello; done
same 'control: no record while it lasts' "$(told true)" 0
must try acme 'close u'
record 'UDP: what passed, and who closed it' ".protocol == \"udp\" and .direction == \"out\" and .end == \"closed\"
	and .packets_out == 3 and .packets_in == 3 and .bytes_out == 99 and .bytes_in == 99
	and .local == \"$ACME\" and .local_port == $port and .remote == \"$PEER\" and .remote_port == 7001
	and .rule == 2 and .hook == \"sock_release\" and .seconds > 0 and .seconds < 600"

must try acme "socket c udp4; connect c $PEER 7001; send c hello; recv c; connect c $PEER 7002; send c hello; recv c"
port=$(try acme 'port c')
record 'a socket that was connected elsewhere' ".end == \"replaced\" and .local_port == $port and .remote_port == 7001
	and .packets_out == 1 and .packets_in == 1"
must try acme 'close c'
record 'and its second flow' ".end == \"closed\" and .local_port == $port and .remote_port == 7002
	and .packets_out == 1 and .packets_in == 1"

# TCP, closed by the tenant.
before=$(counted acme 0 bytes_out)
same 'control: TCP out' "$(try acme "socket t tcp4; connect t $PEER 7001; send t hello; recv t")" hello
port=$(try acme 'port t')
must try acme 'close t'
record 'TCP, closed by the tenant' ".protocol == \"tcp\" and .direction == \"out\" and .end == \"closed\"
	and .local_port == $port and .rule == 1 and .packets_out >= 3 and .packets_in >= 2
	and .bytes_out >= 5 + 40 * .packets_out and .bytes_in >= 5 + 40 * .packets_in"
recorded=$(jq "select(.local_port == $port and .protocol == \"tcp\") | .bytes_out" "$work/ends")
check "not more than the tenant's counter has grown by" \
	[ "$recorded" -le $(($(counted acme 0 bytes_out) - before)) ]

# By the peer, of a connection that the peer began.
same 'control: TCP in' "$(try outside "patience 5000; socket i tcp4; connect i $ACME 6000; send i hello; recv i")" hello
port=$(try outside 'port i')
must try outside 'close i'
record 'TCP, begun and closed by the peer' ".direction == \"in\" and .end == \"peer\" and .local_port == 6000
	and .remote_port == $port and .bytes_in >= 5 and .rule == 3"

# By a reset.
: >"$work/reset"
place "$CGROUPS" outside python3 -c "
import socket, struct
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('$PEER', 7003))
s.listen()
print('listening', flush=True)
c, _ = s.accept()
c.recv(5)
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
c.close()
" >"$work/reset" 2>&1 &
within 'a server that resets' 60 grep -q listening "$work/reset"
refused 'control: the connection is reset' 'reset' try acme "patience 20000; socket r tcp4; connect r $PEER 7003; send r hello; recv r"
must try acme 'close r'
record 'TCP, reset' '.end == "broken" and .remote_port == 7003 and .direction == "out"'

# By a policy.
same 'control: another' "$(try acme "socket p tcp4; connect p $PEER 7002; send p hello; recv p")" hello
port=$(try acme 'port p')
must cloison net remove acme tcp
refused 'control: it is forbidden now' 'abort|reset|not permitted|Broken pipe|timed out' try acme 'patience 500; send p more; recv p'
must try acme 'close p'
record 'TCP, ended by a policy' ".end == \"policy\" and .local_port == $port and .remote_port == 7002"

same 'one record a flow' "$(told true)" "$(jq -r '"\(.protocol) \(.local_port) \(.remote_port)"' "$work/ends" | sort -u | wc -l)"
same 'no other' "$(told true)" 7
cloison monitor --past --seconds 1 --kind ended --tenant acme >"$work/text"
check 'as text' grep -Eq "acme allow out udp $ACME:[0-9]+ -> $PEER:7001 .* ended closed after [0-9.]+ s, in 3 packets 99 bytes, out 3 packets 99 bytes" "$work/text"
kill -INT "$follower"
check 'the reader ends' wait "$follower"
finish
