# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Where the roots of the tests come from. Source it after lib.sh.

# The Debian archive that this host itself uses, so that no name stands here.
mirror() {
	local uri
	if [ -n "${CLOISON_MIRROR:-}" ]; then
		echo "$CLOISON_MIRROR"
		return
	fi
	uri=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)' |
		awk -F'|' '$1 == "Debian" && $3 !~ /-security/ { print $2; exit }')
	[ -n "$uri" ] || die "apt knows no Debian archive; run apt-get update, or set CLOISON_MIRROR"
	echo "$uri"
}

# The proxy that this host's apt uses, as an apt option; empty if there is none.
mirror_proxy() {
	local http_proxy_of_apt=''
	eval "$(apt-config shell http_proxy_of_apt Acquire::http::Proxy)"
	[ -z "$http_proxy_of_apt" ] || echo "Acquire::http::Proxy \"$http_proxy_of_apt\";"
}
