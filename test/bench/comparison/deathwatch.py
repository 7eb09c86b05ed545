"""When a line has been written to a log."""

from __future__ import annotations

import ctypes
import os
import re
import select
import threading
import time

from lab.host import LogFile

_LIBC = ctypes.CDLL(None, use_errno=True)
_IN_MODIFY = 2


class LineWatch(threading.Thread):
    """Waits in the background for a line that matches, from now on; `at` is when it was written.

    The kernel wakes us at every write, and we run before ordinary processes where that is allowed, so
    the instant is late by tens of microseconds only.
    """

    def __init__(self, log: LogFile, pattern: str, timeout: float) -> None:
        super().__init__(daemon=True)
        self.at: float | None = None  # seconds of the wall clock
        self._log = log
        self._pattern = re.compile(pattern)
        self._deadline = time.monotonic() + timeout
        self._mark = log.mark()
        self._inotify = _LIBC.inotify_init1(os.O_CLOEXEC)
        if self._inotify < 0 or _LIBC.inotify_add_watch(
                self._inotify, os.fsencode(log.path), _IN_MODIFY) < 0:
            raise OSError(ctypes.get_errno(), f"watch {log.path}")
        self.start()

    def run(self) -> None:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        except PermissionError:
            pass
        while self.at is None and (left := self._deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._inotify], [], [], left)
            now = time.time()
            if ready:
                os.read(self._inotify, 4096)
            if self._pattern.search(self._log.text(self._mark)):
                self.at = now
        os.close(self._inotify)

    def result(self) -> float | None:
        """Waits for the line; None when it did not come in time."""
        self.join()
        return self.at
