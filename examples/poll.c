/* Requests on one's own loop with poll(2): several on their way at once, answered in
 * any order, one taken back. The loop goes on until nothing is waited for. */
#include <crystalmath/client.h>

#include <poll.h>
#include <stdio.h>

struct question {
    const char *method;
    const char *params;
    int64_t number;
    int *waiting; /* how many answers are still to come */
};

static void answered(struct cm_client *client, const char *result_json,
                     const struct cm_error *error, void *data) {
    struct question *question = data;
    (void)client;
    --*question->waiting;
    printf("%s: %s\n", question->method, error ? cm_error_message(error) : result_json);
}

static int run(struct cm_client *client, struct cm_error **error) {
    int waiting = 0;
    struct question questions[] = {
        {"system.version", NULL, 0, &waiting},
        {"jobs.list", "{\"limit\": 10}", 0, &waiting},
        {"system.status", NULL, 0, &waiting},
        {"jobs.get", "{\"id\": 999999}", 0, &waiting},
    };
    const size_t count = sizeof questions / sizeof questions[0];
    for (size_t i = 0; i < count; i++) {
        struct question *one = &questions[i];
        int r = cm_send(client, one->method, one->params, answered, one, &one->number,
                        error);
        if (r != 0) {
            return r;
        }
        waiting++;
    }
    /* On second thoughts. It had not left yet, so the server never hears of it. */
    if (cm_cancel(client, questions[2].number) == CM_CANCELLED) {
        printf("%s: cancelled\n", questions[2].method);
        waiting--;
    }
    while (waiting > 0) {
        int r = cm_client_dispatch(client, error);
        if (r != 0) {
            return r;
        }
        struct pollfd one = {.fd = cm_client_fd(client),
                             .events = cm_client_poll_events(client)};
        if (waiting > 0 && poll(&one, 1, -1) < 0) {
            perror("poll");
            return CM_E_SYSTEM;
        }
    }
    return 0;
}

int main(void) {
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    int r = cm_client_new(&client, NULL, &error);
    if (r == 0) {
        r = cm_client_connect_or_start(client, &error);
    }
    if (r == 0) {
        r = run(client, &error);
    }
    if (r != 0) {
        fprintf(stderr, "%s\n", cm_error_message(error));
    }
    cm_error_free(error);
    cm_client_free(client);
    return r != 0;
}
