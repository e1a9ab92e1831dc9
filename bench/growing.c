/* What the server costs while 500 jobs run whose outputs grow: each gets the lines of
 * an SCF cycle every second, as pw.x writes them, and the server reads them as they
 * come. The jobs themselves only wait, so that nothing else is measured. The floor is a
 * process that is told by the kernel of the same files and reads the same bytes. */
#include "goal.h"
#include "jobs.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RUNNING = 500,
    SECONDS = 20,
    FLOOR_READY_MS = 500,
    PATIENCE_MS = 10000,
};

static const char input[] =
    "&control\n calculation='scf'\n prefix='si'\n pseudo_dir='.'\n outdir='.'\n/\n"
    "&system\n ibrav=2\n celldm(1)=10.2\n nat=2\n ntyp=1\n ecutwfc=18\n/\n"
    "&electrons\n/\n"
    "ATOMIC_SPECIES\n Si 28.086 Si.UPF\n"
    "ATOMIC_POSITIONS alat\n Si 0 0 0\n Si 0.25 0.25 0.25\n"
    "K_POINTS automatic\n 2 2 2 0 0 0\n";

static const char head[] =
    "     Program PWSCF v.6.7MaX starts on  1Jan2024 at 12: 0: 0\n"
    "     Self-consistent Calculation\n\n";

static void put(const char *path, const char *text, int flags, mode_t mode) {
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | flags, mode);
    size_t n = strlen(text);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n) {
        world_die("%s cannot be written: %s", path, strerror(errno));
    }
}

static char *path_in(const struct world *world, int job, const char *name) {
    char *path = NULL;
    if (str_printf(&path, "%s/jobs/%d/%s", world->folder, job, name) < 0) {
        abort();
    }
    return path;
}

static void make_folder(const struct world *world, int job) {
    _cleanup_free_ char *folder = path_in(world, job, "");
    _cleanup_free_ char *in = path_in(world, job, "si.in");
    _cleanup_free_ char *pseudo = path_in(world, job, "Si.UPF");
    if (mkdir(folder, 0700) < 0) {
        world_die("%s cannot be made: %s", folder, strerror(errno));
    }
    put(in, input, O_CREAT, 0600);
    put(pseudo, "<UPF version=\"2.0.1\">\n</UPF>\n", O_CREAT, 0600);
}

/* A pw.x that waits, as the first one on the PATH. */
static void make_program(const struct world *world, const char *wait_at_gate) {
    _cleanup_free_ char *path = world_path(world, "pw.x");
    _cleanup_free_ char *text = NULL;
    _cleanup_free_ char *paths = NULL;
    if (str_printf(&text, "#!/bin/sh\n%s\n", wait_at_gate) < 0 ||
        str_printf(&paths, "%s:%s", world->folder, getenv("PATH")) < 0) {
        abort();
    }
    put(path, text, O_CREAT, 0700);
    if (setenv("PATH", paths, 1) < 0) {
        abort();
    }
}

/* The server is to have a core for each. */
static void make_config(const struct world *world) {
    _cleanup_free_ char *folder = world_path(world, "crystalmath");
    _cleanup_free_ char *path = world_path(world, "crystalmath/config.ini");
    char text[64];
    (void)snprintf(text, sizeof text, "[server]\ncores = %d\n", RUNNING);
    if ((mkdir(folder, 0700) < 0 && errno != EEXIST) ||
        setenv("XDG_CONFIG_HOME", world->folder, 1) < 0) {
        world_die("%s cannot be made", folder);
    }
    put(path, text, O_CREAT, 0600);
}

static void submit(const struct world *world, struct cm_client *client, int job) {
    _cleanup_free_ char *in = path_in(world, job, "si.in");
    json_t *env = json_pack("{s:s}", "PATH", getenv("PATH"));
    json_t *params = json_pack("{s:s, s:o}", "input", in, "environment", env);
    _cleanup_free_ char *text = params ? json_dumps(params, JSON_COMPACT) : NULL;
    json_decref(params);
    if (!text) {
        world_die("no memory");
    }
    jobs_submit_one(client, text);
}

static double cpu_seconds(pid_t pid) {
    clockid_t clock;
    struct timespec spent;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) < 0) {
        world_die("what process %ld has spent is not told", (long)pid);
    }
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static void read_new(const char *path, off_t *offset) {
    char piece[4096];
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    while (fd >= 0 && (n = pread(fd, piece, sizeof piece, *offset)) > 0) {
        *offset += n;
    }
}

/* Never returns. */
static void floor_read(const struct world *world) {
    static char *paths[RUNNING + 1];
    static off_t offsets[RUNNING + 1];
    int fd = inotify_init1(IN_CLOEXEC);
    for (int i = 0; i < RUNNING; i++) {
        char *path = path_in(world, i, "si.out");
        int watch = inotify_add_watch(fd, path, IN_MODIFY);
        if (watch < 1 || watch > RUNNING) {
            world_die("%s cannot be watched", path);
        }
        paths[watch] = path;
    }
    for (;;) {
        _Alignas(struct inotify_event) char events[64 * 1024];
        ssize_t n = read(fd, events, sizeof events);
        for (char *at = events; at < events + n;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            read_new(paths[event->wd], &offsets[event->wd]);
            at += sizeof *event + event->len;
        }
    }
}

static pid_t start_floor(const struct world *world) {
    pid_t pid = fork();
    if (pid == 0) {
        floor_read(world);
    }
    if (pid < 0) {
        world_die("no process");
    }
    jobs_pause_ms(FLOOR_READY_MS);
    return pid;
}

/* All of them within a second, evenly. */
static void grow(const struct world *world, int cycle) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "     iteration #%3d     ecut=    18.00 Ry     beta= 0.70\n"
                   "     Davidson diagonalization with overlap\n"
                   "     ethr =  1.00E-02,  avg # of iterations =  2.0\n\n"
                   "     total cpu time spent up to now is %10.1f secs\n\n"
                   "     total energy              =     -15.%08d Ry\n"
                   "     estimated scf accuracy    <       0.%08d Ry\n\n",
                   cycle, (double)cycle, 85000000 + cycle, 6000000 / cycle);
    uint64_t begun = clock_monotonic_ns();
    for (int i = 0; i < RUNNING; i++) {
        _cleanup_free_ char *path = path_in(world, i, "si.out");
        put(path, text, O_APPEND, 0);
        int64_t ahead = (int64_t)(i + 1) * 1000000000 / RUNNING -
                        (int64_t)(clock_monotonic_ns() - begun);
        if (ahead > 1000000) {
            jobs_pause_ms((long)(ahead / 1000000));
        }
    }
}

/* Nothing was measured if the server had not read it. */
static void check_progress(struct cm_client *client) {
    for (int ms = 0;; ms++) {
        _cleanup_free_ char *text = NULL;
        struct cm_error *error = NULL;
        if (cm_call(client, "jobs.list", "{\"limit\":1}", &text, &error) != 0) {
            world_die("%s", cm_error_message(error));
        }
        json_t *list = json_loads(text, 0, NULL);
        const json_t *job = json_array_get(json_object_get(list, "jobs"), 0);
        json_int_t cycle = json_integer_value(
            json_object_get(json_object_get(job, "progress"), "cycle"));
        json_decref(list);
        if (cycle == SECONDS + 1) {
            return;
        }
        if (ms > PATIENCE_MS) {
            world_die("the server has read %lld cycles of %d: %s", (long long)cycle,
                      SECONDS + 1, text);
        }
        jobs_pause_ms(1);
    }
}

static void measure(const struct world *world, pid_t server) {
    for (int i = 0; i < RUNNING; i++) {
        _cleanup_free_ char *path = path_in(world, i, "si.out");
        for (int ms = 0; access(path, F_OK) < 0 && ms < PATIENCE_MS; ms++) {
            jobs_pause_ms(1); /* it is about to start */
        }
        put(path, head, O_APPEND, 0);
    }
    pid_t floor = start_floor(world);
    grow(world, 1); /* the reading begins */
    double ours = cpu_seconds(server);
    double least = cpu_seconds(floor);
    uint64_t begun = clock_monotonic_ns();
    for (int i = 0; i < SECONDS; i++) {
        grow(world, i + 2);
    }
    double seconds = (double)(clock_monotonic_ns() - begun) / 1e9;
    ours = (cpu_seconds(server) - ours) / seconds * 100;
    least = (cpu_seconds(floor) - least) / seconds * 100;
    (void)kill(floor, SIGKILL);
    (void)waitpid(floor, NULL, 0);
    (void)printf("\n%d running jobs, an SCF cycle in the output of each every second\n"
                 "  floor: inotify, open, read  %6.2f %% of a core\n"
                 "  crystalmath-server          %6.2f %% of a core\n",
                 RUNNING, least, ours);
    goal_at_most("server while 500 outputs grow, % of a core", 5, ours);
}

int main(void) {
    struct world world = {0};
    _cleanup_free_ char *script = NULL;
    world_init(&world);
    world_unpin(&world);
    make_config(&world);
    _cleanup_free_ char *folder = world_path(&world, "jobs");
    if (mkdir(folder, 0700) < 0) {
        world_die("%s cannot be made", folder);
    }
    _cleanup_close_ int gate = jobs_gate_new(&world, &script);
    make_program(&world, script);
    struct cm_client *client = world_client();
    pid_t server = world_server_pid(client);
    for (int i = 0; i < RUNNING; i++) {
        make_folder(&world, i);
        submit(&world, client, i);
    }
    jobs_await(client, RUNNING, 0);
    measure(&world, server);
    check_progress(client);
    jobs_leave(client, gate, RUNNING);
    world_deinit(&world);
    return 0;
}
