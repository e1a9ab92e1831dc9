"""kill -9 at a chosen place: just before the nth call with which a program changes a file, brings
it onto the disk, or gives it another name; a row of the same call, as when pages are written, counts
as one. The program is traced for this, as a debugger does."""

import ctypes
import os
import signal
import struct

from support import Skip

TRACEME, SYSCALL, SETOPTIONS, GET_SYSCALL_INFO = 0, 24, 0x4200, 0x420e
TRACESYSGOOD, EXITKILL = 1, 1 << 20
AT_SYSCALL = signal.SIGTRAP | 0x80
ENTRY = 1  # struct ptrace_syscall_info

# By AUDIT_ARCH: write, pwrite64, ftruncate, fsync, fdatasync, fallocate, and what there is of
# rename, renameat, renameat2, link, linkat, unlink, unlinkat.
CHANGING = {
    0xC000003E: {1, 18, 77, 74, 75, 285, 82, 264, 316, 86, 265, 87, 263},
    0xC00000B7: {64, 68, 46, 82, 83, 47, 38, 276, 37, 35},
}

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long] * 4
LIBC.ptrace.restype = ctypes.c_long


def start_traced(argv, env, cwd):
    pid = os.fork()
    if pid == 0:
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(nothing, fd)
            os.chdir(cwd)
            if LIBC.ptrace(TRACEME, 0, 0, 0) == 0:
                os.execve(argv[0], argv, env)
        finally:
            os._exit(127)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        raise Skip("this machine lets us trace no program")
    return pid


def change_before(pid):
    """The number of the call that it stands before where that changes something; else None."""
    info = (ctypes.c_uint8 * 96)()
    if LIBC.ptrace(GET_SYSCALL_INFO, pid, len(info), ctypes.addressof(info)) <= 0:
        raise Skip("this kernel does not tell which call a program stands before")
    op, arch, number = struct.unpack_from("=B3xI16xQ", bytes(info))
    if arch not in CHANGING:
        raise Skip(f"the numbers of this processor's calls ({arch:#x}) are not known here")
    return number if op == ENTRY and number in CHANGING[arch] else None


def killed_at(n, argv, env, cwd):
    """Run it to before its nth change, and kill it there: True. False: it ended before that."""
    # The leak checker of a sanitizer is a debugger, too, and there can be only one.
    env = {**env, "ASAN_OPTIONS": env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    pid = start_traced(argv, env, cwd)
    try:
        LIBC.ptrace(SETOPTIONS, pid, 0, TRACESYSGOOD | EXITKILL)
        deliver, last = 0, None
        while True:
            LIBC.ptrace(SYSCALL, pid, 0, deliver)
            _, status = os.waitpid(pid, 0)
            if not os.WIFSTOPPED(status):
                pid = None
                return False
            stop = os.WSTOPSIG(status)
            deliver = 0 if stop == AT_SYSCALL else stop
            change = change_before(pid) if stop == AT_SYSCALL else None
            if change not in (None, last):
                last = change
                n -= 1
                if n == 0:
                    return True
    finally:
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
