/* `crystalmath remove ID…`: what the server knows of the jobs goes, so a person is
 * asked and a script has to say --yes. */
#include "cli/cmds.h"

#include "base/cleanup.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { AT_ONCE = 1000 }; /* see jobs.remove */

/* The question is for the terminal even where the output goes into a pipe. */
static bool can_ask(void) {
    return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static bool is_yes(const char *line) {
    return line[0] == 'y' || line[0] == 'Y';
}

/* Returns a status: CLI_OK where the answer is yes. */
static int ask(struct cm_client *client, const int64_t *ids, int n) {
    char line[64] = "";
    if (n == 1) {
        _cleanup_json_ json_t *job = NULL;
        int status = remote_ask(client, "jobs.get", remote_id_params(ids[0]), &job);
        if (status != CLI_OK) {
            return status;
        }
        struct term term = term_stdout();
        const char *state = field_text(job, "state");
        _cleanup_free_ char *name = jobline_name(&term, job);
        (void)fprintf(stderr, "Forget job %" PRId64 " (%s, %s)?", ids[0], name,
                      state ? state : "?");
    } else {
        (void)fprintf(stderr, "Forget %d jobs?", n);
    }
    (void)fprintf(stderr, " The files in %s stay. [y/N] ",
                  n == 1 ? "its folder" : "their folders");
    if (!fgets(line, sizeof line, stdin) || !is_yes(line)) {
        say_error("nothing was removed");
        return CLI_FAILED;
    }
    return CLI_OK;
}

static void print_removed(const struct term *term, const json_t *removed) {
    size_t i;
    const json_t *id;
    json_array_foreach(removed, i, id) {
        (void)printf(term->tty ? "job %" PRId64 " is removed\n"
                               : "%" PRId64 "\tremoved\n",
                     (int64_t)json_integer_value(id));
    }
}

static int remove_some(struct cm_client *client, const int64_t *ids, int n) {
    _cleanup_json_ json_t *answer = NULL;
    json_t *jobs = say_need(json_array());
    for (int i = 0; i < n; i++) {
        (void)json_array_append_new(jobs, json_integer(ids[i]));
    }
    int status = remote_call(client, "jobs.remove",
                             say_need(json_pack("{s:o}", "jobs", jobs)), &answer);
    if (status != CLI_OK) {
        return status;
    }
    struct term term = term_stdout();
    print_removed(&term, json_object_get(answer, "removed"));
    const json_t *refused = json_object_get(answer, "refused");
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const char *reason = field_text(json_array_get(refused, i), "reason");
        say_error("%s", reason ? reason : "?");
        status = CLI_FAILED;
    }
    return status;
}

int cmd_remove(const struct cli *cli, const struct args *args) {
    _cleanup_free_ int64_t *ids = NULL;
    _cleanup_client_ struct cm_client *client = NULL;
    int n = args->n_operands;
    bool yes = args_has(args, "yes");
    int status = args_job_ids(args, &ids);
    if (status == CLI_OK && !yes && !can_ask()) {
        status = say_usage("remove asks before it forgets a job, and there is no "
                           "terminal to ask on; in a script add --yes");
    }
    status = status != CLI_OK ? status : remote_open(cli, &client);
    status = status != CLI_OK || yes ? status : ask(client, ids, n);
    if (status != CLI_OK) {
        return status;
    }
    for (int done = 0; done < n; done += AT_ONCE) {
        int rest = n - done;
        int own = remove_some(client, ids + done, rest < AT_ONCE ? rest : AT_ONCE);
        status = status != CLI_OK ? status : own;
    }
    return status;
}
