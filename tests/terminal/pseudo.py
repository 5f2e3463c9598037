"""A command at a pseudo-terminal, driven as a person does it."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b[=>]")


class Terminal:
    """What it shows is in `seen`, with the codes of the terminal; text() leaves them out."""

    def __init__(self, command, env=None, columns=80):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm"} | (env or {}))
            os.execv(str(command[0]), [str(word) for word in command])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def text(self):
        return ESCAPE.sub("", self.seen)

    def read(self, seconds):
        """Reads for so long at most; False at the end."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.seen += data.decode(errors="replace")
        return bool(data)

    def wait(self, words, after=0, seconds=60):
        """Until the text behind this place has the words; returns the place behind them, or -1."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            at = self.text().find(words, after)
            if at >= 0:
                return at + len(words)
            if not self.read(0.2):
                break
        at = self.text().find(words, after)
        return at + len(words) if at >= 0 else -1

    def send(self, text):
        os.write(self.fd, text.encode())

    def mark(self):
        return len(self.text())

    def finish(self, seconds=60):
        """Reads to the end and returns the exit code; a command that does not end is killed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(0.2):
            pass
        done, status = os.waitpid(self.pid, os.WNOHANG)
        for _ in range(50):
            if done:
                break
            time.sleep(0.1)
            done, status = os.waitpid(self.pid, os.WNOHANG)
        if not done:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
