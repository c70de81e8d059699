#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a sealed region granted to a further tenant: read by it alone, ended alone
# timeout: 900
. /tests/guest/memory.sh

memory_up
for tenant in acme globex initech umbrella; do
	make_tenant $tenant
done
make_region acme/w 4M
owner=/dev/cloison/acme/w
grant=/dev/cloison/globex/shared
other=/dev/cloison/initech/w
must in_tenant acme bash -c 'head -c 4194304 /dev/urandom | tee "$1" | sha256sum | cut -d" " -f1 >"$2"' \
	- $owner "$work/sum"
sum=$(cat "$work/sum")
# Where the mappings below look.
byte=$(in_tenant acme dd if=$owner bs=1 skip=4096 count=1 status=none | od -An -tx1 | tr -d ' ')
used() { cat "/sys/class/cloison_tenant/$1/used"; }
sum_in() { in_tenant "$1" sha256sum "$2" | cut -d' ' -f1; }

# ---- what may be granted -------------------------------------------------------

refused "a region that is not sealed is not granted" 'is not sealed' \
	cloison region grant acme/w globex
check "it is sealed" try acme open:rw:$owner seal
refused "nor is one to its own tenant" "acme's own" cloison region grant acme/w acme
refused "nor to nobody" 'there is no tenant' cloison region grant acme/w nobody
make_region globex/taken 2M
refused "nor under a name that the tenant has" 'taken' cloison region grant acme/w globex --name taken
refused "nor with a mode that promises writing" 'mode' cloison region grant acme/w globex --mode 0660
denied "control: another tenant does not open it by the owner's node" EACCES globex open:r:$owner
check "it is granted" cloison region grant acme/w globex --name shared
refused "but once to a tenant" 'granted to' cloison region grant acme/w globex --name again
refused "a region may not have the grant's name" 'globex/shared.*exists' \
	cloison region create globex/shared --pool accel0 --bytes 2M
check "and to another" cloison region grant acme/w initech
same "the node is its tenant's, to be read" "$(stat -c '%a %F' $grant)" "440 character special file"
same "its size is the region's, once it was opened" \
	"$(in_tenant globex bash -c ": <$grant; stat -c %s $grant")" $((4 * MIB))

# ---- nobody pays twice -----------------------------------------------------------

same "the owner pays as before" "$(used acme)" $((4 * MIB))
same "the grantee for its own region only" "$(used globex)" $((2 * MIB))
same "and who has none, nothing" "$(used initech)" 0

# ---- who reads it, and how ----------------------------------------------------------

same "the grantee reads the owner's bytes" "$(sum_in globex $grant)" "$sum"
same "so does the other" "$(sum_in initech $other)" "$sum"
same "the measured root is the same by both ways" \
	"$(cloison region measure globex/shared -j | jq -r .root)" \
	"$(cloison region measure acme/w -j | jq -r .root)"
check "it maps it" try globex open:r:$grant map:r get:4096:"$byte"
check "and exports it to read" try globex open:r:$grant export:r map:r get:4096:"$byte"
check "what it is, it is told" try globex open:r:$grant info

denied "the owner does not open the grant" EACCES acme open:r:$grant
denied "nor does a third tenant" EACCES umbrella open:r:$grant
denied "nor another grantee" EACCES initech open:r:$grant
denied "nor does the grantee open the owner's node" EACCES globex open:r:$owner
refused "nor the host's root" ': EACCES$' region-try open:r:$grant
numbers=$(stat -c '%Hr %Lr' $grant)
check "control: the grantee by a node made by mknod" in_tenant globex unshare -m bash -ec \
	"rm -f /tmp/g; mknod -m 666 /tmp/g c $numbers; exec region-try open:r:/tmp/g read:0:16:16"
refused "a third tenant by such a node" '^open:r:[^ ]*: EACCES$' in_tenant umbrella unshare -m bash -ec \
	"rm -f /tmp/g; mknod -m 666 /tmp/g c $numbers; exec region-try open:r:/tmp/g read:0:16:16"

# ---- read-only stays read-only ----------------------------------------------------------

denied "opened for writing" EPERM globex open:rw:$grant
denied "opened for writing only" EPERM globex open:w:$grant
denied "mapped for writing" EACCES globex open:r:$grant map:rw
denied "a mapping made writable" EACCES globex open:r:$grant map:r protect:rw
denied "a writable dma-buf" EACCES globex open:r:$grant export:rw
denied "a dma-buf mapped for writing" EACCES globex open:r:$grant export:r map:rw
denied "a mapping of a dma-buf made writable" EACCES globex open:r:$grant export:r map:r protect:rw
denied "written to" EBADF globex open:r:$grant write:0:16:16
denied "sealed by the grantee" EBADF globex open:r:$grant seal

# ---- passed on, moved out -----------------------------------------------------------------

mkdir "$PEN/globex/sub"
begin mover try globex open:r:$grant map:r say:ready "join:$PEN/globex/sub" hold:1
over mover
came_to "control: a mapping outlives a move inside the grantee" mover hold:1 'it lives on'
begin mover try globex open:r:$grant map:r "join:$PEN/umbrella" "$until_death" -read:0:16:16 -map:r
over mover
came_to "a task that moves to a third tenant reads no more" mover read:0:16:16 EACCES
came_to "nor maps" mover map:r EACCES
same "its mapping died" "$(grep -c 'died' "$work/mover")" 1
begin mover try globex open:r:$grant map:r "join:$PEN/acme" "$until_death" -read:0:16:16
over mover
came_to "nor does one that moves to the owner, by the grant" mover read:0:16:16 EACCES
same "and its mapping died too" "$(grep -c 'died' "$work/mover")" 1
rmdir "$PEN/globex/sub"

# ---- one grant ends, the others do not --------------------------------------------------------

for tenant in acme:$owner globex:$grant initech:$other; do
	begin "${tenant%%:*}" try "${tenant%%:*}" "open:r:${tenant#*:}" map:r get:4096:"$byte" \
		say:ready wait -get:4096:"$byte" -read:0:16:16 -info -map:r -export:r
	until_printed "${tenant%%:*}" ready
done
begin buffer try globex open:r:$grant export:r map:r get:4096:"$byte" \
	say:ready wait -get:4096:"$byte" -map:r
until_printed buffer ready
check "that the region is granted, show says" bash -c \
	'cloison region show acme/w -j | jq -e ".grants == [\"globex/shared\", \"initech/w\"]"'
check "and each tenant's list" bash -c \
	'cloison region grants globex -j | jq -e "[.[] | .region, .name, .mode] == [\"acme/w\", \"shared\", \"0440\"]"'
refused "a tenant with a grant stays" 'region grants initech' cloison tenant remove initech --force
check "the grant is revoked" cloison region ungrant acme/w globex
refused "and then it is no more" 'not granted' cloison region ungrant acme/w globex
check "its node is gone" test ! -e $grant
for task in acme globex initech buffer; do
	go $task
	over $task
done
came_to "its mapping is dead" globex get:4096:"$byte" SIGBUS
came_to "its descriptor answers" globex read:0:16:16 ESTALE
came_to "in every way" globex info ESTALE
came_to "to a mapping" globex map:r ESTALE
came_to "and to an export" globex export:r ESTALE
came_to "the mapping of its dma-buf is dead" buffer get:4096:"$byte" SIGBUS
came_to "the dma-buf maps no more" buffer map:r ESTALE
for task in acme initech; do
	came_to "$task's mapping lives" $task get:4096:"$byte" 'done'
	came_to "$task reads on" $task read:0:16:16 'done'
	came_to "$task maps on" $task map:r 'done'
done
same "the bytes are the owner's still" "$(sum_in initech $other)" "$sum"
check "it is granted again" cloison region grant acme/w globex --name shared
same "and read" "$(sum_in globex $grant)" "$sum"

# ---- the region ends, and with it every grant --------------------------------------------------

head=$(in_tenant acme head -c 32 $owner | od -An -v -tx1 | tr -d ' \n')
same "control: the host finds the bytes" "$(host find "$head" spare)" 1
begin globex try globex open:r:$grant map:r get:4096:"$byte" \
	say:ready wait -get:4096:"$byte" -read:0:16:16
until_printed globex ready
check "the region is revoked" cloison region revoke acme/w
go globex
over globex
came_to "the grant's mapping is dead" globex get:4096:"$byte" SIGBUS
came_to "its descriptor answers" globex read:0:16:16 ESTALE
denied "it is not opened" ESTALE globex open:r:$grant
refused "nor granted on" 'revoked' cloison region grant acme/w umbrella
within "nothing waits for its scrub" 30 pool_is_clean
same "the host finds the bytes no more" "$(host find "$head" spare)" 0
check "the region is destroyed" cloison region destroy acme/w
check "and with it its grants" test ! -e $grant -a ! -e $other
check "so that the tenant may go" cloison tenant remove initech --force

# ---- so does a pool that goes -----------------------------------------------------------------

make_region acme/w 2M
must try acme open:rw:$owner seal
check "granted" cloison region grant acme/w globex --name shared
begin globex try globex open:r:$grant map:r get:0:00 say:ready wait -get:0:00 -read:0:16:16
until_printed globex ready
check "its pool's device is unbound" bash -c "echo $SPARE >/sys/bus/pci/drivers/cloison/unbind"
go globex
over globex
came_to "the mapping is dead" globex get:0:00 SIGBUS
came_to "the descriptor answers" globex read:0:16:16 ENODEV
denied "the node does too" ENODEV globex open:r:$grant
finish
