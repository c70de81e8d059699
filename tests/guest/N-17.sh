#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: unix sockets across tenants and to the host, by path and abstract name
# fresh
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# server NAME SESSION: listens and takes datagrams, by path and abstract name.
server() {
	must try "$2" "socket sp unix; ubind sp $work/$1; listen sp; socket sa unix; ubind sa @$1; listen sa"
	must try "$2" "socket dp unix-dgram; ubind dp $work/$1.d; socket da unix-dgram; ubind da @$1.d"
}

# reaches HOW WHAT NAME SESSION: all four ways to what NAME serves.
reaches() {
	local call calls=("socket c unix; uconnect c $work/$3" "socket c unix; uconnect c @$3"
		"socket c unix-dgram; usendto c $work/$3.d hi" "socket c unix-dgram; usendto c @$3.d hi"
		"socket c unix-dgram; uconnect c $work/$3.d; send c hi")
	for call in "${calls[@]}"; do
		case $1 in
		yes) check "$2: $call" try "$4" "$call" ;;
		no) refused "$2: $call" 'not permitted' try "$4" "$call" ;;
		esac
	done
}

wire_up
mkdir -p "$PEN/globex"
chmod 755 "$work"
session host "$OPEN" acme
session early "$PEN/globex" acme
server early early
server host host
reaches yes 'control, no wall' early host

must try early 'close sp; close sa; close dp; close da'
guard_up
make_tenant acme
make_tenant globex --adopt
session acme "$WALLED" acme
session globex "$PEN/globex" acme
server globex globex
server acme acme

reaches yes 'to itself' acme acme
reaches no 'to another tenant' globex acme
reaches no 'to the host' host acme
reaches yes 'the host reaches it' acme host
must try acme 'socket answers unix; ubind answers @answers; listen answers'
must try host 'socket c unix; uconnect c @answers'
check 'the tenant answers the host' try acme 'accept answers a; send a hello'
same 'and the host hears it' "$(try host 'recv c')" hello

check 'the host allows two of its sockets' cloison guard unix-allow "$work/host"
must cloison guard unix-allow @host.d
check 'by path' try acme "socket c unix; uconnect c $work/host; send c hi"
check 'by abstract name' try acme 'socket c unix-dgram; usendto c @host.d hi'
refused 'not the others' 'not permitted' try acme 'socket c unix; uconnect c @host'
must try host "close sp; close da"
rm "$work/host"
must try globex "socket sp unix; ubind sp $work/host; listen sp"
refused 'the name alone is not enough: another tenant took it' 'not permitted' \
	try acme "socket c unix; uconnect c $work/host"
same 'the list' "$(cloison guard unix-list --json | jq -r '.[].socket' | LC_ALL=C sort)" \
	"$work/host"$'\n'@host.d
check 'no more' cloison guard unix-forbid @host.d
refused 'a name that is none' 'whole path' cloison guard unix-allow host
finish
