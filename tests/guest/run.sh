#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: cloison run: a command inside a tenant, with nothing of the host's
. /tests/guest/lib.sh

wall_up
make_tenant acme
make_region acme/weights
useradd -u 4242 modeller 2>/dev/null || echo 'modeller:x:4242:4242::/:/bin/sh' >>/etc/passwd
must ip netns add acme

ran() { cloison run acme -- "$@"; }
status_of() { "$@" >/dev/null 2>&1; echo $?; }

same 'it is in a cgroup of its own below the tenant' \
	"$(ran cat /proc/self/cgroup | sed 's/[0-9]*$//')" '0::/cloison/acme/run-'
check 'which is removed afterwards' [ -z "$(find "$PEN/acme" -name 'run-*')" ]
check 'it opens its region' ran dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1
same 'no new privileges' "$(ran sed -n 's/NoNewPrivs:\t//p' /proc/self/status)" 1
same 'few capabilities' "$(ran sed -n 's/CapEff:\t//p' /proc/self/status)" 00000000000404fb
same 'no more in the bounding set' "$(ran sed -n 's/CapBnd:\t//p' /proc/self/status)" 00000000000404fb
same 'as another user' "$(cloison run acme --user modeller -- id -u)" 4242
same 'that has none' "$(cloison run --user 4242 acme -- sed -n 's/CapBnd:\t//p' /proc/self/status)" 0000000000000000
same 'in another network' "$(cloison run acme --netns acme -- readlink /proc/self/ns/net)" \
	"$(nsenter --net=/run/netns/acme readlink /proc/self/ns/net)"
same 'descriptors' "$(cloison run acme -- sh -c 'ls /proc/$$/fd; :' </dev/null 7</dev/zero | paste -sd' ')" '0 1 2'

same 'exit status' "$(status_of ran sh -c 'exit 42')" 42
same 'exit status of a command that is not there' "$(status_of ran /nonesuch)" 127
same 'exit status of one that cannot run' "$(status_of ran /etc)" 126
same 'exit status of a signal' "$(status_of ran sh -c 'kill -TERM $$')" 143
cloison run acme -- sh -c 'trap "echo got; exit 7" USR1; echo up; while :; do sleep 0.1; done' >"$work/heard" &
pid=$!
within 'it begins' 10 grep -q up "$work/heard"
kill -USR1 "$pid"
wait "$pid"
same 'a signal is passed on' "$?" 7
same 'and was heard' "$(tail -n1 "$work/heard")" got
cloison run acme -- sleep 1000 &
pid=$!
within 'another begins' 10 pgrep -x sleep
kill -KILL "$pid"
within 'it does not outlive its caller' 10 sh -c '! pgrep -x sleep'

refused 'no such tenant' 'globex' cloison run globex -- true
refused 'no such user' 'no user "nobody-here"' cloison run acme --user nobody-here -- true
refused 'no such network' 'No such file' cloison run acme --netns nowhere -- true
refused 'no command' 'usage|cloison run' cloison run acme
must cloison guard unload --force
refused 'no wall' 'not behind its wall' cloison run acme -- true
same 'exit status of cloison itself' "$(status_of cloison run acme -- true)" 125
finish
