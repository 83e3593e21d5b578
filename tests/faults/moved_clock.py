"""Move the clock of a server under test, as an operator or NTP moves that of its machine.

A small library that is loaded before all others adds an offset to the time of day, for Python, SQLite and the server's
native code alike. The monotonic clock goes on, as the kernel's does.
"""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long nothing, *offset = &nothing;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_OFFSET") ?: "", O_RDONLY);
    void *there = file < 0 ? MAP_FAILED : mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    if (there != MAP_FAILED) offset = there;
    if (file >= 0) close(file);
}
int clock_gettime(clockid_t clock, struct timespec *time) {
    int failed = syscall(SYS_clock_gettime, clock, time);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += *offset;
    return failed;
}
int gettimeofday(struct timeval *time, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
time_t time(time_t *also) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (also) *also = now.tv_sec;
    return now.tv_sec;
}
"""


class Clock:
    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or pytest.skip("There is no C compiler to build the clock with: install gcc.")
        self._offset, library = folder / "clock", folder / "clock.so"
        self.set(0)
        build = [compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(library)]
        subprocess.run(build, input=SOURCE, text=True, check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(self._offset)}

    def set(self, seconds: int) -> None:
        """Set the clock this far from the right time, for the processes that run as well."""
        with self._offset.open("r+b" if self._offset.exists() else "wb") as file:
            file.write(struct.pack("l", seconds))
