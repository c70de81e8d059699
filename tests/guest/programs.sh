#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: unmodified programs on a region: dd, sha256sum, cmp, python3, llama.cpp
# timeout: 600
# layers: tests/demo/layers
. /tests/guest/lib.sh

FILE=/demo/acme.gguf
NODE=/dev/cloison/acme/weights
PORT=8080

# In acme's cgroup and in a root of its own with Debian's programs.
acme() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	in_tenant acme unshare --mount bash -c '
		mount --bind /dev /tenant/dev
		mount -t proc proc /tenant/proc
		mkdir -p /tenant/demo
		mount --bind /demo /tenant/demo
		exec chroot /tenant "$@"' acme "$@"
}

sum_of() { "$@" | cut -d' ' -f1; }

reading() {
	local sum
	sum=$(sum_of sha256sum "$FILE")
	same "sha256sum of the node is that of the file" "$(sum_of acme sha256sum "$NODE")" "$sum"
	check "cmp finds no difference" acme cmp "$FILE" "$NODE"
	same "dd by 64 KiB reads all of it" \
		"$(acme dd if="$NODE" bs=64k status=none | sum_of sha256sum)" "$sum"
	same "dd by 1021 bytes does too" \
		"$(acme dd if="$NODE" bs=1021 status=none | sum_of sha256sum)" "$sum"
	same "dd skips" "$(acme dd if="$NODE" bs=4096 skip=100 count=3 status=none | sum_of sha256sum)" \
		"$(dd if="$FILE" bs=4096 skip=100 count=3 status=none | sum_of sha256sum)"
	same "tail -c reads the end" "$(acme tail -c 5000 "$NODE" | sum_of sha256sum)" \
		"$(tail -c 5000 "$FILE" | sum_of sha256sum)"
	same "an open file has the size" \
		"$(acme python3 -c "import os; print(os.stat(os.open('$NODE', os.O_RDONLY)).st_size)")" \
		"$(stat -c %s "$FILE")"
}

writing() {
	check "dd writes one byte" \
		acme sh -c "printf x | dd of=$NODE bs=1 seek=1000000 conv=notrunc status=none"
	refused "cmp finds it" 'differ: .*1000001' acme cmp "$FILE" "$NODE"
	check "dd writes the file over it" acme dd if="$FILE" of="$NODE" bs=1M status=none
	check "cmp finds no difference any more" acme cmp "$FILE" "$NODE"
}

mapping() {
	check "python3 maps it for reading and finds the file" acme python3 -c "
import mmap, os
fd = os.open('$NODE', os.O_RDONLY)
m = mmap.mmap(fd, os.fstat(fd).st_size, mmap.MAP_SHARED, mmap.PROT_READ)
assert m[:] == open('$FILE', 'rb').read()
assert m.find(b'general.architecture') > 0"
	check "python3 maps it for writing, and read(2) sees what it wrote" acme python3 -c "
import mmap, os
fd = os.open('$NODE', os.O_RDWR)
m = mmap.mmap(fd, os.fstat(fd).st_size)
old = m[3000000:3000004]
m[3000000:3000004] = b'wall'
assert os.pread(fd, 4, 3000000) == b'wall'
m[3000000:3000004] = old"
	check "cmp finds the file again" acme cmp "$FILE" "$NODE"
}

# whole COMMAND...: llama.cpp prints from a thread for which it does not always
# wait at its end, with a plain file as well: when words are missing, ask again.
whole() {
	local words
	for _ in {1..5}; do
		words=$("$@")
		[ "$(wc -w <<<"$words")" -lt 16 ] || break
	done
	echo "$words"
}

# complete MODEL [OPTION]...
complete() {
	acme llama-completion -m "$1" -p 'Tell me about the wall.' -n 16 --temp 0 -t 1 -c 256 -no-cnv \
		--no-warmup --no-display-prompt --offline "${@:2}" 2>/dev/null </dev/null
}

# The answer only: a banner and the rates are different each time.
chat() {
	acme llama-cli -m "$1" -p 'Tell me about the wall.' -n 16 --temp 0 -t 1 -c 256 --single-turn \
		--simple-io --no-warmup --offline 2>/dev/null </dev/null |
		grep -A2 '^> ' | grep -v '^>' | grep .
}

tokens() {
	local expected mode
	expected=$(whole complete "$FILE")
	same "llama-completion says 16 words from the file" "$(wc -w <<<"$expected")" 16
	for mode in mmap none mlock; do
		same "llama-completion, load mode $mode: as from the file" \
			"$(whole complete "$NODE" --load-mode "$mode")" "$expected"
	done
	expected=$(whole chat "$FILE")
	same "llama-cli says 16 words from the file" "$(wc -w <<<"$expected")" 16
	same "llama-cli: as from the file" "$(whole chat "$NODE")" "$expected"
}

# served MODEL: what llama-server answers from it.
served() {
	local server tries answer
	acme llama-server -m "$1" --host 127.0.0.1 --port $PORT -t 1 -c 256 -np 1 --no-warmup \
		--no-ui --offline >"$work/server" 2>&1 </dev/null &
	server=$!
	for tries in {1..1200}; do
		! grep -q 'listening on' "$work/server" || break
		sleep 0.1
	done
	[ "$tries" != 1200 ] || tail -n 5 "$work/server" >&2
	answer=$(curl -sS -m 30 "http://127.0.0.1:$PORT/completion" \
		-d '{"prompt":"Tell me about the wall.","n_predict":16,"temperature":0}')
	jq -r .content <<<"$answer"
	echo 1 >"$PEN/acme/cgroup.kill"
	wait "$server" 2>/dev/null
}

serving() {
	local expected
	expected=$(served "$FILE")
	same "llama-server says 16 words from the file" "$(wc -w <<<"$expected")" 16
	same "llama-server: as from the file" "$(served "$NODE")" "$expected"
}

wall_up
make_tenant acme
must cloison region create acme/weights --like "$FILE"
must cloison region load "$FILE" acme/weights
# llama-cli is a server and its client: the two talk over the loopback.
must cloison net allow acme in 127.0.0.1/32 tcp
must cloison net allow acme out 127.0.0.1/32 tcp
reading
writing
mapping
tokens
serving
finish
