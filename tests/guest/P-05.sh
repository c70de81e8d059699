#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: P-05: the admin's terminal after a command of the tenant
. /tests/guest/lib.sh

export SLOW
wall_up
make_tenant acme
terminal() { python3 /tests/guest/terminal.py "$@"; }
first=$((0x70000000 + 65536 * $(</sys/class/cloison_tenant/acme/number)))
out=/srv/out
mkdir -p $out
chown "$first:$first" $out
# Kernels since 6.2 refuse TIOCSTI by default; a host may want it.
sysctl -q -w dev.tty.legacy_tiocsti=1

# A process that stays behind takes the foreground and reads what the admin types.
cat >$out/reader.py <<'END'
import os, signal, sys, time
if os.fork():
    while not os.path.exists('/srv/out/ready'):
        time.sleep(0.05)
    sys.exit()
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.setpgid(0, 0)
open('/srv/out/ready', 'w').close()
# Until the command ended, and the shell took the foreground back.
while not os.path.exists('/srv/out/typing'):
    time.sleep(0.05)
os.tcsetpgrp(0, os.getpgrp())
open('/srv/out/taken', 'w').close()
text = os.read(0, 100)
open('/srv/out/stolen', 'wb').write(text)
END
# Words are put into the admin's mouth.
cat >$out/typist.py <<'END'
import fcntl, termios
for c in b'injected\n':
    fcntl.ioctl(0, termios.TIOCSTI, bytes([c]))
END
chmod 755 $out/*.py

# The admin's shell: it runs one command, and then reads a line. With the shell the
# terminal ends, so it stays until it may go.
shell='echo back; until [ -e /srv/out/go ]; do sleep 0.05; done; read -r line; echo "admin: $line"
	until [ -e /srv/out/end ]; do sleep 0.05; done'
clear_out() { rm -f $out/ready $out/typing $out/taken $out/stolen $out/go $out/end; }

clear_out
terminal 'see back' 'do touch /srv/out/typing; test -e /srv/out/taken && touch /srv/out/go' \
	'see admin:' 'type secret\n' 'do test -s /srv/out/stolen && touch /srv/out/end' -- \
	bash -c "python3 $out/reader.py; $shell" >"$work/shown"
same 'control: with the admin'"'"'s own terminal it is read' "$(cat $out/stolen)" secret
clear_out
check 'cloison run: the admin reads it' \
	terminal 'see back' 'do touch /srv/out/typing /srv/out/go' 'type secret\n' 'see admin: secret' \
	'do touch /srv/out/end' -- \
	bash -c "cloison run acme --write $out -- python3 $out/reader.py; $shell"
check 'and nobody else' [ ! -e $out/stolen ]
check 'the process that stayed behind is gone' sh -c '! pgrep -f "[r]eader.py"'
touch $out/go $out/end

check 'control: with the admin'"'"'s own terminal words arrive that nobody typed' \
	terminal 'see admin: injected' -- bash -c "python3 $out/typist.py; $shell"
check 'cloison run: they do not' \
	terminal 'see back' 'type typed\n' 'see admin: typed' -- \
	bash -c "cloison run acme --write $out -- python3 $out/typist.py; $shell"

# Which terminal it is, by descriptor and by name.
name() { terminal -- bash -c "$1" | tail -n1; }
same 'the terminal is its own, by name' "$(name 'cloison run acme -- tty')" /dev/pts/0
check 'and as the controlling one' terminal 'see here' -- \
	cloison run acme -- sh -c 'echo here >/dev/tty'
refused 'without a terminal there is none' 'No such device' cloison run acme -- sh -c ': </dev/tty' </dev/null
same 'of the admin'"'"'s nothing is open' "$(terminal -- cloison run acme -- sh -c \
	'own=$(stat -c %d /dev/pts/0)
	for fd in /proc/[0-9]*/fd/*; do stat -L -c "%t %d" $fd; done 2>/dev/null | sort -u >/tmp/open
	grep -c "^88 $own$" /tmp/open; grep -c "^88 " /tmp/open' | paste -sd' ')" '1 1'
finish
