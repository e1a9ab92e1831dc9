/* Set-up and end of the benchmarks. As subreaper we become the parent of servers that
 * went into the background, and can wait for their end instead of guessing when the
 * next may start. */
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

void world_die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fprintf(stderr, "bench: ");
    (void)vfprintf(stderr, format, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
    exit(EXIT_FAILURE);
}

/* The last CPU we may run on: the first is where interrupts go most often. */
static int pin(cpu_set_t *all) {
    if (sched_getaffinity(0, sizeof *all, all) < 0) {
        return -1;
    }
    int cpu = CPU_SETSIZE - 1;
    while (cpu >= 0 && !CPU_ISSET(cpu, all)) {
        cpu--;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(0, sizeof one, &one) < 0 ? -1 : cpu;
}

void world_init(struct world *world) {
    const char *parent = getenv("TMPDIR");
    if (str_printf(&world->folder, "%s/crystalmath-bench-XXXXXX",
                   str_empty(parent) ? "/tmp" : parent) < 0 ||
        !mkdtemp(world->folder)) {
        world_die("no folder to work in: %s", strerror(errno));
    }
    if (setenv("XDG_RUNTIME_DIR", world->folder, 1) < 0 ||
        setenv("XDG_STATE_HOME", world->folder, 1) < 0) {
        world_die("the environment cannot be set: %s", strerror(errno));
    }
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
        world_die("this system has no subreapers: %s", strerror(errno));
    }
    world->cpu = pin(&world->all);
}

void world_unpin(struct world *world) {
    if (world->cpu >= 0 && sched_setaffinity(0, sizeof world->all, &world->all) < 0) {
        world_die("the other CPUs are out of reach: %s", strerror(errno));
    }
    world->cpu = -1;
}

void world_raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *where) {
    (void)st;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

void world_deinit(struct world *world) {
    (void)nftw(world->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(world->folder);
    world->folder = NULL;
}

void world_forget(const struct world *world) {
    _cleanup_free_ char *state = world_path(world, "crystalmath");
    (void)nftw(state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *world_path(const struct world *world, const char *name) {
    char *path = NULL;
    if (str_printf(&path, "%s/%s", world->folder, name) < 0) {
        abort();
    }
    return path;
}

struct cm_client *world_client(void) {
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    if (cm_client_new(&client, NULL, &error) != 0 ||
        cm_client_connect_or_start(client, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    return client;
}

pid_t world_server_pid(struct cm_client *client) {
    _cleanup_free_ char *text = NULL;
    struct cm_error *error = NULL;
    if (cm_call(client, "system.version", NULL, &text, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    json_t *version = json_loads(text, 0, NULL);
    pid_t pid = (pid_t)json_integer_value(json_object_get(version, "pid"));
    json_decref(version);
    return pid;
}

void world_end_server(struct cm_client *client) {
    pid_t pid = world_server_pid(client);
    struct cm_error *error = NULL;
    if (cm_call(client, "system.shutdown", NULL, NULL, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    (void)cm_client_free(client);
    if (waitpid(pid, NULL, 0) != pid) {
        world_die("the server (process %ld) cannot be waited for: %s", (long)pid,
                  strerror(errno));
    }
}

char *world_program(const char *name) {
    const char *folder = getenv("BENCH_PROGRAMS");
    char *path = NULL;
    if (!folder) {
        world_die("BENCH_PROGRAMS does not name the folder of the benchmarks");
    }
    if (str_printf(&path, "%s/bench-%s", folder, name) < 0) {
        abort();
    }
    return path;
}

pid_t world_spawn(char *const argv[]) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        world_die("no process for %s: %s", argv[0], strerror(errno));
    }
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
            dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0) {
            (void)execv(argv[0], argv);
        }
        _exit(127);
    }
    return pid;
}

uint64_t world_run(char *const argv[]) {
    posix_spawn_file_actions_t files;
    pid_t pid = 0;
    int status = -1;
    int r = posix_spawn_file_actions_init(&files);
    if (r == 0) {
        r = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    }
    uint64_t begun = clock_monotonic_ns();
    if (r == 0) {
        r = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
    }
    if (r != 0) {
        world_die("%s cannot be run: %s", argv[0], strerror(r));
    }
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        world_die("%s failed", argv[0]);
    }
    uint64_t took = clock_monotonic_ns() - begun;
    (void)posix_spawn_file_actions_destroy(&files);
    return took;
}

long world_sum_of(const char *path, const char *word) {
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char line[256];
    long sum = 0;
    while (file && fgets(line, sizeof line, file)) {
        const char *at = strstr(line, word);
        if (at) {
            sum += strtol(at + strlen(word), NULL, 10);
        }
    }
    return sum;
}

long world_memory_kib(pid_t pid, const char *word) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    return world_sum_of(path, word);
}
