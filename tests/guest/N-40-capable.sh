#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: --privileged: files by handle, what others open by fanotify, modules, reboot, the clock's rate
. /tests/guest/lib.sh
. /tests/guest/lib-process.sh

ask() {
	local cgroup=$1
	shift
	by "$cgroup" root python3 /tests/guest/ask.py "$@"
}
# A file system of the host's, of which a container is given one directory.
must mkdir "$work/fs"
must mount -t tmpfs none "$work/fs"
must mkdir "$work/fs/given"
echo secret >"$work/fs/secret"
echo given >"$work/fs/given/file"
declare -A arguments=([handle]="$work/fs/given/file $work/fs/secret"
	[delete-module]=dummy [reboot]='' [adjtimex]=''
	[fanotify-mount]=$work/fs/given [fanotify-system]=$work/fs/given
	[fanotify-permission]=$work/fs/given/file)

processes_up
for question in "${!arguments[@]}"; do
	[ "$question" != delete-module ] || must modprobe dummy numdummies=0
	# shellcheck disable=SC2086 # two files
	check "control, no wall: $question" ask "$OPEN" "$question" ${arguments[$question]}
done

must modprobe cloison
must cloison guard load
make_tenant acme
must modprobe dummy numdummies=0
for question in "${!arguments[@]}"; do
	# shellcheck disable=SC2086 # as above
	refused "$question" 'not permitted' ask "$PEN/acme" "$question" ${arguments[$question]}
done
check 'the module is there' test -d /sys/module/dummy
check 'the host may: handle' ask "$OPEN" handle "$work/fs/given/file" "$work/fs/secret"
check 'the host may: fanotify' ask "$OPEN" fanotify-system "$work/fs/given"
check 'the host may: a module' rmmod dummy

# ---- what must go on ---------------------------------------------------------------------

chown 65534 "$work/fs/secret"
chmod 600 "$work/fs/secret"
told() { counted acme 0 outside; }
before=$(told)
check "root reads another's file" in_tenant acme cat "$work/fs/secret"
chown 65534 "$work/fs/given"
chmod 700 "$work/fs/given"
check "and another's directory" in_tenant acme ls "$work/fs/given"
same 'which is not told' "$(told)" "$before"
check 'inotify' ask "$PEN/acme" inotify "$work/fs/given"
check 'known gap, still open: fanotify of one file that it sees' \
	ask "$PEN/acme" fanotify-file "$work/fs/given/file"
umount "$work/fs"
finish
