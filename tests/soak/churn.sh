#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: tenants come and go with every kind of end; the host finds no byte of a dead one
# timeout: 600
# share: 4
. /tests/soak/lib.sh

least=1000 batch=50 mark=636c6f69736f6e21
memory_up
echo cloison >"/sys/bus/pci/devices/$ACCELERATOR/driver_override"
echo "$ACCELERATOR" >/sys/bus/pci/drivers_probe
memory_controlled
for name in t1 t2 t3 t4 t5 t6; do
	make_tenant "$name"
	# For those that end for want of it.
	echo $((24 * MIB)) >"$PEN/$name/memory.max"
done

make_region t1/control 2M
must try t1 open:rw:/dev/cloison/t1/control map:rw fill:99
check "control: the host finds what a tenant wrote" test "$(host scan 0 0 spare)" -gt 0
must cloison region destroy t1/control
within "and nothing when it is gone" 10 pool_is_clean

# Between two batches nobody is there, and the host looks for any of them.
coproc CHURN { churn "$SOAK_SEED" "$SOAK_SECONDS" $least $batch t1 t2 t3 t4 t5 t6; }
exec {churn_in}>&"${CHURN[1]}"
found=0 looked=0 tenants=0
while read -r word rest; do
	if [ "$word" = batch ]; then
		for file in spare accelerator; do
			found=$((found + $(host find $mark $file)))
		done
		looked=$((looked + 1)) tenants=$rest
		echo go >&"$churn_in"
	else
		echo "$word $rest" >>"$work/churned"
	fi
done <&"${CHURN[0]}"
findings cat "$work/churned"
check "the host looked after every $batch" test $looked -gt 0 -a $((looked * batch)) = "$tenants"
same "it found the mark of no dead tenant" $found 0
same "nor any other byte" "$(host scan 0 0 spare)" 0
executed "$tenants" "tenants that came and ended, $(sed -n 's/^ok \([0-9]*\) ended by /\1 by /p' "$work/churned" | paste -sd, | sed 's/,/, /g')"
finish
