#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: every verb of the command: what it does, its JSON, its exit codes and errors
. /tests/guest/lib.sh

# exits CODE WHAT PATTERN COMMAND...: both the exit code and the words count.
exits() {
	local code=$1 what=$2 pattern=$3 status=0
	shift 3
	"$@" >"$work/output" 2>&1 </dev/null || status=$?
	if [ "$status" = "$code" ] && grep -Eq -- "$pattern" "$work/output"; then
		ok "$what"
		return
	fi
	not_ok "$what (exit status $status, wanted $code and \"$pattern\")"
	sed 's/^/#   /' "$work/output"
}

# json WHAT CONDITION COMMAND...: the output is JSON, and CONDITION (Python, of
# what it was read as, j) holds.
json() {
	local what=$1 condition=$2
	shift 2
	"$@" >"$work/json" 2>"$work/errors"
	if python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
sys.exit(0 if eval(sys.argv[2]) else "not so: " + sys.argv[2] + " of " + json.dumps(j))
' "$work/json" "$condition" >"$work/output" 2>&1; then
		ok "$what"
	else
		not_ok "$what"
		sed 's/^/#   /' "$work/output" "$work/errors"
	fi
}

# same_fields WHAT COMMAND...: the table's header names the fields of the JSON.
same_fields() {
	local what=$1
	shift
	json "$what: the fields are those of the table" \
		"all(list(row) == \"$("$@" | head -n1 | tr -s ' ' | sed 's/^ //')\".split() for row in j) and j" \
		"$@" --json
}

# inside TENANT COMMAND...: in its cgroup.
inside() {
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'echo $$ >"/sys/fs/cgroup/cloison/$0/cgroup.procs"; exec "$@"' "$@"
}

usage() {
	exits 2 'no noun' '^usage: cloison' cloison
	exits 2 'an unknown noun' 'is not a noun' cloison pools
	exits 2 'no verb' 'wants a verb' cloison pool
	exits 2 'an unknown verb' 'is not a verb of pool' cloison pool grow
	exits 2 'an unknown option' 'unknown option "--force"' cloison status --force
	exits 2 'an operand too many' 'one operand too many' cloison pool list x
	exits 2 'a size that is junk' 'its unit is not' cloison pool add ram --bytes 64X --name a
	exits 2 'a negative size' 'it is negative' cloison pool add ram --bytes -64M --name a
	exits 2 'a size that overflows' 'too large' cloison pool add ram --bytes 99999999T --name a
	exits 2 'a malformed name' '1 to 63 of the characters' cloison tenant add a/b --quota 1M
	exits 2 'a malformed PCI address' 'such as 0000:00:04.0' cloison pool add pci 4.0
	exits 2 'a region open to others' 'never open to others' \
		cloison region create acme/w --bytes 2M --mode 0666
	exits 2 'a region of no size' 'either --bytes SIZE or --like FILE' cloison region create acme/w
	exits 2 'a quota that is not given' 'say how much memory' cloison tenant add acme
	exits 2 'a rule of no sense' 'usage: cloison net allow' cloison net allow acme sideways 10.0.0.0/8
	exits 0 'help' 'region +pieces' cloison help
	exits 0 'help for a noun' 'cloison pool add' cloison help pool
	exits 0 'help for a verb' 'cloison pool add' cloison pool add --help
}

without_module() {
	rmmod cloison 2>/dev/null
	exits 5 'status without the module' 'the module is not loaded' cloison status
	exits 5 'and what to do' 'modprobe cloison' cloison pool list
	# shellcheck disable=SC2016 # for the inner shell
	exits 5 'a kernel that it was not built for' 'dkms status cloison' \
		unshare --mount bash -c 'mount -t tmpfs tmpfs /lib/modules && cloison pool add ram --bytes 2M --name a'
	exits 0 'versions' 'module loaded: not loaded' cloison --version
	exits 0 'the first pool loads the module' 'pool ram0: 64M of ram memory' \
		cloison pool add ram --bytes 64M --name ram0
	exits 0 'which then has a version' 'module loaded: [0-9]' cloison --version
}

driver_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}

pools() {
	local other
	exits 0 'a PCI function becomes a pool' '\* BAR 2: 512M.*prefetchable' \
		cloison pool add pci "$ACCELERATOR" --name accel0
	same 'it is bound to cloison' "$(driver_of "$ACCELERATOR")" cloison
	exits 8 'a name that is taken' 'choose another --name' cloison pool add pci "$SPARE" --name accel0
	same 'the function was given back' "$(driver_of "$SPARE")" ''
	same 'and is anybody'\''s again' "$(cat "/sys/bus/pci/devices/$SPARE/driver_override")" '(null)'
	exits 3 'a function that is not there' 'lspci -D' cloison pool add pci 0000:00:1e.7
	exits 2 'a BAR that is not there' 'no memory in that BAR' cloison pool add pci "$SPARE" --bar 5
	other=$(basename "$(find /sys/bus/pci/drivers/virtio-pci/ -name '0000:*' | head -n1)")
	exits 8 'a function that another driver has' 'in use by the driver virtio-pci' \
		cloison pool add pci "$other"
	same 'it keeps its driver' "$(driver_of "$other")" virtio-pci
	exits 0 'a reserved range becomes a pool' 'pool kept: 64M of reserved memory' \
		cloison pool add reserved "$RESERVED_START" --bytes "$RESERVED_BYTES" --name kept
	exits 1 'a size that is not in granules' 'multiples of 2M' cloison pool add ram --bytes 3M --name a
	exits 8 'a range that is in use' 'memmap=2M\$0x100000' \
		cloison pool add reserved 0x100000 --bytes 2M --name a
	same_fields 'pool list' cloison pool list
	json 'pool list has all of them' '{p["pool"]: p["bytes"] for p in j} ==
		{"ram0": 64 << 20, "accel0": 512 << 20, "kept": 64 << 20}' cloison pool list -j
	json 'where they are' '[p["where"] for p in j if p["kind"] == "pci"] == ["0000:00:04.0 BAR 2"]' \
		cloison -j pool list
}

by_force() {
	modprobe pci-stub
	echo pci-stub >"/sys/bus/pci/devices/$SPARE/driver_override"
	echo "$SPARE" >/sys/bus/pci/drivers_probe
	same 'another driver has the spare function' "$(driver_of "$SPARE")" pci-stub
	exits 8 'it is not taken away' '--force' cloison pool add pci "$SPARE" --name spare
	same 'it stays there' "$(driver_of "$SPARE")" pci-stub
	exits 0 'unless by force' 'pool spare' cloison pool add pci "$SPARE" --name spare --force
	same 'then it is cloison'\''s' "$(driver_of "$SPARE")" cloison
	exits 0 'the pool is removed' '' cloison pool remove spare
	same 'and its function let go' "$(driver_of "$SPARE")" ''
}

tenants() {
	exits 6 'no tenant without a guard' 'cloison guard load' cloison tenant add acme --quota 16M
	check 'and no directory is left' test ! -d "$CGROUPS/cloison/acme"
	exits 6 'guard show says so by its exit code' 'load it: cloison guard load' cloison guard show
	exits 0 'guard load' 'loaded and attached' cloison guard load
	exits 0 'guard load again' 'in force already' cloison guard load
	exits 0 'a tenant' 'number 1, quota 16M' cloison tenant add acme --quota 16M
	check 'its cgroup was made' test -d "$CGROUPS/cloison/acme"
	exits 0 'a tenant of a given number' 'number 3' cloison tenant add globex --id 3 --quota 16M
	exits 0 'the next free number' 'number 2' cloison tenant add initech --quota 2M
	exits 8 'a name that is taken' 'acme' cloison tenant add acme --id 9 --cgroup elsewhere --quota 1M
	check 'and no directory is left' test ! -d "$CGROUPS/elsewhere"
	exits 8 'a cgroup within another'\''s' 'above or below' \
		cloison tenant add nested --cgroup cloison/acme/nested --quota 1M
	exits 2 'a cgroup that is none' 'is not a directory below' \
		cloison tenant add other --cgroup /tmp/x --quota 1M
	mkdir "$CGROUPS/lived-in"
	inside_path lived-in sleep 60 &
	local sleeper=$!
	within 'somebody lives in a cgroup' 5 grep -q . "$CGROUPS/lived-in/cgroup.procs"
	exits 8 'it is not walled' 'has processes already' \
		cloison tenant add late --cgroup lived-in --quota 1M
	exits 0 'unless it is adopted' 'tenant late' \
		cloison tenant add late --cgroup "$CGROUPS/lived-in" --quota 1M --adopt
	exits 8 'it is not let loose' 'still has processes' cloison tenant remove late
	exits 0 'unless by force' '' cloison tenant remove late --force
	kill "$sleeper"
	same_fields 'tenant list' cloison tenant list
	json 'tenant list has all of them' '[(t["number"], t["tenant"]) for t in j] ==
		[(1, "acme"), (2, "initech"), (3, "globex")]' cloison tenant list -j
	json 'tenant show' 'j["cgroup"] == "/cloison/acme" and j["quota"] == 16 << 20' \
		cloison tenant show acme -j
	exits 0 'tenant show as text' '^cgroup +/cloison/acme' cloison tenant show acme
	exits 3 'a tenant that is not there' 'cloison tenant list' cloison tenant show nobody
}

inside_path() {
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"' "$@"
}

regions() {
	head -c 3000000 /dev/urandom >"$work/weights"
	exits 2 'which pool' 'more than one pool' cloison region create acme/w --bytes 2M
	exits 3 'a pool that is not there' 'cloison pool list' \
		cloison region create acme/w --bytes 2M --pool none
	exits 0 'a region' 'acme/kv: 4M of pool ram0' \
		cloison region create acme/kv --pool ram0 --bytes 4M --gid 7 --mode 0640
	same 'its node' "$(stat -c '%U %g %a %F' /dev/cloison/acme/kv)" 'root 7 640 character special file'
	exits 0 'a region like a file' 'acme/weights: 3000000' \
		cloison region create acme/weights --pool accel0 --like "$work/weights"
	exits 8 'a name that is taken' 'region show acme/kv' \
		cloison region create acme/kv --pool ram0 --bytes 2M
	exits 7 'over the quota' 'acme uses 8M of its 16M, and 10M more' \
		cloison region create acme/more --pool ram0 --bytes 10M
	cloison tenant remove initech && cloison tenant add initech --quota 1G >"$work/output"
	exits 7 'no room' 'largest free extent of ram0 is 60M; 62M are asked' \
		cloison region create initech/all --pool ram0 --bytes 62M
	exits 0 'a load' 'acme/weights: 2.9 MiB loaded in .*/s$' \
		cloison region load "$work/weights" acme/weights
	same 'its bytes are those of the file' \
		"$(inside acme sha256sum /dev/cloison/acme/weights | cut -d' ' -f1)" \
		"$(sha256sum <"$work/weights" | cut -d' ' -f1)"
	same 'no cgroup is left of it' "$(find "$CGROUPS/cloison/acme" -mindepth 1 -type d)" ''
	head -c 5000000 /dev/zero >"$work/large"
	exits 7 'a file that is too large' 'region create TENANT/REGION --like' \
		cloison region load "$work/large" acme/weights
	exits 3 'a file that is not there' 'No such file' cloison region load "$work/none" acme/weights
	json 'a load as JSON' 'j["bytes"] == 3000000 and j["bytes_per_second"] > 0 and not j["sealed"]' \
		cloison region load -j "$work/weights" acme/weights
	same_fields 'region list' cloison region list
	json 'region list of one tenant' '[r["region"] for r in j] == []' cloison region list globex -j
	json 'region list' '{(r["tenant"], r["region"], r["state"]) for r in j} ==
		{("acme", "kv", "ready"), ("acme", "weights", "ready")}' cloison region list -j
}

# The life of a region to its end, and what each error then says.
ends() {
	exits 0 'a region is sealed' '' cloison region seal acme/weights
	exits 0 'again is no error' '' cloison region seal acme/weights
	json 'it says so' 'j["state"] == "sealed"' cloison region show acme/weights -j
	exits 4 'it cannot be loaded any more' 'is sealed' \
		cloison region load "$work/weights" acme/weights
	exits 0 'another is sealed as it is loaded' 'loaded in .*, sealed' \
		cloison region load --seal "$work/weights" acme/kv
	inside acme python3 -c '
import mmap, os, time
fd = os.open("/dev/cloison/acme/kv", os.O_RDONLY)
memory = mmap.mmap(fd, 4 << 20, prot=mmap.PROT_READ)
time.sleep(60)' &
	local holder=$!
	within 'region show names who holds it' 10 holds "$holder"
	kill "$holder"
	wait "$holder" 2>/dev/null
	exits 0 'region show as text' '^node +/dev/cloison/acme/kv' cloison region show acme/kv
	exits 0 'a region is revoked' '' cloison region revoke acme/kv
	exits 0 'again is no error' '' cloison region revoke acme/kv
	json 'it says so' '[r["state"] for r in j if r["region"] == "kv"] == ["revoked"]' \
		cloison region list -j
	exits 1 'it cannot be used any more' 'region destroy acme/kv' cloison region seal acme/kv
	exits 0 'a region is destroyed' '' cloison region destroy acme/kv
	exits 3 'it is gone' 'cloison region list' cloison region show acme/kv
}

holds() {
	cloison region show acme/kv -j >"$work/held"
	python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
user = [u for u in j["users"] if u["pid"] == int(sys.argv[2])][0]
assert user["opened"] and user["mapped"] and j["opens"] and j["mappings"]
' "$work/held" "$1"
}

network() {
	exits 0 'a flow is allowed' 'acme: rule 1 is allow out 10.0.0.0/8 tcp 443' \
		cloison net allow acme egress 10.0.0.0/8 tcp 443
	exits 0 'a port range' 'rule 2' cloison net allow acme ingress 2001:db8::/32 udp 5000-5010
	exits 0 'a flow is denied' 'rule 3 is deny out 10.1.0.0/16' cloison net deny acme out 10.1.0.0/16
	exits 8 'a rule twice' '' cloison net deny acme out 10.1.0.0/16
	exits 2 'a prefix with bits behind it' 'usage: cloison net' cloison net allow acme out 10.1.2.3/8
	exits 3 'a tenant that is not there' 'cloison tenant list' cloison net allow nobody out any
	same_fields 'net list' cloison net list
	json 'net list' '[(r["verdict"], r["direction"], r["peer"], r["protocol"], r["ports"])
		for r in j if r["tenant"] == "acme"] == [("allow", "out", "10.0.0.0/8", "tcp", "443"),
		("allow", "in", "2001:db8::/32", "udp", "5000-5010"),
		("deny", "out", "10.1.0.0/16", "any", "any")]' cloison net list acme -j
	exits 3 'a rule that is not there' '' cloison net remove acme 4
	exits 0 'a rule is taken back' '' cloison net remove acme 2
	json 'the others are left' '[r["verdict"] for r in j] == ["allow", "deny"]' \
		cloison net list acme -j
	json 'tenants show their mode' '{t["tenant"]: (t["network"], t["rules"]) for t in j}["acme"] ==
		("enforce", 2)' cloison tenant list -j
	json 'guard show' 'j["whole"] and j["admitting"] and
		all(t["in_force"] and all(t["links"].values()) for t in j["tenants"]) and
		len(j["tenants"]) == 3' cloison guard show -j
	exits 0 'guard show as text' 'tenant acme .*: in force' cloison guard show
}

status() {
	exits 0 'status tells of the guard first' '^guard attached' cloison status
	exits 0 'status draws the pools' '^  \[A+[.~]+\]$' cloison status
	exits 0 'in UTF-8 where that is understood' '·' env LC_ALL=C.UTF-8 cloison status
	exits 0 'but not elsewhere' '~ dirty' env LC_ALL=C cloison status
	check 'no colour goes into a file' bash -c '! cloison status | grep -q $'"'\\033'"
	check 'a terminal gets colour' colour
	check 'unless NO_COLOR is set' bash -c '! NO_COLOR=1 script -qec "cloison status" /dev/null | grep -q $'"'\\033'"
	json 'status as JSON' 'j["guard"] and sum(e["bytes"] for e in j["pools"][0]["extents"]) ==
		j["pools"][0]["bytes"] and len(j["tenants"]) == 3' cloison status -j
}

colour() {
	TERM=xterm script -qec 'cloison status' /dev/null | grep -q $'\033\[1;3'
}

# A terminal, so that the bar is drawn.
progress() {
	check 'a load draws its progress on a terminal' bash -c \
		'script -qec "cloison region load $0 acme/again" /dev/null | grep -q "\[####.*100%"' "$work/weights"
}

denials() {
	check 'others are told who may' denied 'for root and the group cloison' cloison status
	exits 8 'the guard stays while it has tenants' '' cloison guard unload
	exits 0 'unless by force' 'nobody is admitted' cloison guard unload --force
	exits 0 'status says so' 'NO GUARD ATTACHED' cloison status
	exits 6 'and a load says what to do' 'cloison guard load' \
		cloison region load "$work/weights" acme/again
	exits 6 'no tenant without a guard' 'cloison guard load' cloison tenant add late --quota 1M
}

denied() {
	local pattern=$1
	shift
	python3 -c '
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" 2>"$work/denied"
	[ $? = 4 ] && grep -q "$pattern" "$work/denied"
}

removal() {
	exits 8 'a pool with regions stays' 'destroy them first' cloison pool remove accel0
	exits 8 'a tenant with regions stays' 'destroy them first' cloison tenant remove acme
	exits 0 'the regions go' '' cloison region destroy acme/weights
	exits 0 'all of them' '' cloison region destroy acme/again
	for tenant in acme globex initech; do
		exits 0 "tenant $tenant goes" '' cloison tenant remove "$tenant"
		check 'with its cgroup' test ! -d "$CGROUPS/cloison/$tenant"
	done
	for pool in ram0 accel0 kept; do
		exits 0 "pool $pool goes" '' cloison pool remove "$pool"
	done
	same 'the function is let go' "$(driver_of "$ACCELERATOR")" ''
	exits 3 'a pool that is not there' 'cloison pool list' cloison pool remove ram0
	json 'nothing is left' 'j["pools"] == [] and j["tenants"] == []' cloison status -j
	check 'the module can be unloaded' rmmod cloison
}

usage
without_module
pools
by_force
tenants
regions
ends
network
status
exits 0 'one more region' '' cloison region create acme/again --pool ram0 --like "$work/weights"
progress
denials
removal
finish
