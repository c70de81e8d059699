#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: more than the quota, by many small regions, by concurrent creates, by one that wraps, by a quota that falls
# timeout: 300
. /tests/guest/memory.sh

used() { cat /sys/class/cloison_tenant/acme/used; }
regions() { cat /sys/class/cloison_tenant/acme/regions; }
over_quota='quota'

memory_up
must cloison tenant add acme --quota 8M --cgroup "$PEN/acme"
make_tenant globex

# Each costs a granule of 2 MiB, however small it is.
for i in 1 2 3 4; do
	check "control: region $i of one byte" cloison region create "acme/small$i" --bytes 1
done
refused "a fifth" "$over_quota" cloison region create acme/small5 --bytes 1
same "four granules are charged" "$(used)" $((8 * MIB))
check "control: the pool has room for another tenant" cloison region create globex/small --bytes 1
check "revoked" cloison region revoke acme/small1
refused "a revoked region is charged until it is destroyed" "$over_quota" \
	cloison region create acme/small5 --bytes 1
for i in 1 2 3 4; do
	must cloison region destroy "acme/small$i"
done
same "nothing is charged when all are destroyed" "$(used)" 0

for i in 1 2 3 4 5 6 7 8; do
	cloison region create "acme/race$i" --bytes 2M >"$work/race$i" 2>&1 &
done
wait
same "of eight at once four are made" "$(regions)" 4
same "and charged" "$(used)" $((8 * MIB))
same "the others are told of the quota" "$(grep -l "$over_quota" "$work"/race* | wc -l)" 4
for node in /dev/cloison/acme/*; do
	must cloison region destroy "acme/${node##*/}"
done

# A quota that changes while it is in use.
used_is() { same "$1" "$(used) of $(cat /sys/class/cloison_tenant/acme/quota)" "$2"; }
check "control: a region below the quota" cloison region create acme/kept --bytes 6M
refused "a quota below what is used" "$over_quota" cloison tenant set acme --quota 4M
refused "a byte below" "$over_quota" cloison tenant set acme --quota $((6 * MIB - 1))
used_is "nothing has changed" "$((6 * MIB)) of $((8 * MIB))"
check "what is used" cloison tenant set acme --quota 6M
refused "then there is room for nothing" "$over_quota" cloison region create acme/more --bytes 1
check "more" cloison tenant set acme --quota 10M
for i in 1 2 3 4; do
	cloison region create "acme/race$i" --bytes 2M >"$work/race$i" 2>&1 &
	cloison tenant set acme --quota 8M >/dev/null 2>&1 &
	cloison tenant set acme --quota 10M >/dev/null 2>&1 &
done
wait
check "however creates and changes meet, no more is used than the quota" test \
	"$(used)" -le "$(cat /sys/class/cloison_tenant/acme/quota)"
same "and what is used is what there is" "$(used)" $((6 * MIB + ($(regions) - 1) * 2 * MIB))
for node in /dev/cloison/acme/*; do
	must cloison region destroy "acme/${node##*/}"
done
check "a quota of nothing" cloison tenant set acme --quota 0
refused "is for nothing" "$over_quota" cloison region create acme/more --bytes 1
check "and back" cloison tenant set acme --quota 8M

refused "more than the quota in one" "$over_quota" cloison region create acme/large --bytes 9M
refused "as much as a file can be, rounded up" "$over_quota|largest free extent" \
	cloison region create acme/large --bytes $(((1 << 63) - 1))
refused "a byte more than the quota" "$over_quota" cloison region create acme/large --bytes $((8 * MIB + 1))
check "control: the quota itself" cloison region create acme/large --bytes 8M
same "no more than that is charged" "$(used)" $((8 * MIB))
finish
