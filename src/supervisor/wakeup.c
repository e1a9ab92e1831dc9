/* sigwait with a timer: in POSIX, on every system, and without handlers that would need
 * global variables. The timeout is itself a signal (SIGALRM). One that is left over
 * from an earlier wait wakes once for nothing, which callers do not mind. */
#include "supervisor/wakeup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

static void never_called(int number) {
    (void)number;
}

void wakeup_init(void) {
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    /* Some systems drop a signal whose default is to be ignored, although it is
     * blocked; with a handler they keep it. */
    struct sigaction action = {.sa_handler = never_called};
    (void)sigaction(SIGCHLD, &action, NULL);
    (void)sigaction(SIGIO, &action, NULL);
}

void wakeup_on_input(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && fcntl(fd, F_SETOWN, getpid()) == 0) {
        (void)fcntl(fd, F_SETFL, flags | O_ASYNC);
    }
}

static void set_timer(int64_t ms) {
    struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)(ms / 1000),
                     .tv_usec = (suseconds_t)(ms % 1000 * 1000)},
    };
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void list_wanted(sigset_t *wanted) {
    (void)sigemptyset(wanted);
    (void)sigaddset(wanted, SIGCHLD);
    (void)sigaddset(wanted, SIGTERM);
    (void)sigaddset(wanted, SIGINT);
    (void)sigaddset(wanted, SIGIO);
    (void)sigaddset(wanted, SIGALRM);
}

void wakeup_forget(void) {
    sigset_t wanted;
    list_wanted(&wanted);
    for (;;) {
        sigset_t pending;
        int number = SIGTERM;
        if (sigpending(&pending) < 0) {
            return;
        }
        bool any = false;
        for (int i = 1; i < NSIG; i++) {
            any =
                any || (sigismember(&wanted, i) == 1 && sigismember(&pending, i) == 1);
        }
        if (!any || sigwait(&wanted, &number) != 0) {
            return;
        }
    }
}

int wakeup_wait(int64_t timeout_ms) {
    sigset_t wanted;
    list_wanted(&wanted);
    if (timeout_ms >= 0) {
        /* Zero would disarm the timer. */
        set_timer(timeout_ms > 0 ? timeout_ms : 1);
    }
    int number = 0;
    if (sigwait(&wanted, &number) != 0) {
        number = 0;
    }
    if (timeout_ms >= 0) {
        set_timer(0);
    }
    return number == SIGALRM ? 0 : number;
}
