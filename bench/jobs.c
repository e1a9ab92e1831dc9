/* A gate is a FIFO that we keep open for reading and writing, so that what was written
 * stays there: each job takes one byte out of it. */
#include "jobs.h"

#include "world.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <crystalmath/client.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    IN_FLIGHT = 256,
    ASK_AGAIN_MS = 5,
    PATIENCE_MS = 300 * 1000,
};

void jobs_pause_ms(long ms) {
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&pause, &pause) < 0 && errno == EINTR) {
    }
}

static json_t *our_environment(void) {
    json_t *env = json_object();
    for (char **one = environ; *one; one++) {
        const char *equals = strchr(*one, '=');
        _cleanup_free_ char *name =
            equals ? strndup(*one, (size_t)(equals - *one)) : NULL;
        if (name) {
            (void)json_object_set_new(env, name, json_string(equals + 1));
        }
    }
    return env;
}

char *jobs_command(const char *directory, const char *program, const char *script) {
    json_t *argv = script ? json_pack("[s, s, s]", program, "-c", script)
                          : json_pack("[s]", program);
    json_t *params = json_pack("{s:s, s:o, s:o}", "directory", directory, "command",
                               argv, "environment", our_environment());
    char *text = params ? json_dumps(params, JSON_COMPACT) : NULL;
    json_decref(params);
    if (!text) {
        world_die("no memory");
    }
    return text;
}

void jobs_submit_one(struct cm_client *client, const char *params) {
    struct cm_error *error = NULL;
    if (cm_call(client, "jobs.submit", params, NULL, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
}

static void on_submitted(struct cm_client *client, const char *result_json,
                         const struct cm_error *error, void *data) {
    (void)client;
    if (!result_json) {
        world_die("%s", cm_error_message(error));
    }
    (*(size_t *)data)++;
}

void jobs_submit(struct cm_client *client, const char *params, size_t n) {
    struct cm_error *error = NULL;
    size_t sent = 0;
    size_t answered = 0;
    while (answered < n) {
        for (; sent < n && sent - answered < IN_FLIGHT; sent++) {
            if (cm_send(client, "jobs.submit", params, on_submitted, &answered, NULL,
                        &error) != 0) {
                world_die("%s", cm_error_message(error));
            }
        }
        struct pollfd wait = {.fd = cm_client_fd(client),
                              .events = cm_client_poll_events(client)};
        if (poll(&wait, 1, PATIENCE_MS) <= 0 ||
            cm_client_dispatch(client, &error) != 0) {
            world_die("submissions are not answered");
        }
    }
}

struct jobs_count jobs_count(struct cm_client *client) {
    _cleanup_free_ char *text = NULL;
    struct cm_error *error = NULL;
    if (cm_call(client, "system.status", NULL, &text, &error) != 0) {
        world_die("%s", cm_error_message(error));
    }
    json_t *status = json_loads(text, 0, NULL);
    const json_t *jobs = json_object_get(status, "jobs");
    struct jobs_count count = {
        .queued = (long)json_integer_value(json_object_get(jobs, "queued")),
        .running = (long)json_integer_value(json_object_get(jobs, "running")),
        .cores = (long)json_integer_value(json_object_get(status, "cores")),
    };
    json_decref(status);
    return count;
}

void jobs_await(struct cm_client *client, long running, long queued) {
    for (long waited = 0;; waited += ASK_AGAIN_MS) {
        struct jobs_count count = jobs_count(client);
        if (count.running == running && count.queued == queued) {
            return;
        }
        if (waited > PATIENCE_MS) {
            world_die("%ld jobs run and %ld wait, instead of %ld and %ld",
                      count.running, count.queued, running, queued);
        }
        jobs_pause_ms(ASK_AGAIN_MS);
    }
}

int jobs_gate_new(const struct world *world, char **script) {
    _cleanup_free_ char *path = world_path(world, "gate");
    if ((mkfifo(path, 0600) < 0 && errno != EEXIST) ||
        str_printf(script, "read x <'%s'", path) < 0) {
        world_die("no gate: %s", strerror(errno));
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        world_die("%s cannot be opened: %s", path, strerror(errno));
    }
    return fd;
}

void jobs_gate_open(int gate, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (write(gate, "\n", 1) != 1) {
            world_die("the gate does not open: %s", strerror(errno));
        }
    }
}

void jobs_leave(struct cm_client *client, int gate, size_t n) {
    world_end_server(client);
    jobs_gate_open(gate, n);
    while (waitpid(-1, NULL, 0) > 0) {
    }
}
