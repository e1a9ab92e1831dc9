/* Run a program as on a kernel of the beginning of 2014: every system call that came
 * after Linux 3.14 is refused as one that is not there. x86-64 numbers them in the
 * order in which they came.
 *
 * usage: old-kernel PROGRAM ARGUMENT…; 77 where the kernel has no such filters */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    LAST_OF_3_14 = 315, /* sched_getattr */
    NO_FILTERS = 77,
};

int main(int argc, char **argv) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_OF_3_14, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};

    if (argc < 2) {
        (void)fputs("usage: old-kernel PROGRAM ARGUMENT...\n", stderr);
        return 2;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        return NO_FILTERS;
    }
    (void)execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
