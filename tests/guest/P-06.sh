#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: P-06 names with escape sequences or bytes that are not UTF-8 are escaped, and none is lost
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

hex_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

# What a terminal obeys: an escape sequence, one in a C1 character, letters that run
# backwards, a byte that no text has, a line of its own. 15 bytes, as a process may have.
NAME=$'\e[7m\u009b\u202e\xff\nx y'
HEX=$(hex_of "$NAME")
# A device's name has no line and no space in it.
DEVICE=$'\e[7m\u202e\xffd'
DEVICE_HEX=$(hex_of "$DEVICE")

cat >"$work/look" <<'END'
# look FILE HEX raw|text|json: whether the bytes are there as they are, or escaped.
import json, re, sys

def back(text):
    """As escape.h says that a reader does."""
    def byte(match):
        value = int(match[1], 16)
        if value <= 0x20 or value in (0x5c, 0x7f) or value >= 0x80:
            return bytes([value])
        return match[0]
    return re.sub(rb"\\x([0-9a-f]{2})", byte, text)

def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)

assert sys.argv[2]
data, name, kind = open(sys.argv[1], "rb").read(), bytes.fromhex(sys.argv[2]), sys.argv[3]
if kind == "raw":
    sys.exit(0 if name in data else "the bytes are not there: %r" % data)
text = data.decode()
bad = [c for c in text if c != "\n" and (ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2066")]
if bad:
    sys.exit("it has %r in it: %r" % (bad, text))
found = [text]
if kind == "json":
    found = [each for line in (text.splitlines() if text.startswith("{\"") else [text])
             for each in strings(json.loads(line))]
    if any(c < " " for each in found for c in each):
        sys.exit("a string of the JSON has a control character: %r" % found)
if not any(name in back(each.encode()) for each in found):
    sys.exit("the name was lost: %r" % text)
END

looks() { python3 "$work/look" "$@"; }

# shown WHAT HEX COMMAND...: as text, and with --json; what it says on standard error too
shown() {
	local what=$1 hex=$2
	shift 2
	"$@" >"$work/shown" 2>&1
	check "$what, as text" looks "$work/shown" "$hex" text
	"$@" --json >"$work/shown" 2>&1
	check "$what, as JSON" looks "$work/shown" "$hex" json
}

net_up
wall_up
make_tenant acme --address "$ACME"
make_tenant globex
make_region acme/weights 4M

# ---- a process ------------------------------------------------------------------
# It calls itself so, is refused a connection and another's region, holds its own,
# and waits.
cat >"$work/hostile" <<'END'
import os, socket, sys, time
own, foreign, ready = sys.argv[1:4]
with open("/proc/self/comm", "wb") as comm:
    comm.write(bytes.fromhex(sys.argv[4]))
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(("10.9.0.3", 7002))
except OSError:
    pass
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
except OSError:
    pass
if foreign != "-":
    try:
        os.open(foreign, os.O_RDONLY)
    except PermissionError:
        pass
fd = os.open(own, os.O_RDONLY) if own != "-" else -1
open(ready, "w").close()
time.sleep(600)
END
place "$WALLED" acme python3 "$work/hostile" /dev/cloison/acme/weights - "$work/ready" "$HEX" &
place "$PEN/globex" acme python3 "$work/hostile" - /dev/cloison/acme/weights "$work/ready2" "$HEX" &
within 'the processes have named themselves' 60 test -e "$work/ready" -a -e "$work/ready2"
read -r pid <"$WALLED/cgroup.procs"
cat "/proc/$pid/comm" >"$work/comm"
check 'control: the kernel hands the bytes on as they are' looks "$work/comm" "$HEX" raw
shown 'region show: who holds it' "$HEX" cloison region show acme/weights

cloison monitor --past --seconds 1 --json >"$work/events"
for hook in connect4 socket_create region; do
	grep "\"hook\":\"$hook\"" "$work/events" | tail -n1 >"$work/shown"
	check "monitor: an event of $hook, as JSON" looks "$work/shown" "$HEX" json
done
same 'monitor: each event is one line' "$(grep -vc '^{.*}$' "$work/events")" 0
cat >"$work/again" <<'END'
import socket, sys
with open("/proc/self/comm", "wb") as comm:
    comm.write(bytes.fromhex(sys.argv[1]))
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(("10.9.0.3", 7003))
except OSError:
    pass
END
place "$WALLED" acme python3 "$work/again" "$HEX"
cloison monitor --past --seconds 1 --hook connect4 >"$work/events"
same 'monitor: each is one line' "$(wc -l <"$work/events")" \
	"$(cloison monitor --past --seconds 1 --hook connect4 --json | wc -l)"
tail -n1 "$work/events" >"$work/shown"
check 'monitor: an event, as text' looks "$work/shown" "$HEX" text

# ---- a cgroup, a network, a device, a socket, a file ------------------------------
evil=$(printf '%s' "$NAME" | tr -d '\n')
evil_hex=$(hex_of "$evil")
must cloison tenant add evil --quota 4M --cgroup "$PEN/$evil"
check 'control: the cgroup is called so' test -d "$PEN/$evil"
shown 'tenant show: a cgroup' "$evil_hex" cloison tenant show evil
shown 'tenant list: a cgroup' "$evil_hex" cloison tenant list
shown 'status: a cgroup' "$evil_hex" cloison status

must ip netns add "n$DEVICE"
check 'a network is claimed by a name of such bytes' cloison net claim acme "n$DEVICE"
check 'control: the network is called so' test -e "/run/netns/n$DEVICE"
shown 'net networks: a network' "$DEVICE_HEX" cloison net networks
must cloison net release acme "n$DEVICE"

must ip link add "$DEVICE" type veth peer name peer0
check 'control: the device is called so' test -d "/sys/class/net/$DEVICE"
check 'it is attached' cloison net attach acme "$DEVICE"
shown 'net devices: a device' "$DEVICE_HEX" cloison net devices
must ip link del peer0
shown 'guard show: a device that is gone' "$DEVICE_HEX" cloison guard show
must cloison net detach acme "$DEVICE"

check 'a socket is allowed by a name of such bytes' cloison guard unix-allow "@$NAME"
shown 'guard unix-list: a socket' "$HEX" cloison guard unix-list
must cloison guard unix-forbid "@$NAME"

printf '[rule a]\nDirection=out\nAction=allow\nPeer=any\n' >"$work/$evil"
shown 'net check: a file' "$evil_hex" cloison net check "$work/$evil"
cloison net check "$work/none$evil" >"$work/shown" 2>&1
check 'an error: a file that is not there' looks "$work/shown" "$evil_hex" text
cloison pool remove "$NAME" >"$work/shown" 2>&1
check 'an error: a name that cannot be' looks "$work/shown" "$HEX" text
finish
