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

# ---- where it is, and with what ------------------------------------------------

same 'its cgroup is the root of what it sees' "$(ran cat /proc/self/cgroup)" 0::/
cloison run acme -- sh -c 'echo up; exec sleep 1000' >"$work/up" &
pid=$!
within 'a command begins' 20 pgrep -x sleep
same 'the host sees it in a cgroup of its own below the tenant' \
	"$(sed 's/[0-9]*$//' "/proc/$(pgrep -x sleep)/cgroup")" '0::/cloison/acme/run-'
kill "$pid"
wait "$pid"
check 'which is removed afterwards' [ -z "$(find "$PEN/acme" -name 'run-*')" ]
check 'it opens its region' ran dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1
same 'it is root' "$(ran id -u)" 0
same 'which is another user on the host' "$(ran sed 's/  */ /g' /proc/self/uid_map)" \
	" 0 $((0x70000000 + 65536 * $(</sys/class/cloison_tenant/acme/number))) 65536"
same 'no new privileges' "$(ran sed -n 's/NoNewPrivs:\t//p' /proc/self/status)" 1
same 'few capabilities' "$(ran sed -n 's/CapEff:\t//p' /proc/self/status)" 00000000000404fb
same 'no more in the bounding set' "$(ran sed -n 's/CapBnd:\t//p' /proc/self/status)" 00000000000404fb
same 'as another user' "$(cloison run acme --user modeller -- id -u)" 4242
same 'who has no capability' "$(cloison run --user 4242 acme -- sed -n 's/CapBnd:\t//p' /proc/self/status)" 0000000000000000
same 'and the namespaces all the same' \
	"$(cloison run --user 4242 acme -- sh -c 'cat /proc/self/cgroup; hostname; cat /proc/1/comm' | paste -sd' ')" \
	'0::/ acme cloison'
refused '--user root' 'root of the host' cloison run acme --user root -- true
same 'in another network' "$(cloison run acme --netns acme -- readlink /proc/self/ns/net)" \
	"$(nsenter --net=/run/netns/acme readlink /proc/self/ns/net)"
same 'whose devices are those that it sees' "$(cloison run acme --netns acme -- ls /sys/class/net | grep -v '^bonding_masters$')" lo
same 'descriptors' "$(cloison run acme -- sh -c 'ls /proc/$$/fd; :' </dev/null 7</dev/zero | paste -sd' ')" '0 1 2'
for namespace in mnt pid ipc uts cgroup user; do
	check "a $namespace namespace of its own" \
		[ "$(ran readlink "/proc/self/ns/$namespace")" != "$(readlink "/proc/self/ns/$namespace")" ]
done
same 'its devices' "$(ran ls /dev | paste -sd' ')" \
	'cloison fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'
same 'of regions its own' "$(ran ls /dev/cloison)" acme

# ---- regions that come and go while it runs -----------------------------------------

mkfifo "$work/pipe"
cloison run acme -- sh -c 'echo up; while read -r name; do ls /dev/cloison/acme | paste -sd" "; done' \
	>"$work/regions" <"$work/pipe" &
pid=$!
exec 5>"$work/pipe"
within 'a command that looks' 10 grep -q up "$work/regions"
seen() { echo look >&5; sleep 0.1; [ "$(tail -n1 "$work/regions")" = "$1" ]; }
make_region acme/cache
within 'a new region appears' 10 seen 'cache weights'
must cloison region destroy acme/cache
within 'and goes' 10 seen weights
exec 5>&-
wait "$pid"

# ---- environment --------------------------------------------------------------------

export SECRET=host LANG=C.UTF-8
same 'the environment is its own' \
	"$(ran env | sed 's/=.*//' | grep -v '^_$' | sort | paste -sd' ')" \
	"HOME LANG LOGNAME PATH SHELL${TERM:+ TERM} USER"
same '--env keeps a variable' "$(cloison run acme --env SECRET -- sh -c 'echo $SECRET')" host
same '--env sets one' "$(cloison run acme --env SECRET=mine --env A=b -- sh -c 'echo $SECRET $A $HOME')" 'mine b /root'

# ---- files ----------------------------------------------------------------------------

rm -rf /srv/models /srv/other
mkdir -p /srv/models /srv/other
first=$((0x70000000 + 65536 * $(</sys/class/cloison_tenant/acme/number)))
refused 'the host is read-only' 'Read-only' ran touch /srv/models/x
refused '--write of a directory that is not the tenant'"'"'s' "chown $first:$first /srv/models" \
	cloison run acme --write /srv/models -- true
must chown "$first:$first" /srv/models
check '--write of one that is' cloison run acme --write /srv/models -- touch /srv/models/x
same 'on the host it is the tenant'"'"'s file' "$(stat -c %u /srv/models/x)" "$first"
refused 'and nothing else' 'Read-only' cloison run acme --write /srv/models -- touch /srv/other/x
ln -s /tmp /srv/models/link
refused '--write by a link that the tenant may have made' 'a symbolic link or a dot leads there' \
	cloison run acme --write /srv/models/link -- true
refused '--write of what all may write' 'belongs to user 0' cloison run acme --write /tmp -- true
refused '--write /' 'not the whole host' cloison run acme --write / -- true
check 'its /tmp is writable' ran touch /tmp/x
check 'and is not the host'"'"'s' [ ! -e /tmp/x ]

# Another root, whose files have the host's ids on disk.
mkdir -p /srv/root
must mount -t tmpfs -o mode=755 tmpfs /srv/root
mkdir /srv/root/{dev,proc,sys,tmp,bin,etc}
busybox=$(command -v busybox)
install -m 755 "$busybox" /srv/root/bin/busybox
ln -s busybox /srv/root/bin/sh
echo kept >/srv/root/etc/secret
chmod 600 /srv/root/etc/secret
same '--root: another root' "$(cloison run acme --root /srv/root -- sh -c 'busybox ls /')" \
	"$(printf '%s\n' bin dev etc proc sys tmp)"
same 'whose owners are the same users inside' \
	"$(cloison run acme --root /srv/root -- busybox stat -c %u /etc/secret)" 0
same 'and who reads their files' "$(cloison run acme --root /srv/root -- busybox cat /etc/secret)" kept
refused 'but does not write them' 'Read-only' cloison run acme --root /srv/root -- busybox touch /etc/x
ln -s /srv/other /srv/root/srv
mkdir -p /srv/other/models
mkdir -p /srv/models/models && chown "$first:$first" /srv/models/models
refused '--write through a link of that root' 'no such directory inside' \
	cloison run acme --root /srv/root --write /srv/models -- sh -c true
check 'which made nothing where it leads' [ -z "$(ls /srv/other/models)" ]
rm /srv/root/srv
mkdir -p /srv/root/srv/models
check '--write beside --root' \
	cloison run acme --root /srv/root --write /srv/models -- busybox touch /srv/models/y
same 'with the same owner' "$(stat -c %u /srv/models/y)" "$first"
rmdir /srv/root/tmp
refused '--root without what has to be there' 'no directory /tmp' \
	cloison run acme --root /srv/root -- sh -c true
umount /srv/root

# ---- how it ends ------------------------------------------------------------------------

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
ran sh -c 'setsid sleep 1000 & exit 0'
check 'nor does what it left behind outlive it' sh -c '! pgrep -x sleep'

# ---- another tenant's wall is none of its business ---------------------------------------

make_tenant globex --address 10.9.9.1
must ip link add globex0 type veth peer name globex1
must cloison net attach globex globex0
check 'control: all is whole' cloison guard show
must ip link delete globex0
check 'control: a device of another tenant is gone' sh -c 'cloison net devices globex | grep "globex0.*gone"'
check 'a command runs all the same' ran true
must cloison tenant remove globex

# ---- what is not there ------------------------------------------------------------------

make_tenant twin --id $((4094 + $(</sys/class/cloison_tenant/acme/number)))
refused 'two tenants with one range of ids' 'same range of user ids' ran true
must cloison tenant remove twin
echo "someone:$((first + 1000)):10" >>/etc/subuid
refused 'a range that a user of the host has' "/etc/subuid gives ids of $first" ran true
sed -i '/^someone:/d' /etc/subuid
sysctl -q -w user.max_user_namespaces=0
refused 'no user namespaces' 'max_user_namespaces' ran true
check 'with --user none is needed' cloison run acme --user modeller -- true
sysctl -q -w user.max_user_namespaces=10000
refused 'no such tenant' 'globex' cloison run globex -- true
refused 'no such user' 'no user "nobody-here"' cloison run acme --user nobody-here -- true
refused 'no such network' 'No such file' cloison run acme --netns nowhere -- true
refused 'nor is the host'"'"'s own taken for one' 'the host.s own' cloison run acme --root / -- true
must mkdir -p /srv/host
must mount --bind / /srv/host
refused 'also by another name' 'the host.s own' cloison run acme --root /srv/host -- true
must umount /srv/host
refused 'no such root' 'No such file or directory' cloison run acme --root /nowhere -- true
refused 'no command' 'usage|cloison run' cloison run acme
must cloison guard unload --force
refused 'no wall' 'not behind its wall' cloison run acme -- true
same 'exit status of cloison itself' "$(status_of cloison run acme -- true)" 125
finish
