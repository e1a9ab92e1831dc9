/* jobs.list: pages and searches. What a caller may ask for is one row in the table of
 * parameters and one line that puts it into the store's filter; the search is the
 * store's. A page ends with the id of its last job, and the next one has smaller ids
 * only: jobs that are added meanwhile do not move what comes. */
#include "server/methods/methods.h"
#include "server/methods/shapes.h"

#include "base/clock.h"
#include "server/engine.h"
#include "server/run.h"
#include "server/server.h"

#include <inttypes.h>
#include <string.h>

enum { WORDS_MAX = 4096 }; /* bytes of one text that is searched for */

/* Summaries behind one another; running jobs are shown as they are in memory. */
struct listing {
    struct server *server;
    struct buf *out;
    int64_t n;
    int64_t last_id;
    int64_t total; /* on every page */
};

static int add_to_listing(const struct job *stored, void *data) {
    struct listing *listing = data;
    struct engine *engine = listing->server->engine;
    struct run *run = engine_find(engine, stored->id);
    int r = listing->n > 0 ? buf_append(listing->out, ",", 1) : 0;
    r = r ? r : engine_summary_text(engine, run ? run_job(run) : stored, listing->out);
    listing->n++;
    listing->last_id = stored->id;
    return r;
}

/* "[…]" into the answer. 0, REQUEST_E_FAILED, or a negative errno. */
static int list_into(struct request *request, const struct store_filter *filter,
                     struct listing *listing) {
    struct server *server = request->server;
    *listing = (struct listing){.server = server, .out = request->text};
    int r = buf_append(listing->out, "[", 1);
    if (r == 0) {
        r = store_job_list(server->store, filter, add_to_listing, listing,
                           &listing->total);
        r = r == 0 ? 0 : method_store_failed(request, r);
    }
    return r ? r : buf_append(listing->out, "]", 1);
}

int method_newest_jobs(struct request *request, int64_t limit) {
    struct store_filter filter = STORE_FILTER_ANY;
    struct listing listing;
    filter.limit = limit;
    (void)engine_write(request->server->engine);
    return list_into(request, &filter, &listing);
}

static int add_state(struct request *request, const char *name, unsigned *states) {
    enum job_state state = JOB_QUEUED;
    if (job_state_from_name(name, &state) < 0) {
        return request_fail(
            request, RPC_INVALID_PARAMS,
            "there is no state '%.50s'; there are held, queued, starting, "
            "running, cancelling, completed, failed, cancelled, lost",
            name);
    }
    *states |= 1U << state;
    return 0;
}

static int read_states(struct request *request, unsigned *states) {
    const json_t *wanted = json_object_get(request->params, "state");
    if (json_is_string(wanted)) {
        return add_state(request, json_string_value(wanted), states);
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(wanted); i++) {
        r = add_state(request, json_string_value(json_array_get(wanted, i)), states);
    }
    return r;
}

/* The text is borrowed from the request. */
static int read_words(struct request *request, const char *name, const char **out) {
    const char *text = request_string(request, name);
    if (text && strlen(text) > WORDS_MAX) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'%s' has at most %d bytes, this one has %zu", name,
                            WORDS_MAX, strlen(text));
    }
    *out = text;
    return 0;
}

static int read_directory(struct request *request, struct store_filter *filter) {
    int r = read_words(request, "directory", &filter->directory);
    if (r == 0 && filter->directory && filter->directory[0] != '/') {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'directory' must be an absolute path, not '%.100s'",
                            filter->directory);
    }
    return r;
}

static int read_time(struct request *request, const char *name, int64_t *out) {
    const char *text = request_string(request, name);
    if (text && clock_parse_iso8601(text, out) < 0) {
        return request_fail(request, RPC_INVALID_PARAMS,
                            "'%s' is a time in UTC such as 2026-01-31T18:30:00Z, "
                            "not '%.100s'",
                            name, text);
    }
    return 0;
}

static int read_filter(struct request *request, struct store_filter *filter) {
    *filter = (struct store_filter)STORE_FILTER_ANY;
    filter->before = request_integer(request, "before", 0);
    filter->limit = request_integer(request, "limit", 100);
    filter->energy_min_ev = request_number(request, "energy_min_ev", NAN);
    filter->energy_max_ev = request_number(request, "energy_max_ev", NAN);
    const json_t *converged = json_object_get(request->params, "converged");
    filter->converged = json_is_boolean(converged) ? json_is_true(converged) : -1;
    int r = read_states(request, &filter->states);
    r = r ? r : read_words(request, "name", &filter->name);
    r = r ? r : read_words(request, "code", &filter->code);
    r = r ? r : read_words(request, "tag", &filter->tag);
    r = r ? r : read_words(request, "text", &filter->text);
    r = r ? r : read_directory(request, filter);
    r = r ? r : read_time(request, "created_from", &filter->created_from);
    r = r ? r : read_time(request, "created_to", &filter->created_to);
    r = r ? r : read_time(request, "finished_from", &filter->finished_from);
    return r ? r : read_time(request, "finished_to", &filter->finished_to);
}

static int jobs_list(struct request *request) {
    struct store_filter filter;
    struct listing listing;
    struct buf *out = request->text;
    int r = read_filter(request, &filter);
    if (r != 0) {
        return r;
    }
    (void)engine_write(request->server->engine);
    r = buf_append_str(out, "{\"jobs\":");
    r = r ? r : list_into(request, &filter, &listing);
    r = r ? r : buf_printf(out, ",\"total\":%" PRId64 ",\"next\":", listing.total);
    if (r != 0) {
        return r;
    }
    return listing.n == filter.limit && listing.last_id > 1
               ? buf_printf(out, "%" PRId64 "}", listing.last_id)
               : buf_append_str(out, "null}");
}

static const struct param list_params[] = {
    {.name = "state",
     .type = PARAM_STRING_OR_STRINGS,
     .text = "only jobs in these states"},
    {.name = "limit",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = METHOD_LIST_MAX,
     .text = "at most so many; default 100"},
    {.name = "before",
     .type = PARAM_INTEGER,
     .min = 1,
     .max = INT64_MAX,
     .text = "only jobs with a smaller id, as `next` of the page before says"},
    {.name = "name",
     .type = PARAM_STRING,
     .text = "only jobs with this in their names; a to z also match A to Z"},
    {.name = "code",
     .type = PARAM_STRING,
     .text = "only jobs of this code, such as quantum_espresso, or command"},
    {.name = "directory",
     .type = PARAM_STRING,
     .text = "only jobs in this folder, an absolute path, and in folders below it"},
    {.name = "tag", .type = PARAM_STRING, .text = "only jobs with exactly this tag"},
    {.name = "text",
     .type = PARAM_STRING,
     .text = "only jobs with this in name, directory, note or a tag; a to z also match "
             "A to Z"},
    {.name = "created_from",
     .type = PARAM_STRING,
     .text = "only jobs submitted at this time (ISO 8601, UTC) or later"},
    {.name = "created_to",
     .type = PARAM_STRING,
     .text = "only jobs submitted before this time"},
    {.name = "finished_from",
     .type = PARAM_STRING,
     .text = "only jobs that ended at this time or later"},
    {.name = "finished_to",
     .type = PARAM_STRING,
     .text = "only jobs that ended before this time"},
    {.name = "energy_min_ev",
     .type = PARAM_NUMBER,
     .text = "only jobs that ended with this energy or a higher one"},
    {.name = "energy_max_ev",
     .type = PARAM_NUMBER,
     .text = "only jobs that ended with this energy or a lower one"},
    {.name = "converged",
     .type = PARAM_BOOLEAN,
     .text = "only calculations that ended converged, or (false) not converged"},
};

const struct method methods_list[] = {
    {.name = "jobs.list",
     .text = "List jobs, newest first; with several conditions, those that meet all.",
     .result = &result_list,
     METHOD_PARAMS(list_params),
     .run = jobs_list},
};
const size_t methods_list_count = sizeof methods_list / sizeof methods_list[0];
