#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 4,096 tenants and as many regions as the pools hold; one more is refused and said so
# timeout: 900
. /tests/guest/memory.sh

# By ioctl, since what is looked for is in the module: 4,096 segmentations are the
# guard's matter.
cat >"$work/many.py" <<'END'
import errno, fcntl, os, struct, sys, time

MIB = 1 << 20
control = os.open("/dev/cloison/control", os.O_RDWR)
failed = False

def call(number, layout, *values):
    args = bytearray(struct.pack("=II" + layout, struct.calcsize("=II" + layout), 0, *values))
    try:
        fcntl.ioctl(control, 0xE100 | number, args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return args

def finding(good, what):
    global failed
    failed |= not good
    print("ok" if good else "not ok", what, flush=True)

def took(what, begin, count):
    print("# %s: %d in %.2f s" % (what, count, time.monotonic() - begin), flush=True)

def add_tenant(number):
    path = sys.argv[1] + "/many%d" % number
    os.mkdir(path)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    answer = call(0x10, "IiQ64s", number, fd, 1 << 40, b"many%d" % number)
    os.close(fd)
    return answer

def create(tenant, pool, name):
    return call(0x20, "IIQIIII64sII", tenant, pool, 1, 0, 0, 0o600, 0, name, 0, 0)

def query():
    call(0x00, "QQIIII", 0, 0, 0, 0, 0, 0)

pool = int(sys.argv[2])
begin = time.monotonic()
made = [number for number in range(1, 4097) if not isinstance(add_tenant(number), str)]
took("tenants added", begin, len(made))
finding(len(made) == 4096, "4,096 tenants")
finding(add_tenant(4097) == "ENOSPC", "the next is refused: ENOSPC")
os.rmdir(sys.argv[1] + "/many4097")
begin = time.monotonic()
for _ in range(10000):
    query()
took("questions asked with that many tenants", begin, 10000)

begin = time.monotonic()
regions = []
while len(regions) < 70000:
    answer = create(1 + len(regions) % 4096, pool, b"small")
    if isinstance(answer, str):
        break
    regions.append(struct.unpack_from("=I", answer, 36)[0])
took("regions created", begin, len(regions))
finding(len(regions) == int(sys.argv[3]), "as many regions as the pool has granules: %d" % len(regions))
finding(answer == "ENOSPC", "the next is refused: ENOSPC")
begin = time.monotonic()
for region in regions:
    call(0x22, "II", region, 0)
took("regions destroyed", begin, len(regions))

# One region after another, so that numbers come round.
begin = time.monotonic()
last = 0
for i in range(600):
    answer = create(1, pool, b"again")
    if isinstance(answer, str):
        break
    last = struct.unpack_from("=I", answer, 36)[0]
    call(0x22, "II", last, 0)
took("regions created and destroyed one by one", begin, i + 1)
finding(i == 599, "600 more, one after another")
begin = time.monotonic()
gone = [number for number in made if not isinstance(call(0x11, "II", number, 0), str)]
took("tenants removed", begin, len(gone))
finding(len(gone) == 4096, "all of them go")
for number in made:
    os.rmdir(sys.argv[1] + "/many%d" % number)
sys.exit(failed)
END

must modprobe cloison
must cloison pool add pci "$ACCELERATOR" --name accel0
within "the pool is scrubbed" 60 pool_is_clean
mkdir "$CGROUPS/many"
python3 "$work/many.py" "$CGROUPS/many" "$(cat /sys/class/cloison_pool/accel0/number)" \
	$((512 / 2)) >"$work/findings" 2>&1
while read -r verdict what; do
	case $verdict in
	'#') note "$what" ;;
	ok) ok "$what" ;;
	*) not_ok "${what#ok }" ;;
	esac
done <"$work/findings"
check "all of it was tried" test "$(grep -c '^ok' "$work/findings")" = 6
same "no region is left" "$(find /sys/class/cloison -type l | wc -l)" 0
finish
