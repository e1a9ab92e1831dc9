/* What the server tells of itself, and what only an onlooker can tell: that it does not
 * answer, is another build, runs on another machine, or has left something behind. */
#include "cli/server_status.h"

#include "base/path.h"
#include "cli/factsheet.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"
#include "cli/server_find.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void put(json_t *object, const char *key, json_t *value_take) {
    if (json_object_set_new(object, key, value_take) < 0) {
        say_no_memory();
    }
}

static void add_text(json_t *list, const char *text) {
    if (json_array_append_new(list, say_need(json_string(text))) < 0) {
        say_no_memory();
    }
}

static void print_texts(const char *name, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        fact_text(name, json_string_value(json_array_get(list, i)));
    }
}

static void print_facts(const json_t *answer) {
    char text[512];
    char since[LOCAL_TIME_SIZE];
    char duration[DURATION_SIZE];
    const json_t *jobs = json_object_get(answer, "jobs");
    const char *filesystem = field_text(answer, "state_filesystem");
    (void)snprintf(text, sizeof text, "%s (%s)",
                   jobline_local_time(field_text(answer, "started_at"), since),
                   jobline_duration(field_number(answer, "uptime_seconds"), duration));
    fact_text("since", text);
    fact_text("build", field_text(answer, "build"));
    (void)snprintf(text, sizeof text,
                   "%" PRId64 " running, %" PRId64 " queued, %" PRId64 " in all",
                   field_int(jobs, "running", 0), field_int(jobs, "queued", 0),
                   field_int(jobs, "total", 0));
    fact_text("jobs", text);
    (void)snprintf(text, sizeof text, "%" PRId64, field_int(answer, "clients", 0));
    fact_text("clients", text);
    fact_size("memory", field_number(answer, "memory_bytes"));
    fact_text("host", field_text(answer, "host"));
    (void)snprintf(text, sizeof text, "%s%s", field_text(answer, "socket"),
                   json_is_true(json_object_get(answer, "socket_given"))
                       ? " (made by the service manager)"
                       : "");
    fact_text("socket", text);
    (void)snprintf(text, sizeof text, "%s (%s%s)", field_text(answer, "database"),
                   filesystem ? filesystem : "unknown",
                   json_is_true(json_object_get(answer, "state_shared"))
                       ? ", a network file system"
                       : "");
    fact_text("database", text);
    fact_text("log", field_text(answer, "log"));
    print_texts("problem", json_object_get(answer, "problems"));
}

static void add_skew(const json_t *answer, json_t *problems) {
    const char *build = field_text(answer, "build");
    if (build && strcmp(build, cm_version()) != 0) {
        _cleanup_free_ char *text =
            say_format("the server is build %s, this is %s; to have one of this build: "
                       "crystalmath server restart (no job is lost)",
                       build, cm_version());
        add_text(problems, text);
    }
}

static int tell_running(json_t *answer, const struct term *term, bool as_json) {
    if (!json_is_array(json_object_get(answer, "problems"))) {
        put(answer, "problems", say_need(json_array()));
    }
    json_t *problems = json_object_get(answer, "problems");
    add_skew(answer, problems);
    put(answer, "running", json_true());
    if (as_json) {
        (void)remote_print_json(term, answer);
    } else {
        const char *version = field_text(answer, "version");
        (void)printf("A server is running, pid %" PRId64 ", version %s.\n",
                     field_int(answer, "pid", 0), version ? version : "unknown");
        print_facts(answer);
    }
    return json_array_size(problems) == 0 ? CLI_OK : CLI_FAILED;
}

/* What lies about of a server that has ended; nothing of it is in anybody's way. */
static json_t *list_left(const struct server_found *found, const char *socket_path) {
    json_t *left = say_need(json_array());
    struct stat st;
    if (lstat(socket_path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        _cleanup_free_ char *text = say_format(
            "the socket %s of a server that has ended; the next one replaces it",
            socket_path);
        add_text(left, text);
    }
    const struct lock_record *record = &found->record;
    if (!found->held && record->host && record->pid > 0 && *record->socket_path) {
        _cleanup_free_ char *text = say_format(
            "the record of the last server (pid %ld on %s), which did not end in good "
            "order: it was killed, or its machine went down. Its last words: "
            "crystalmath "
            "server logs",
            (long)record->pid, record->host);
        add_text(left, text);
    }
    return left;
}

static int tell_not_running(const struct cm_client *client,
                            const struct server_found *found, const struct term *term,
                            bool as_json) {
    const char *path = cm_client_socket_path(client);
    _cleanup_json_ json_t *left = list_left(found, path);
    _cleanup_json_ json_t *problems = say_need(json_array());
    _cleanup_free_ char *held = found->held ? server_found_held(found) : NULL;
    _cleanup_free_ char *database = NULL;
    if (held) {
        add_text(problems, held);
    }
    if (as_json) {
        (void)path_database_default(&database);
        _cleanup_json_ json_t *json = say_need(
            json_pack("{s:b, s:s, s:s?, s:O, s:O}", "running", 0, "socket", path,
                      "database", database, "left", left, "problems", problems));
        (void)remote_print_json(term, json);
        return CLI_FAILED;
    }
    (void)printf(held ? "No server is running at %s.\n"
                      : "No server is running at %s; the next command that needs one "
                        "starts it.\n",
                 path);
    print_texts("left", left);
    print_texts("problem", problems);
    return CLI_FAILED;
}

int server_status(const struct cli *cli, bool as_json) {
    struct term term = term_stdout();
    _cleanup_client_ struct cm_client *client = NULL;
    _cleanup_server_found_ struct server_found found = SERVER_FOUND_NULL;
    _cleanup_json_ json_t *answer = NULL;
    int status = remote_new(cli, &client);
    if (status == CLI_OK) {
        status = server_find_and_ask(cli, &client, &found, "system.status", &answer);
    }
    if (status != CLI_OK) {
        return status;
    }
    return found.running ? tell_running(answer, &term, as_json)
                         : tell_not_running(client, &found, &term, as_json);
}
