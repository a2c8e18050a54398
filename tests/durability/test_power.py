"""With `PENSTOCK_DURABILITY=power` nothing is said to be done before the disk has it.

No test can cut the power. A library that is loaded into the process instead notes each
sync, and which bytes of the journal had been written by then: what the disk has. The
program writes down what it was told, and is then compared with the disk.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from penstock._ids import format_id
from penstock._journal.segment import read_segment
from penstock.events import TaskRunFinished, from_tuple

if TYPE_CHECKING:
    from pathlib import Path

COMPILER = shutil.which("cc") or shutil.which("gcc")

#: Keeps a numbered copy of the journal as the disk has it after each sync, and counts them.
NOTES_SYNCS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

static void keep(int fd) {
    static int number;  /* the journal is synced by one thread at a time */
    char link[64], path[4096], copy[8192], log[8192], buffer[65536];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    if (!strstr(name, ".journal")) return;
    snprintf(copy, sizeof copy, "%s/%d", getenv("DISK"), ++number);
    int out = open(copy, O_WRONLY | O_CREAT | O_EXCL, 0600);
    off_t at = 0;
    ssize_t got;
    while ((got = pread(fd, buffer, sizeof buffer, at)) > 0) {
        if (write(out, buffer, got) != got) abort();
        at += got;
    }
    close(out);
    snprintf(log, sizeof log, "%s/log", getenv("DISK"));
    out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (write(out, "s", 1) != 1) abort();
    close(out);
}

int fsync(int fd) {
    if (!real_fsync) real_fsync = dlsym(RTLD_NEXT, "fsync");
    int answer = real_fsync(fd);
    if (answer == 0) keep(fd);
    return answer;
}

int fdatasync(int fd) {
    if (!real_fdatasync) real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    return real_fdatasync(fd);
}
"""

PROGRAM = """
import os, sys
from penstock import flow, task
from penstock.futures import as_completed
from penstock.runtime import flow_run

told = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
disk = os.environ["DISK"]

@task
def square(number):
    return number * number, b"x" * 3000

def tell(index):
    syncs = os.path.getsize(f"{disk}/log")
    os.write(told, f"{flow_run.id} {index} {syncs}\\n".encode())

@flow
def direct():
    for number in range(12):
        square(number)
        tell(number)

@flow
def submitted():
    for future in as_completed(square.map(range(12))):
        future.result()
        tell(future.run.index)

globals()[sys.argv[2]]()
"""


@pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux", reason="needs a C compiler and Linux"
)
@pytest.mark.parametrize("shape", ["direct", "submitted"])
def test_the_end_of_a_task_is_on_the_disk_before_anybody_hears_of_it(
    shape: str, home: Path, tmp_path: Path
) -> None:
    library = _compile(tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")

    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "told"), shape],
        env={
            **os.environ,
            "PENSTOCK_DURABILITY": "power",
            "PENSTOCK_HOME": str(home),
            "LD_PRELOAD": str(library),
            "DISK": str(disk),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    told = [line.split() for line in (tmp_path / "told").read_text("utf-8").splitlines()]
    assert len(told) == 12
    for flow_run_id, index, syncs in told:
        assert int(index) in _finished(disk / syncs, flow_run_id)


def test_without_it_nothing_is_synced(home: Path, tmp_path: Path) -> None:
    if COMPILER is None or sys.platform != "linux":
        pytest.skip("needs a C compiler and Linux")
    library = _compile(tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    code = "from penstock import flow\n@flow\ndef hello(): pass\nhello()"

    subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PENSTOCK_HOME": str(home),
            "LD_PRELOAD": str(library),
            "DISK": str(disk),
        },
        check=True,
        timeout=60,
    )

    assert list(disk.iterdir()) == []


def _compile(folder: Path) -> Path:
    source, library = folder / "notes.c", folder / "notes.so"
    source.write_text(NOTES_SYNCS, "utf-8")
    command = [str(COMPILER), "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


def _finished(copy: Path, flow_run_id: str) -> set[int]:
    """Read which task runs had ended by what the disk had."""
    events = [from_tuple(values) for _, values in read_segment(str(copy))[1]]
    return {
        event.index
        for event in events
        if isinstance(event, TaskRunFinished) and format_id(event.flow_run) == flow_run_id
    }
