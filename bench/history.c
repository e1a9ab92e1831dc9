/* What is quick with 100,000 jobs behind it: a page of the list, searches, the command,
 * the TUI's first screen, the server's start, and its memory. The floor is a ping. */
#include "goal.h"
#include "sample.h"
#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CALLS = 300,
    SEARCHES = 30,
    COMMANDS = 60,
    SCREENS = 20,
    STARTS = 20,
    SCREEN_MAX = 64 * 1024,
    PATIENCE_MS = 10000,
};

static const char jobs_text[] = "100000";

static uint64_t call_once(struct cm_client *client, const char *method,
                          const char *params) {
    struct cm_error *error = NULL;
    _cleanup_free_ char *text = NULL;
    uint64_t begun = clock_monotonic_ns();
    if (cm_call(client, method, params, &text, &error) != 0) {
        world_die("%s %s: %s", method, params ? params : "", cm_error_message(error));
    }
    return clock_monotonic_ns() - begun;
}

static void measure_pages(struct cm_client *client) {
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    _cleanup_sample_ struct sample first = SAMPLE_NULL;
    _cleanup_sample_ struct sample later = SAMPLE_NULL;
    char params[64];
    for (int i = 0; i < CALLS; i++) {
        sample_add(&floor, call_once(client, "system.ping", NULL));
        sample_add(&first, call_once(client, "jobs.list", NULL));
        (void)snprintf(params, sizeof params, "{\"before\":%d}", 100000 - 300 * i);
        sample_add(&later, call_once(client, "jobs.list", params));
    }
    sample_print_head("A page of 100 jobs out of 100,000");
    sample_print("floor: ping", &floor, &floor);
    sample_print("jobs.list, the first page", &first, &floor);
    sample_print("jobs.list, any other page", &later, &floor);
    goal_at_most("jobs.list of a page, median, ms", 1,
                 (double)sample_quantile(&first, 0.5) / 1e6);
    goal_at_most("jobs.list of a later page, median, ms", 1,
                 (double)sample_quantile(&later, 0.5) / 1e6);
}

static void measure_searches(struct cm_client *client) {
    static const struct {
        const char *name;
        const char *params;
    } searches[] = {
        {"by state, which many have", "{\"state\":\"failed\"}"},
        {"by state, which none has", "{\"state\":\"lost\"}"},
        {"by name, which one has", "{\"name\":\"cell 4711\"}"},
        {"by name, which all have", "{\"name\":\"CELL\"}"},
        {"by name, two letters", "{\"name\":\"17\"}"},
        {"by code", "{\"code\":\"quantum_espresso\"}"},
        {"by folder", "{\"directory\":\"/home/somebody/runs/017\"}"},
        {"by folder, above all", "{\"directory\":\"/home\"}"},
        {"by tag", "{\"tag\":\"batch\"}"},
        {"by tag and state", "{\"tag\":\"batch\",\"state\":\"failed\"}"},
        {"by text in tags", "{\"text\":\"BATCH\"}"},
        {"by text in notes", "{\"text\":\"denser\"}"},
        {"by text, which none has", "{\"text\":\"no such text\"}"},
        {"by text, which all have", "{\"text\":\"SOMEBODY\"}"},
        {"by text, one letter", "{\"text\":\"z\"}"},
        {"by submission", "{\"created_from\":\"2024-03-01T00:00:00Z\","
                          "\"created_to\":\"2024-03-08T00:00:00Z\"}"},
        {"by end", "{\"finished_from\":\"2024-03-01T00:00:00Z\","
                   "\"finished_to\":\"2024-03-08T00:00:00Z\"}"},
        {"by energy", "{\"energy_min_ev\":-300.5,\"energy_max_ev\":-299.5}"},
        {"by convergence", "{\"converged\":false}"},
        {"by all of it", "{\"state\":\"completed\",\"code\":\"quantum_espresso\","
                         "\"name\":\"7\",\"text\":\"some\",\"tag\":\"batch\","
                         "\"directory\":\"/home/somebody\",\"converged\":true,"
                         "\"finished_from\":\"2024-01-01T00:00:00Z\"}"},
    };
    double slowest = 0;
    sample_print_head("Searches among 100,000 jobs");
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        _cleanup_sample_ struct sample took = SAMPLE_NULL;
        for (int k = 0; k < SEARCHES; k++) {
            sample_add(&took, call_once(client, "jobs.list", searches[i].params));
        }
        sample_print(searches[i].name, &took, &took);
        double median = (double)sample_quantile(&took, 0.5) / 1e6;
        slowest = median > slowest ? median : slowest;
    }
    goal_at_most("the slowest search, median, ms", 20, slowest);
}

/* Until the job that was made last stands on the screen. */
static uint64_t screen_once(const char *crystalmath) {
    struct winsize size = {.ws_row = 40, .ws_col = 120};
    static char seen[SCREEN_MAX + 1];
    size_t n = 0;
    int master = -1;
    uint64_t begun = clock_monotonic_ns();
    pid_t pid = forkpty(&master, NULL, NULL, &size);
    if (pid < 0) {
        world_die("no terminal: %s", strerror(errno));
    }
    if (pid == 0) {
        (void)setenv("TERM", "xterm-256color", 1);
        (void)execl(crystalmath, crystalmath, (char *)NULL);
        _exit(127);
    }
    seen[0] = '\0';
    while (!strstr(seen, "cell 99999")) {
        struct pollfd wait = {.fd = master, .events = POLLIN};
        ssize_t got = poll(&wait, 1, PATIENCE_MS) == 1 && n < SCREEN_MAX
                          ? read(master, seen + n, SCREEN_MAX - n)
                          : 0;
        if (got <= 0) {
            world_die("the list does not come onto the screen");
        }
        n += (size_t)got;
        seen[n] = '\0';
    }
    uint64_t took = clock_monotonic_ns() - begun;
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    (void)close(master);
    return took;
}

static void measure_programs(const char *crystalmath) {
    _cleanup_sample_ struct sample floor = SAMPLE_NULL;
    _cleanup_sample_ struct sample jobs = SAMPLE_NULL;
    _cleanup_sample_ struct sample screen = SAMPLE_NULL;
    char *ping_argv[] = {(char *)crystalmath, (char *)"ping", NULL};
    char *jobs_argv[] = {(char *)crystalmath, (char *)"jobs", NULL};
    for (int i = 0; i < COMMANDS; i++) {
        sample_add(&floor, world_run(ping_argv));
        sample_add(&jobs, world_run(jobs_argv));
    }
    for (int i = 0; i < SCREENS; i++) {
        sample_add(&screen, screen_once(crystalmath));
    }
    sample_print_head("Programs, 100,000 jobs");
    sample_print("floor: crystalmath ping", &floor, &floor);
    sample_print("crystalmath jobs", &jobs, &floor);
    sample_print("crystalmath, until the list is on the screen", &screen, &floor);
    goal_at_most("crystalmath jobs, median, ms", 15,
                 (double)sample_quantile(&jobs, 0.5) / 1e6);
    goal_at_most("the list on the TUI's screen, median, ms", 50,
                 (double)sample_quantile(&screen, 0.5) / 1e6);
}

static void measure_starts(void) {
    _cleanup_sample_ struct sample starts = SAMPLE_NULL;
    for (int i = 0; i < STARTS; i++) {
        uint64_t begun = clock_monotonic_ns();
        struct cm_client *client = world_client();
        sample_add(&starts, clock_monotonic_ns() - begun);
        world_end_server(client);
    }
    sample_print_head("The server's start, 100,000 jobs");
    sample_print("cm_client_connect_or_start", &starts, &starts);
    goal_at_most("the server's start, median, ms", 20,
                 (double)sample_quantile(&starts, 0.5) / 1e6);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        world_die("usage: %s CRYSTALMATH", argv[0]);
    }
    struct world world = {0};
    world_init(&world);
    _cleanup_free_ char *fill = world_program("fill");
    _cleanup_free_ char *state = world_path(&world, "crystalmath");
    _cleanup_free_ char *database = world_path(&world, "crystalmath/crystalmath.db");
    char *fill_argv[] = {fill, database, (char *)jobs_text, NULL};
    if (path_make_private(state) < 0) {
        world_die("%s cannot be made", state);
    }
    uint64_t filled = world_run(fill_argv);
    (void)printf("\n100,000 jobs were put into a database in %.1f s\n",
                 (double)filled / 1e9);
    measure_starts();
    struct cm_client *client = world_client();
    measure_pages(client);
    measure_searches(client);
    measure_programs(argv[1]);
    double resident =
        (double)world_memory_kib(world_server_pid(client), "VmRSS:") / 1024;
    (void)printf("\nMemory of the server behind all this\n  resident %.2f MiB\n",
                 resident);
    goal_at_most("resident memory with 100,000 jobs, MiB", 16, resident);
    world_end_server(client);
    world_deinit(&world);
    return 0;
}
