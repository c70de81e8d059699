#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a resize meets those who have the region open, map it, export it, write to it
# timeout: 900
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_region acme/w 12M
make_region acme/wall 2M
node=/dev/cloison/acme/w
used() { cat /sys/class/cloison_tenant/acme/used; }
size() { in_tenant acme bash -c ": <$node; stat -c %s $node"; }
charged() { same "$1" "$(used) of the quota, $(pool_says used) of the pool" "$2 of the quota, $2 of the pool"; }

# ---- who has it open -----------------------------------------------------------

cat >"$work/watch.py" <<'END'
import fcntl, os, select, struct, sys
node = os.open(sys.argv[1], os.O_RDWR)
poll = select.poll()
poll.register(node, select.POLLPRI | select.POLLOUT)
names = {select.POLLPRI: "PRI", select.POLLOUT: "OUT", select.POLLERR: "ERR", select.POLLHUP: "HUP"}
def told():
    return "+".join(name for bit, name in names.items() if any(e & bit for _, e in poll.poll(0))) or "nothing"
def info():
    args = bytearray(struct.pack("=II", 176, 0) + bytes(168))
    fcntl.ioctl(node, 0xE140, args)
    return struct.unpack_from("=Q", args, 8)[0]
print("begins", told(), os.fstat(node).st_size, flush=True)
for line in sys.stdin:
    poll.modify(node, select.POLLPRI)
    events = poll.poll(30000)
    poll.modify(node, select.POLLPRI | select.POLLOUT)
    try:
        first, size = told(), info()
        print("woke", bool(events), first, size, os.fstat(node).st_size, told(), flush=True)
    except OSError as error:
        print("woke", bool(events), told(), os.strerror(error.errno), flush=True)
END
begin watcher in_tenant acme python3 "$work/watch.py" $node
until_printed watcher begins
came_to() { same "$1" "$(tail -n1 "$work/watcher")" "$2"; }
came_to "poll tells of writing, and fstat the size" "begins OUT $((12 * MIB))"
# changes SEEN COMMAND...: it waits before the change and wakes by it.
changes() {
	local seen=$1
	shift
	go watcher
	sleep 1
	must "$@"
	until_printed watcher "^woke .*$seen"
}
changes $((6 * MIB)) cloison region resize acme/w --bytes 6M
came_to "a resize wakes it: POLLPRI, and INFO and fstat know the size" \
	"woke True PRI+OUT $((6 * MIB)) $((6 * MIB)) OUT"
changes 'PRI [0-9]' try acme open:rw:$node seal
came_to "so does a seal, which ends POLLOUT" "woke True PRI $((6 * MIB)) $((6 * MIB)) nothing"
refused "a sealed region keeps its size" 'is sealed' cloison region resize acme/w --bytes 8M
changes ERR cloison region revoke acme/w
came_to "and a revocation: POLLERR and POLLHUP" "woke True ERR+HUP Stale file handle"
refused "a revoked one does too" 'was revoked' cloison region resize acme/w --bytes 8M
must cloison region destroy acme/w

# ---- who is in the way -------------------------------------------------------------

make_region acme/w 4M
begin holder try acme open:rw:$node map:rw put:0:5a say:ready wait get:0:5a
until_printed holder ready
refused "while it is mapped it stays" 'is mapped' cloison region resize acme/w --bytes 8M
same "and its size" "$(size)" $((4 * MIB))
go holder
over holder
begin holder try acme open:rw:$node export:rw say:ready wait
until_printed holder ready
refused "also while there is a dma-buf" 'exported' cloison region resize acme/w --bytes 2M
go holder
over holder
refused "not past the quota" 'quota' cloison region resize acme/w --bytes 63M
charged "which charges nothing" $((6 * MIB))
must cloison tenant set acme --quota 1G
refused "nor past the pool" 'largest free extent' cloison region resize acme/w --bytes 63M
charged "nor that" $((6 * MIB))
same "and nothing is lost" "$(in_tenant acme head -c 1 $node | od -An -tx1)" ' 5a'
refused "not to nothing" 'at least one' cloison region resize acme/w --bytes 0

# ---- writers meanwhile -------------------------------------------------------------------

must cloison region resize acme/w --bytes 8M
cat >"$work/write.py" <<'END'
import os, sys
node = os.open(sys.argv[1], os.O_RDWR)
print("ready", flush=True)
for i in range(1, 400):
    for at in (0, 1 << 20, 7 << 20):
        os.pwrite(node, i.to_bytes(4, "little") * 1024, at)
END
begin writer in_tenant acme python3 "$work/write.py" $node
until_printed writer ready
for bytes in 20M 8M 24M 8M 16M 22M 8M; do
	must cloison region resize acme/w --bytes $bytes
done
check "a task writes while it is moved and shrunk" over writer
same "every last write is there" "$(in_tenant acme python3 -c "
import os
f = os.open('$node', os.O_RDONLY)
print(all(os.pread(f, 4096, at) == (399).to_bytes(4, 'little') * 1024 for at in (0, 1 << 20, 7 << 20)))")" True
must cloison region destroy acme/w
must cloison region destroy acme/wall
charged "in the end nothing is charged" 0
within "nothing waits for its scrub" 30 pool_is_clean
same "the host finds nothing" "$(host scan 0 0 spare)" 0
finish
