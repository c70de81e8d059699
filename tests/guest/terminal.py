#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A terminal and what is typed at it: terminal.py STEP... -- COMMAND...

The command runs as the leader of a session on a new terminal. Steps are

    see TEXT      wait until the terminal shows it, behind what was seen before
    type TEXT     with Python's escapes, such as \\x03 for Ctrl-C
    size ROWS COLUMNS
    do COMMAND    wait until this shell command succeeds

All that was shown is printed. The exit status is the command's, 128 more than the
number of the signal that ended it, or 99 if a step did not happen in time.
"""
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time

PATIENCE = 40 * int(os.environ.get("SLOW", "1"))


class Failed(Exception):
    pass


class Terminal:
    def __init__(self, command):
        self.shown = b""
        self.seen = 0
        self.pid, self.master = pty.fork()
        if not self.pid:
            # The size has to be there before the command looks.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execvp(command[0], command)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            text = os.read(self.master, 4096)
        except OSError:
            text = b""
        self.shown += text
        return bool(text)

    def see(self, text):
        end = time.monotonic() + PATIENCE
        wanted = text.encode()
        while True:
            at = self.shown.find(wanted, self.seen)
            if at >= 0:
                self.seen = at + len(wanted)
                return
            if time.monotonic() > end or not self.read(0.1):
                if self.shown.find(wanted, self.seen) < 0:
                    raise Failed("not seen: " + text)

    def type(self, text):
        os.write(self.master, text.encode().decode("unicode_escape").encode("latin-1"))

    def size(self, text):
        rows, columns = map(int, text.split())
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def do(self, text):
        end = time.monotonic() + PATIENCE
        while subprocess.run(["bash", "-c", text], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            if time.monotonic() > end:
                raise Failed("not done: " + text)
            self.read(0.05)

    def wait(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            more = self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while more and self.read(0) and select.select([self.master], [], [], 0)[0]:
                    pass
                return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        raise Failed("it did not end")


split = sys.argv.index("--")
terminal = Terminal(sys.argv[split + 1:])
try:
    for step in sys.argv[1:split]:
        word, _, rest = step.partition(" ")
        getattr(terminal, word)(rest)
    status = terminal.wait()
except Failed as failure:
    print("terminal.py:", failure)
    os.kill(terminal.pid, signal.SIGKILL)
    status = 99
sys.stdout.write(terminal.shown.decode("utf-8", "replace").replace("\r\n", "\n"))
sys.exit(status)
