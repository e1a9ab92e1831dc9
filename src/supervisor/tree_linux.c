/* Descendants on Linux. This process is a child subreaper, so whatever a job detaches
 * (double forks, sessions of its own, the ranks of an MPI launcher) stays below it, and
 * the parent column of /proc leads to all of it. Where /proc is not mounted the job's
 * process group has to do.
 *
 * A list of processes is old as soon as it is made: callers repeat until nothing is
 * left. Signals go to process groups, which a group cannot escape by forking. That is
 * safe: a group other than our own that holds a descendant holds nothing else, because
 * groups do not cross sessions and sessions are inherited.
 *
 * Where the job's commands found no server they have started one, which is below us as
 * well, with the supervisors of other jobs. It is nobody's: the program says what such
 * a process is, and that it left the job's session and name behind that it means to
 * stay. Neither it nor what is below it is touched. */
#include "supervisor/tree.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

enum {
    ENVIRONMENT_MAX = 16 * 1024 * 1024,
};

struct process {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    bool ours;
    bool apart; /* below us, and nobody's */
};

struct process_list {
    struct process *items; /* owned; ascending by pid */
    size_t count;
    size_t cap;
};

static void process_list_deinit(struct process_list *list) {
    free(list->items);
}

static void closedirp(DIR **dir) {
    if (*dir) {
        (void)closedir(*dir);
    }
}

static int process_list_add(struct process_list *list, struct process process) {
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 256;
        struct process *items = realloc(list->items, cap * sizeof *items);
        if (!items) {
            return -ENOMEM;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = process;
    return 0;
}

/* Whether pid is a process; see proc_pid_stat(5) for the format. A zombie is one: when
 * a first thread ends before the others, a busy process looks like a zombie. */
static bool read_process(int proc, const char *pid_text, struct process *out) {
    int64_t pid;
    if (str_to_int64(pid_text, 1, INT_MAX, &pid) != 0) {
        return false;
    }
    char path[32];
    (void)snprintf(path, sizeof path, "%d/stat", (int)pid);
    _cleanup_close_ int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    char text[512];
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n <= 0) {
        return false;
    }
    text[n] = '\0';
    /* The name comes in brackets, and may hold brackets and blanks itself. */
    const char *rest = strrchr(text, ')');
    char state;
    int parent;
    int group;
    int session;
    if (!rest ||
        sscanf(rest, ") %c %d %d %d", &state, &parent, &group, &session) != 4) {
        return false;
    }
    *out = (struct process){
        .pid = (pid_t)pid, .parent = parent, .group = group, .session = session};
    return state != 'X';
}

static int compare_pids(const void *a, const void *b) {
    pid_t left = ((const struct process *)a)->pid;
    pid_t right = ((const struct process *)b)->pid;
    return (left > right) - (left < right);
}

static int list_processes(struct process_list *list) {
    _cleanup_(closedirp) DIR *dir = opendir("/proc");
    if (!dir) {
        return -errno;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir))) {
        struct process process;
        if (read_process(dirfd(dir), entry->d_name, &process)) {
            int r = process_list_add(list, process);
            if (r < 0) {
                return r;
            }
        }
    }
    if (list->count > 0) {
        qsort(list->items, list->count, sizeof *list->items, compare_pids);
    }
    return 0;
}

static bool is_ours(const struct process_list *list, pid_t parent, pid_t self) {
    if (parent == self) {
        return true;
    }
    if (list->count == 0) {
        return false;
    }
    struct process key = {.pid = parent};
    const struct process *found =
        bsearch(&key, list->items, list->count, sizeof key, compare_pids);
    return found && found->ours;
}

/* A program may have been replaced since. */
static bool runs_program_of_server(pid_t pid) {
    static const char gone[] = " (deleted)";
    char link[32];
    char path[PATH_MAX];
    (void)snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    if (str_ends_with(path, gone)) {
        path[n - (ssize_t)(sizeof gone - 1)] = '\0';
    }
    const char *slash = strrchr(path, '/');
    return slash && (strcmp(slash, "/crystalmath-server") == 0 ||
                     strcmp(slash, "/crystalmath-supervisor") == 0);
}

/* As it was given to its program. */
static bool carries_name(pid_t pid) {
    static const char name[] = TREE_RUN_VARIABLE "=";
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    _cleanup_buf_ struct buf environment = BUF_NULL;
    if (file_read(path, ENVIRONMENT_MAX, &environment) < 0) {
        return true;
    }
    const char *at = buf_bytes(&environment);
    const char *end = at + buf_len(&environment);
    while (end - at >= (ptrdiff_t)(sizeof name - 1)) {
        if (memcmp(at, name, sizeof name - 1) == 0) {
            return true;
        }
        const char *stop = memchr(at, '\0', (size_t)(end - at));
        at = stop ? stop + 1 : end;
    }
    return false;
}

/* What we fork ourselves runs our program as well, and stays in our session. */
static bool is_apart(const struct process *process) {
    return process->session != getsid(0) && runs_program_of_server(process->pid) &&
           !carries_name(process->pid);
}

static size_t mark_descendants(struct process_list *list, pid_t self) {
    size_t marked = 0;
    size_t before;
    do {
        before = marked;
        for (size_t i = 0; i < list->count; i++) {
            struct process *process = &list->items[i];
            if (!process->ours && !process->apart &&
                is_ours(list, process->parent, self)) {
                process->apart = is_apart(process);
                process->ours = !process->apart;
                marked += process->ours;
            }
        }
    } while (marked != before);
    return marked;
}

static bool group_was_served(const struct process_list *list, size_t end, pid_t group) {
    for (size_t i = 0; i < end; i++) {
        if (list->items[i].ours && list->items[i].group == group) {
            return true;
        }
    }
    return false;
}

static void signal_descendants(const struct process_list *list, int signal) {
    pid_t own_group = getpgrp();
    for (size_t i = 0; i < list->count; i++) {
        const struct process *process = &list->items[i];
        if (!process->ours) {
            continue;
        }
        /* A group of 0 belongs to a process that another pid namespace hides. */
        if (process->group == own_group || process->group <= 1) {
            (void)kill(process->pid, signal);
        } else if (!group_was_served(list, i, process->group)) {
            (void)kill(-process->group, signal);
        }
    }
}

void tree_adopt(void) {
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
}

size_t tree_signal(pid_t job, int signal) {
    _cleanup_(process_list_deinit) struct process_list list = {0};
    if (list_processes(&list) < 0) {
        return kill(-job, signal) == 0 ? 1 : 0;
    }
    size_t found = mark_descendants(&list, getpid());
    if (signal != 0) {
        signal_descendants(&list, signal);
    }
    return found;
}

/* Twice, because the list is not of one moment. */
bool tree_has_children(pid_t job) {
    return tree_signal(job, 0) > 0 || tree_signal(job, 0) > 0;
}

bool tree_hidden(pid_t job) {
    (void)job;
    return false;
}
