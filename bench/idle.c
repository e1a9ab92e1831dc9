/* What a server costs that nobody asks anything: memory, alone and for each connection
 * at rest, and whether it wakes up. A wake-up is a context switch of any of its
 * threads, or, where strace is installed, a system call that returns. */
#include "goal.h"
#include "wire.h"
#include "world.h"

#include "base/cleanup.h"

#include <crystalmath/client.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
    CONNECTIONS = 5000,
    IDLE_SECONDS = 60,
    SETTLE_MS = 1500,
};

static void wait_ms(long ms) {
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&pause, &pause) < 0 && errno == EINTR) {
    }
}

static long context_switches(pid_t pid) {
    char path[128];
    (void)snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *tasks = opendir(path);
    long sum = 0;
    struct dirent *task = NULL;
    while (tasks && (task = readdir(tasks))) {
        if (task->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "/proc/%ld/task/%.16s/status", (long)pid,
                           task->d_name);
            sum += world_sum_of(path, "voluntary_ctxt_switches:"); /* in both lines */
        }
    }
    if (tasks) {
        (void)closedir(tasks);
    }
    return sum;
}

static void measure_memory(pid_t pid, const char *socket) {
    static int fds[CONNECTIONS];
    struct wire wire;
    wire_json_rpc(&wire, "system.ping");
    int first = wire_connect(socket);
    wire_learn(&wire, first);
    (void)close(first);
    wait_ms(SETTLE_MS);
    double resident = (double)world_memory_kib(pid, "VmRSS:") / 1024;
    long alone = world_memory_kib(pid, "RssAnon:");
    (void)printf(
        "\nMemory\n  resident %.2f MiB, of which %.2f MiB are the server's own "
        "and the rest files\n",
        resident, (double)alone / 1024);
    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = wire_connect(socket);
        wire_exchange(&wire, fds[i], WIRE_ID_FIRST);
    }
    wait_ms(SETTLE_MS);
    double each = (double)(world_memory_kib(pid, "RssAnon:") - alone) / CONNECTIONS;
    (void)printf("  %.2f KiB for each of %d connections at rest\n", each, CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++) {
        (void)close(fds[i]);
    }
    goal_at_most("resident memory, MiB", 6, resident);
    goal_at_most("memory of a connection at rest, KiB", 4, each);
}

/* Lines of a trace that tell of a call that returned. */
static long calls_in(const char *trace, long from) {
    _cleanup_fclose_ FILE *file = fopen(trace, "re");
    char line[1024];
    long calls = 0;
    if (!file || fseek(file, from, SEEK_SET) < 0) {
        world_die("%s cannot be read", trace);
    }
    while (fgets(line, sizeof line, file)) {
        if (strstr(line, ") = ") || strstr(line, "resumed>")) {
            (void)printf("  %s", line);
            calls++;
        }
    }
    return calls;
}

static long length_of(const char *path) {
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    return file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
}

static void measure_rest(const struct world *world, pid_t pid, int seconds) {
    const char *strace = getenv("BENCH_STRACE");
    _cleanup_free_ char *trace = world_path(world, "trace");
    char pid_text[32];
    (void)snprintf(pid_text, sizeof pid_text, "%ld", (long)pid);
    char *argv[] = {(char *)strace, (char *)"-qfo", trace,
                    (char *)"-p",   pid_text,       NULL};
    pid_t tracer = strace ? world_spawn(argv) : 0;
    wait_ms(SETTLE_MS); /* attaching interrupts a waiting call, once */
    long from = length_of(trace);
    long switches = context_switches(pid);
    wait_ms(1000L * seconds);
    switches = context_switches(pid) - switches;
    (void)printf("\nAt rest for %d s, after clients came and left\n", seconds);
    (void)printf("  %ld context switches\n", switches);
    goal_at_most("wake-ups at rest, context switches", 0, (double)switches);
    if (tracer > 0) {
        (void)kill(tracer, SIGINT);
        (void)waitpid(tracer, NULL, 0);
        long calls = calls_in(trace, from);
        (void)printf("  %ld system calls, says strace\n", calls);
        goal_at_most("wake-ups at rest, system calls that strace saw", 0,
                     (double)calls);
    }
}

int main(void) {
    const char *asked = getenv("BENCH_IDLE_SECONDS");
    int seconds = asked ? atoi(asked) : IDLE_SECONDS;
    struct world world = {0};
    world_init(&world);
    struct cm_client *client = world_client();
    pid_t pid = world_server_pid(client);
    _cleanup_free_ char *socket = strdup(cm_client_socket_path(client));
    (void)cm_client_free(client);
    world_raise_descriptors(); /* not earlier: the server sees to its own */
    measure_memory(pid, socket);
    if (seconds > 0) {
        measure_rest(&world, pid, seconds);
    }
    world_end_server(world_client());
    world_deinit(&world);
    return 0;
}
