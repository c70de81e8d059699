# SPDX-License-Identifier: GPL-2.0-only
"""ask.py QUESTION [PATH]...: one request to the kernel that concerns the whole system."""
import ctypes
import os
import socket
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
SYSCALL = {"perf": 298, "quotactl": 179, "bpf": 321, "delete_module": 176, "finit_module": 313}


def told(result):
    if result < 0:
        sys.exit(os.strerror(ctypes.get_errno()))


def perf(pid, cpu, exclude_kernel):
    """A clock of software: each virtual host has it."""
    attr = bytearray(128)
    struct.pack_into("<IIQ", attr, 0, 1, 128, 0)
    # disabled, exclude_kernel, exclude_hv
    struct.pack_into("<Q", attr, 40, 1 | exclude_kernel << 5 | 1 << 6)
    told(libc.syscall(SYSCALL["perf"], bytes(attr), pid, cpu, -1, 0))


def settime():
    """Seconds as they are: the clock is not to jump."""
    now = time.clock_gettime(time.CLOCK_REALTIME)
    time.clock_settime(time.CLOCK_REALTIME, now)


def bpf():
    """A socket filter that returns 0, which is all that it does."""
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0))
    license = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("<IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(license))
    told(libc.syscall(SYSCALL["bpf"], 5, attr + bytes(96), 120))


def handle():
    """The second file by its handle, through a descriptor of the first one's mount."""
    at = ctypes.create_string_buffer(struct.pack("<Ii", 120, 0) + bytes(120))
    mount = ctypes.c_int()
    told(libc.name_to_handle_at(-100, sys.argv[3].encode(), at, ctypes.byref(mount), 0))
    told(libc.open_by_handle_at(os.open(sys.argv[2], os.O_RDONLY), at, os.O_RDWR))


def fanotify(what, mask):
    """FAN_CLASS_CONTENT; what is told has descriptors for writing. The mark goes at exit."""
    group = libc.fanotify_init(4, os.O_RDWR)
    told(group)
    told(libc.fanotify_mark(group, 1 | what, ctypes.c_uint64(mask), -100, sys.argv[2].encode()))


def inotify():
    told(libc.inotify_add_watch(libc.inotify_init1(0), sys.argv[2].encode(), 0xFFF))


def adjtimex():
    """The length of a tick, as it is."""
    timex = bytearray(208)
    struct.pack_into("<I", timex, 0, 0x4000)
    struct.pack_into("<q", timex, 88, 10000)
    told(libc.adjtimex(ctypes.create_string_buffer(bytes(timex))))


def mount():
    """SOURCE DIRECTORY TYPE [FLAGS], a number of the header's MS_ words."""
    source, directory, kind = (word.encode() for word in sys.argv[2:5])
    told(libc.mount(source, directory, kind, ctypes.c_ulong(int((sys.argv[5:] or ["0"])[0], 0)), None))


def module():
    """The file, not compressed."""
    told(libc.syscall(SYSCALL["finit_module"], os.open(sys.argv[2], os.O_RDONLY), b"", 0))


QUESTIONS = {
    "bpf": bpf,
    # a module that is not there: who may ask hears so
    "delete-module": lambda: told(libc.syscall(SYSCALL["delete_module"], sys.argv[2].encode(), 0)),
    "handle": handle,
    # as it is
    "hostname": lambda: socket.sethostname(socket.gethostname()),
    "module": module,
    "mount": mount,
    "fanotify-file": lambda: fanotify(0, 0x20),
    "fanotify-mount": lambda: fanotify(0x10, 0x20),
    "fanotify-system": lambda: fanotify(0x100, 0x20),
    "fanotify-permission": lambda: fanotify(0, 0x10000),
    "inotify": inotify,
    "iopl": lambda: told(libc.iopl(3)),
    "perf-own": lambda: perf(0, -1, 1),
    "perf-kernel": lambda: perf(0, -1, 0),
    "perf-cpu": lambda: perf(-1, 0, 1),
    "syslog": lambda: told(libc.klogctl(10, None, 0)),
    "settime": settime,
    # Ctrl-Alt-Del does what it did.
    "reboot": lambda: told(libc.reboot(ctypes.c_int(0x89ABCDEF))),
    "adjtimex": adjtimex,
    # Q_SYNC of all file systems
    "quota": lambda: told(libc.syscall(SYSCALL["quotactl"], 0x800001 << 8, None, 0, None)),
}

try:
    QUESTIONS[sys.argv[1]]()
except OSError as error:
    sys.exit(error.strerror)
