#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 4,096 tenants, as many regions as a pool holds, one sealed region read by 4,096 nodes; one more is refused
# fresh
# timeout: 600
. /tests/guest/memory.sh

# The first tenant and the last one are behind the guard. Those between are made by
# ioctl, without a segmentation: what is looked for is in the module.
LAST=4096
cat >"$work/many.py" <<'END_OF_PYTHON'
import errno, fcntl, os, struct, sys, time

what, cgroups, last, pool, region = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
control = os.open("/dev/cloison/control", os.O_RDWR)
between = range(2, last)

def call(number, layout, *values):
    args = bytearray(struct.pack("=II" + layout, struct.calcsize("=II" + layout), 0, *values))
    try:
        fcntl.ioctl(control, 0xE100 | number, args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return args

def add_tenant(number):
    path = cgroups + "/many%d" % number
    os.mkdir(path)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    answer = call(0x10, "IiQ64s", number, fd, 1 << 40, b"many%d" % number)
    os.close(fd)
    return answer

def remove_tenant(number):
    answer = call(0x11, "II", number, 0)
    os.rmdir(cgroups + "/many%d" % number)
    return answer

def create(tenant, name):
    return call(0x20, "IIQIIII64sII", tenant, pool, 1, 0, 0, 0o600, 0, name, 0, 0)

def destroy(answer):
    call(0x22, "II", struct.unpack_from("=I", answer, 36)[0], 0)

def grant(tenant):
    return call(0x24, "IIIIII64s", region, tenant, 0, 0, 0o440, 0, b"shared")

# Each once, until one fails: how many went well, how the next one failed, seconds.
def each(do, numbers):
    begin, count, failed = time.monotonic(), 0, "-"
    for number in numbers:
        answer = do(number)
        if isinstance(answer, str):
            failed = answer
            break
        count += 1
    print(count, failed, "%.2f" % (time.monotonic() - begin))

def fill():
    regions = []
    def one(number):
        answer = create(2 + number % len(between), b"small")
        if not isinstance(answer, str):
            regions.append(answer)
        return answer
    each(one, range(70000))
    for answer in regions:
        destroy(answer)

def again(number):
    answer = create(2, b"again")
    if not isinstance(answer, str):
        destroy(answer)
    return answer

{
    "tenants": lambda: each(add_tenant, between),
    "one-more": lambda: each(add_tenant, [last + 1]),
    "regions": fill,
    "again": lambda: each(again, range(600)),
    "grants": lambda: each(grant, range(2, last + 1)),
    "grant-again": lambda: each(grant, [last]),
    "remove": lambda: each(remove_tenant, between),
}[what]()
END_OF_PYTHON

# many WHAT DONE ERROR SENTENCE: so many are done, and the next fails with ERROR.
many() {
	local done_now error seconds
	read -r done_now error seconds < <(python3 "$work/many.py" "$1" "$PEN/many" $LAST "$pool" "$region")
	same "$4" "$done_now $error" "$2 $3"
	note "$1: $seconds s"
}

nodes() { find /dev/cloison -type c ! -name control | wc -l; }

must modprobe cloison
must cloison guard load
must cloison pool add pci "$ACCELERATOR" --name accel0
within 'the pool is scrubbed' 60 pool_is_clean
pool=$(cat /sys/class/cloison_pool/accel0/number) region=0
make_tenant owner --id 1
make_tenant reader --id $LAST
must mkdir "$PEN/many"

many tenants $((LAST - 2)) - '4,096 tenants'
many one-more 0 ENOSPC 'one more is refused'
rmdir "$PEN/many/many$((LAST + 1))"
many regions 64 ENOSPC 'as many regions as the pool has granules, and no more'
many again 600 - '600 more, one after another'
within 'all that is scrubbed' 60 pool_is_clean

make_region owner/weights 2M
region=$((0x$(stat -c %T /dev/cloison/owner/weights)))
must in_tenant owner dd if=/dev/urandom of=/dev/cloison/owner/weights bs=2M count=1 iflag=fullblock
must try owner open:rw:/dev/cloison/owner/weights seal
many grants $((LAST - 1)) - 'one sealed region is granted to all the others'
many grant-again 0 EEXIST 'but once to each'
same '4,096 nodes' "$(nodes)" $LAST
sum_in() { within_cgroup "$1" sha256sum "$2" | cut -d' ' -f1; }
sum=$(sum_in "$PEN/owner" /dev/cloison/owner/weights)
same 'the last of them reads what the owner wrote' "$(sum_in "$PEN/reader" /dev/cloison/reader/shared)" "$sum"
refused 'not by the owner'"'"'s node' 'Permission denied' in_tenant reader cat /dev/cloison/owner/weights
refused 'nor by that of a third' 'Permission denied' in_tenant reader cat /dev/cloison/many77/shared
refused 'who itself has no wall' 'Permission denied' \
	within_cgroup "$PEN/many/many77" cat /dev/cloison/many77/shared
must rmdir "$PEN/many/many77/tasks"

begin=$(date +%s%N)
check 'the region goes, with all grants' cloison region destroy owner/weights
note "destroyed in $((($(date +%s%N) - begin) / 1000000)) ms"
same 'no node is left' "$(nodes)" 0
same 'no region or grant is left' "$(find /sys/class/cloison -type l | wc -l)" 0
many remove $((LAST - 2)) - 'the tenants between go'
finish
