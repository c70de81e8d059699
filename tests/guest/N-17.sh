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

# ---- for one tenant, and by directory ------------------------------------------------

must mkdir "$work/run"
must mount -t tmpfs none "$work/run"
must mkdir "$work/run/"{a,b,a/below}
chmod -R 755 "$work/run"
must try host "socket da unix-dgram; ubind da @host.one"
for path in a/1 a/2 a/below/3 b/4; do
	must try host "socket x$path unix; ubind x$path $work/run/$path; listen x$path"
done
hears() { try "$1" "socket c unix; uconnect c $work/run/$2; close c"; }

check 'a socket is for one tenant' cloison guard unix-allow @host.one --tenant acme
check 'that one reaches it' try acme 'socket c unix-dgram; usendto c @host.one hi'
refused 'the other does not' 'not permitted' try globex 'socket c unix-dgram; usendto c @host.one hi'
refused 'control: a directory is shut' 'not permitted' hears acme a/1
check 'it is for one tenant' cloison guard unix-allow "$work/run/a/" --tenant acme
check 'a socket in it' hears acme a/1
check 'another' hears acme a/2
refused 'not below it' 'not permitted' hears acme a/below/3
refused 'nor beside it' 'not permitted' hears acme b/4
refused 'nor for another tenant' 'not permitted' hears globex a/1
must mkdir "$work/run/c"
must mount --bind "$work/run/b" "$work/run/c"
must mount --bind "$work/run/b" "$work/run/a"
refused 'another directory in its place' 'not permitted' hears acme a/4
must umount "$work/run/a" "$work/run/c"
must try globex "socket t unix; ubind t $work/run/a/theirs; listen t"
refused 'the socket of another tenant in it' 'not permitted' hears acme a/theirs
same 'the list has whose they are' \
	"$(cloison guard unix-list --json | jq -r '.[] | select(.tenant) | .tenant + " " + .socket' | LC_ALL=C sort)" \
	"acme $work/run/a/"$'\n'"acme @host.one"
must mv "$work/run/a" "$work/run/moved"
check 'a directory that is moved is the same' try acme "socket c unix; uconnect c $work/run/moved/1; close c"
must mkdir "$work/run/a"
must try host "socket n unix; ubind n $work/run/a/new; listen n"
refused 'one that is made again is not' 'not permitted' hears acme a/new
check 'no more' cloison guard unix-forbid "$work/run/a/" --tenant acme
refused 'then it is shut' 'not permitted' try acme "socket c unix; uconnect c $work/run/moved/1"
refused 'it was not for all' 'not allowed anyway' cloison guard unix-forbid @host.one
check 'for all' cloison guard unix-allow "$work/run/b/"
check 'one of them' hears acme b/4
check 'the other' hears globex b/4
must cloison tenant remove acme --force
same 'what one tenant was allowed ends with it' \
	"$(cloison guard unix-list --json | jq -r '[.[] | select(.tenant)] | length')" 0
refused 'what is not a directory' 'No such file' cloison guard unix-allow "$work/run/none/"
refused 'a tenant that there is not' 'not behind the guard' cloison guard unix-allow @x --tenant nobody
must umount -l "$work/run"
refused 'a name that is none' 'whole path' cloison guard unix-allow host
finish
