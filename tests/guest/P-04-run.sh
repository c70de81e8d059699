#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: P-04: queues, shared memory, keys and pipes of two cloison run are apart
. /tests/guest/lib.sh

export PATH=/usr/local/bin:$PATH
wall_up
make_tenant acme
make_tenant globex

mkdir -p /dev/shm /dev/mqueue
mountpoint -q /dev/shm || must mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mountpoint -q /dev/mqueue || must mount -t mqueue mqueue /dev/mqueue

# keys add|find: a key in the session keyring, and one in the user's. No keyctl there.
# keys session COMMAND...: in a new session keyring, as a login has it.
cat >/usr/local/bin/keys <<'END'
#!/usr/bin/python3
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
ADD, CTL, JOIN, SEARCH = 248, 250, 1, 10
if sys.argv[1] == "session":
    libc.syscall(CTL, JOIN, None)
    os.execvp(sys.argv[2], sys.argv[2:])
found = []
for name, ring in (b"of-session", -3), (b"of-user", -4):
    if sys.argv[1] == "add":
        ok = libc.syscall(ADD, b"user", name, b"x", 1, ring) > 0
    else:
        ok = libc.syscall(CTL, SEARCH, ring, b"user", name, 0) > 0
    if ok:
        found.append(name.decode())
print(*found)
END
chmod 755 /usr/local/bin/keys

# leave: what one leaves in all the places; find: which of them another finds.
cat >/usr/local/bin/leave <<'END'
#!/bin/sh
echo x >/dev/shm/left
touch /dev/mqueue/left
ipcmk -Q >/dev/null; ipcmk -M 4096 >/dev/null; ipcmk -S 1 >/dev/null
mkfifo /tmp/left /var/tmp/left
keys add >/dev/null
echo left
read -r line
END
cat >/usr/local/bin/find-left <<'END'
#!/bin/sh
for path in /dev/shm/left /dev/mqueue/left /tmp/left /var/tmp/left; do
	[ -e $path ] && echo $path
done
for kind in q m s; do
	[ "$(ipcs -$kind | grep -c ^0x)" = 0 ] || echo ipcs-$kind
done
keys find
END
chmod 755 /usr/local/bin/leave /usr/local/bin/find-left
all='/dev/shm/left /dev/mqueue/left /tmp/left /var/tmp/left ipcs-q ipcs-m ipcs-s of-session of-user'
found() { "$@" | paste -sd' ' | sed 's/ *$//'; }

# leaving WHAT COMMAND...: it leaves, while the rest of the lines is run by the caller
leaving() {
	rm -f "$work/pipe"
	mkfifo "$work/pipe"
	"$@" leave <"$work/pipe" >"$work/left" 2>&1 &
	leaver=$!
	exec 5>"$work/pipe"
	within 'one process leaves something everywhere' 20 grep -q left "$work/left"
}
done_leaving() {
	exec 5>&-
	wait "$leaver"
}

# Without a wall: two processes of the host, of one user.
leaving env
same 'control: another process of the host finds all of it, but for the session keyring' \
	"$(found find-left)" "${all/ of-session/}"
done_leaving
same 'control: that is found by processes of one session' \
	"$(found keys session sh -c 'keys add >/dev/null; keys find')" 'of-session of-user'
same 'a command has neither of the session that it was started from' \
	"$(found keys session sh -c 'keys add >/dev/null; cloison run acme -- keys find')" ''
rm -f /dev/shm/left /dev/mqueue/left /tmp/left /var/tmp/left
ipcrm --all

leaving cloison run acme --
same 'another tenant finds nothing' "$(found cloison run globex -- find-left)" ''
same 'nor does the same tenant in another run' "$(found cloison run acme -- find-left)" ''
done_leaving
same 'one and the same run finds all' \
	"$(found cloison run acme -- sh -c 'leave </dev/null >/dev/null; find-left')" "$all"

# With --user there is no user namespace: what has names by ids is shared by them.
cloison run acme --user 4242 -- sh -c 'leave' </dev/null >/dev/null
leaving cloison run acme --user 4242 --
found_by_user=$(found cloison run globex --user 4242 -- find-left)
same 'with --user neither, but for keys of the user itself' "${found_by_user/of-user/}" ''
done_leaving
finish
