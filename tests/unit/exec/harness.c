/* See harness.h. Deliberately does without local_attach and local_orphans_signal where
 * it checks what they say. */
#include "exec/harness.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

enum {
    DEADLINE_MS = 120000,
    PAUSE_MS = 5,
    FILE_MAX = 4 * 1024 * 1024,
};

static char *format(const char *a, const char *b) {
    char *out = NULL;
    assert_int_equal(str_printf(&out, "%s%s", a, b), 0);
    return out;
}

int harness_setup(void **state) {
    struct harness *harness = calloc(1, sizeof *harness);
    assert_non_null(harness);
    const char *base = getenv("TMPDIR");
    char *root = format(str_empty(base) ? "/tmp" : base, "/crystalmath-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    harness->root = root;
    harness->run_dir = format(root, "/runs/7");
    harness->work = format(root, "/work");
    assert_int_equal(mkdir(harness->work, 0755), 0);
    harness->env = calloc(4, sizeof *harness->env);
    assert_non_null(harness->env);
    harness->env[0] = format("PATH=", getenv("PATH"));
    harness->env[1] = format("HOME=", root);
    assert_int_equal(str_printf(&harness->env[2], "TEST=/proc/%ld", (long)getpid()), 0);
    harness->alive = -1;
    *state = harness;
    return 0;
}

void harness_next_run(struct harness *harness, const char *name, int number) {
    closep(&harness->alive);
    harness->alive = -1;
    free(harness->run_dir);
    harness->run_dir = NULL;
    assert_int_equal(
        str_printf(&harness->run_dir, "%s/runs/%s-%d", harness->root, name, number), 0);
}

static int remove_entry(const char *path, const struct stat *st, int kind,
                        struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

/* Whether /proc/PID/`file` holds these bytes. */
static bool process_has(pid_t pid, const char *file, const char *bytes, size_t n) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    _cleanup_buf_ struct buf content = BUF_NULL;
    return file_read(path, FILE_MAX, &content) == 0 &&
           memmem(buf_bytes(&content), buf_len(&content), bytes, n) != NULL;
}

static size_t for_each_process(const char *file, const char *bytes, size_t n,
                               int number) {
    DIR *proc = opendir("/proc");
    assert_non_null(proc);
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(proc))) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid > 1 && pid != getpid() && process_has(pid, file, bytes, n)) {
            count++;
            if (number != 0) {
                (void)kill(pid, number);
            }
        }
    }
    (void)closedir(proc);
    return count;
}

/* Supervisors are known by their command line, what they run by its environment. */
static void kill_everything(const struct harness *harness) {
    _cleanup_free_ char *variable = format("CRYSTALMATH_RUN=", harness->root);
    const char *root = harness->root;
    while (for_each_process("cmdline", root, strlen(root), SIGKILL) > 0 ||
           for_each_process("environ", variable, strlen(variable), SIGKILL) > 0) {
        (void)poll(NULL, 0, PAUSE_MS);
    }
}

int harness_teardown(void **state) {
    struct harness *harness = *state;
    kill_everything(harness);
    closep(&harness->alive);
    (void)nftw(harness->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(harness->root);
    free(harness->run_dir);
    free(harness->work);
    (void)strv_free(harness->env);
    free(harness);
    return 0;
}

struct local_spec harness_spec(const struct harness *harness, char *const *argv) {
    const char *program = getenv("CRYSTALMATH_SUPERVISOR");
    if (!program) {
        fail_msg("CRYSTALMATH_SUPERVISOR must name the program to test");
    }
    return (struct local_spec){
        .run_dir = harness->run_dir,
        .directory = harness->work,
        .argv = argv,
        .env = harness->env,
        .output = "out",
        .error_output = "err",
        .umask = 022,
        .grace_seconds = 60,
        .supervisor_program = program,
    };
}

void harness_start(struct harness *harness, const struct local_spec *spec) {
    struct errmsg msg = ERRMSG_NULL;
    int r = local_start(spec, &harness->alive, &msg);
    if (r != 0) {
        fail_msg("local_start: %d, %s", r, msg.text);
    }
}

void harness_start_shell(struct harness *harness, const char *script) {
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct local_spec spec = harness_spec(harness, argv);
    harness_start(harness, &spec);
}

void harness_wait(bool (*condition)(const void *data), const void *data) {
    int64_t deadline = clock_monotonic_ms() + DEADLINE_MS;
    while (!condition(data)) {
        if (clock_monotonic_ms() > deadline) {
            fail_msg("waited in vain");
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
}

void harness_wait_end(struct harness *harness) {
    for (;;) {
        struct pollfd waiting = {.fd = harness->alive, .events = POLLIN};
        if (poll(&waiting, 1, DEADLINE_MS) == 0) {
            fail_msg("the supervisor does not end");
        }
        char byte;
        ssize_t n = read(harness->alive, &byte, 1);
        if (n == 0) {
            return;
        }
        assert_true(n == 1 || errno == EAGAIN || errno == EINTR);
    }
}

struct local_exit harness_end(struct harness *harness) {
    harness_wait_end(harness);
    struct local_exit how;
    assert_int_equal(local_exit_read(harness->run_dir, &how), 0);
    return how;
}

struct local_exit harness_run_shell(struct harness *harness, const char *script) {
    harness_start_shell(harness, script);
    return harness_end(harness);
}

struct file_question {
    const char *dir;
    const char *name;
};

static bool file_is_there(const void *data) {
    const struct file_question *question = data;
    return harness_exists(question->dir, question->name);
}

void harness_wait_file(const struct harness *harness, const char *name) {
    harness_wait(file_is_there, &(struct file_question){harness->work, name});
}

struct local_started harness_wait_started(const struct harness *harness) {
    harness_wait(file_is_there, &(struct file_question){harness->run_dir, "started"});
    struct local_started started;
    assert_int_equal(local_started_read(harness->run_dir, &started), 0);
    return started;
}

char *harness_read(const struct harness *harness, const char *name) {
    _cleanup_free_ char *path = NULL;
    _cleanup_buf_ struct buf content = BUF_NULL;
    assert_int_equal(path_join(&path, harness->work, name), 0);
    assert_int_equal(file_read(path, FILE_MAX, &content), 0);
    char *text = buf_take_string(&content);
    assert_non_null(text);
    return text;
}

void harness_write(const char *dir, const char *name, const char *text) {
    _cleanup_free_ char *path = NULL;
    assert_int_equal(path_make_private(dir), 0);
    assert_int_equal(path_join(&path, dir, name), 0);
    assert_int_equal(file_write_atomic(path, text, strlen(text)), 0);
}

bool harness_exists(const char *dir, const char *name) {
    _cleanup_free_ char *path = NULL;
    assert_int_equal(path_join(&path, dir, name), 0);
    struct stat st;
    return lstat(path, &st) == 0;
}

size_t harness_count_processes(const struct harness *harness) {
    _cleanup_free_ char *variable = format("CRYSTALMATH_RUN=", harness->run_dir);
    return for_each_process("environ", variable, strlen(variable) + 1, 0);
}

struct count_question {
    const struct harness *harness;
    size_t wanted;
};

static bool count_is_right(const void *data) {
    const struct count_question *question = data;
    return harness_count_processes(question->harness) == question->wanted;
}

void harness_wait_processes(const struct harness *harness, size_t wanted) {
    harness_wait(count_is_right, &(struct count_question){harness, wanted});
}

bool harness_process_exists(pid_t pid) {
    return kill(pid, 0) == 0 || errno == EPERM;
}

static bool is_gone(const void *pid) {
    return !harness_process_exists(*(const pid_t *)pid);
}

void harness_wait_gone(pid_t pid) {
    harness_wait(is_gone, &pid);
}

pid_t harness_start_stranger(const char *variable) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
#if defined(__linux__)
        /* A test that fails in between leaves nothing behind. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        char *argv[] = {(char *)"sleep", (char *)"600", NULL};
        char *env[] = {(char *)variable, NULL};
        (void)execve("/bin/sleep", argv, env);
        _exit(1);
    }
    return pid;
}

void harness_end_stranger(pid_t pid) {
    int status;
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}
