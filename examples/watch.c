/* Start the server where none runs, show how it is and its jobs, then what changes. */
#include <crystalmath/client.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static void show(struct cm_client *c, const char *method, const char *json,
                 void *data) {
    printf("%s %s\n", method, json ? json : (const char *)data);
    (void)c;
}

int main(void) {
    struct cm_client *client = NULL;
    struct cm_error *error = NULL;
    char *status = NULL, *jobs = NULL;
    int r = cm_client_new(&client, NULL, &error);
    r = r ? r : cm_client_connect_or_start(client, &error);
    r = r ? r : (cm_client_set_notify(client, show, (void *)""), 0);
    r = r ? r : cm_call(client, "system.status", NULL, &status, &error);
    r = r ? r : cm_subscribe(client, NULL, &jobs, &error);
    printf("%s\n%s\n", status ? status : "", jobs ? jobs : "");
    while (r == 0 && (r = cm_client_dispatch(client, &error)) == 0 && !fflush(stdout)) {
        struct pollfd one = {cm_client_fd(client), cm_client_poll_events(client), 0};
        (void)poll(&one, 1, -1);
    }
    fprintf(stderr, "%s\n", cm_error_message(error));
    free(status), free(jobs), cm_error_free(error), cm_client_free(client);
    return 1;
}
