#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the command: guard, tenants, rules and status; their JSON, exit codes and errors
# fresh
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-command.sh

tenants() {
	exits 6 'no tenant without a guard' 'cloison guard load' cloison tenant add acme --quota 16M
	check 'and no directory is left' test ! -d "$PEN/acme"
	exits 6 'guard show says so by its exit code' 'load it: cloison guard load' cloison guard show
	exits 0 'guard load' 'loaded and attached' cloison guard load
	exits 0 'guard load again' 'in force already' cloison guard load
	exits 0 'a tenant' 'number 1, quota 16M' cloison tenant add acme --quota 16M
	check 'its cgroup was made' test -d "$PEN/acme"
	exits 0 'a tenant of a given number' 'number 3' cloison tenant add globex --id 3 --quota 16M
	exits 0 'the next free number' 'number 2' cloison tenant add initech --quota 2M
	exits 8 'a name that is taken' 'acme' cloison tenant add acme --id 9 --cgroup cloison/elsewhere --quota 1M
	check 'and no directory is left' test ! -d "$PEN/elsewhere"
	exits 8 'a cgroup within another'\''s' 'above or below' \
		cloison tenant add nested --cgroup cloison/acme/nested --quota 1M
	exits 2 'a cgroup that is none' 'is not a directory below' \
		cloison tenant add other --cgroup /tmp/x --quota 1M
	mkdir "$PEN/lived-in"
	become_in cloison/lived-in sleep 60 &
	local sleeper=$!
	within 'somebody lives in a cgroup' 20 grep -q . "$PEN/lived-in/cgroup.procs"
	exits 8 'it is not walled' 'has processes already' \
		cloison tenant add late --cgroup cloison/lived-in --quota 1M
	exits 0 'unless it is adopted' 'tenant late' \
		cloison tenant add late --cgroup "$PEN/lived-in" --quota 1M --adopt
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
	exits 0 'another quota' 'initech: quota 8M, of which 0' cloison tenant set initech --quota 8M
	json 'it shows' 'j["quota"] == 8 << 20' cloison tenant show initech -j
	exits 2 'nothing to change' 'say what to change' cloison tenant set initech
	exits 3 'of nobody' 'cloison tenant list' cloison tenant set nobody --quota 8M
}

network() {
	exits 0 'a flow is allowed' 'acme: rule 1 is allow out 10.0.0.0/8 tcp 443' \
		cloison net allow acme egress 10.0.0.0/8 tcp 443
	exits 0 'a port range' 'rule 2' cloison net allow acme ingress 2001:db8::/32 udp 5000-5010
	exits 0 'a flow is denied' 'rule 3 is deny out 10.1.0.0/16' cloison net deny acme out 10.1.0.0/16
	exits 8 'a rule twice' 'rule 3 says just this' cloison net deny acme out 10.1.0.0/16
	exits 2 'a prefix with bits behind it' 'usage: cloison net' cloison net allow acme out 10.1.2.3/8
	exits 3 'a tenant that is not there' 'cloison tenant list' cloison net allow nobody out any
	same_fields 'net list' cloison net list
	json 'net list' '[(r["verdict"], r["direction"], r["peer"], r["protocol"], r["ports"])
		for r in j if r["tenant"] == "acme"] == [("allow", "out", "10.0.0.0/8", "tcp", "443"),
		("allow", "in", "2001:db8::/32", "udp", "5000-5010"),
		("deny", "out", "10.1.0.0/16", "any", "any")]' cloison net list acme -j
	exits 3 'a rule that is not there' 'there is no rule "4"' cloison net remove acme 4
	exits 0 'a rule is taken back' '' cloison net remove acme 2
	json 'the others are left' '[r["verdict"] for r in j] == ["allow", "deny"]' \
		cloison net list acme -j
	json 'tenants show their mode' '{t["tenant"]: (t["network"], t["rules"]) for t in j}["acme"] ==
		("enforce", 2)' cloison tenant list -j
	json 'guard show' 'j["whole"] and j["admitting"] and
		all(p["in_force"] and all(p["links"].values()) for p in j["pens"]) and
		all(t["in_force"] and t["pen"] == "/cloison" for t in j["tenants"]) and
		len(j["tenants"]) == 3' cloison guard show -j
	exits 0 'guard show as text' 'tenant acme .*: in force' cloison guard show
}

colour() {
	TERM=xterm script -qec 'cloison status' /dev/null >"$work/colours" && grep -q $'\033\[1;3' "$work/colours"
}

status() {
	exits 0 'status tells of the guard first' '^guard attached' cloison status
	exits 0 'status draws the pools' '^  \[A+[.~]+\]$' env LC_ALL=C cloison status
	exits 0 'in UTF-8 where that is understood' '·' env LC_ALL=C.UTF-8 cloison status
	exits 0 'but not elsewhere' '~ dirty' env LC_ALL=C cloison status
	check 'no colour goes into a file' bash -c '! cloison status | grep -q $'"'\\033'"
	check 'a terminal gets colour' colour
	check 'unless NO_COLOR is set' bash -c '! NO_COLOR=1 script -qec "cloison status" /dev/null | grep -q $'"'\\033'"
	json 'status as JSON' 'j["guard"] and sum(e["bytes"] for e in j["pools"][0]["extents"]) ==
		j["pools"][0]["bytes"] and len(j["tenants"]) == 3' cloison status -j
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

denials() {
	check 'others are told who may' denied 'for root and the group cloison' cloison status
	exits 8 'the guard stays while it has tenants' 'tenants' cloison guard unload
	exits 0 'unless by force' 'nobody is admitted' cloison guard unload --force
	exits 0 'status says so' 'NO GUARD ATTACHED' cloison status
	exits 6 'no tenant without a guard' 'cloison guard load' cloison tenant add late --quota 1M
}

removal() {
	for tenant in acme globex initech; do
		exits 0 "tenant $tenant goes" '' cloison tenant remove "$tenant"
		check 'with its cgroup' test ! -d "$PEN/$tenant"
	done
	exits 3 'a tenant that is not there' 'cloison tenant list' cloison tenant remove acme
}

check 'a pool' cloison pool add ram --bytes 64M --name ram0
tenants
network
check 'a region' cloison region create acme/kv --bytes 4M
exits 7 'a quota below what is used' 'take 4M, more than 2M' cloison tenant set acme --quota 2M
status
denials
check 'the region goes' cloison region destroy acme/kv
removal
finish
