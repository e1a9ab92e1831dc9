/* How people write what a submission asks for, and how it travels: sizes as bytes,
 * durations as seconds, times in UTC. What is wrong is said here, before a server is
 * started; what only the server knows (whether there is such a job) is left to it. */
#include "cli/submit_options.h"

#include "base/clock.h"
#include "base/platform.h"
#include "base/quantity.h"
#include "base/str.h"
#include "cli/remote.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    TOKEN_BYTES = 16,
    CORES_MAX = 1000000, /* the server knows the real limit */
    PRIORITY_MAX = 1000000,
    RETRIES_MAX = 1000,
    CHAIN_MAX = 1000,
};

void submit_put(json_t *object, const char *key, json_t *value_take) {
    if (json_object_set_new(object, key, say_need(value_take)) < 0) {
        say_no_memory();
    }
}

json_t *submit_utf8(const char *what, const char *text) {
    json_t *json = json_string(text);
    if (!json) {
        struct term plain = {.columns = 80};
        _cleanup_free_ char *shown = term_clean(&plain, text);
        say_error("the %s '%s' is not UTF-8, which is all that the server can be told; "
                  "rename it",
                  what, shown);
    }
    return json;
}

json_t *submit_token(void) {
    unsigned char bytes[TOKEN_BYTES];
    char text[2 * TOKEN_BYTES + 1];
    if (platform_random(bytes, sizeof bytes) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < TOKEN_BYTES; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return json_string(text);
}

static int put_number(const struct args *args, json_t *params, const char *option,
                      int64_t min, int64_t max) {
    int64_t value = 0;
    int status = args_number(args, option, min, max, &value);
    if (status == CLI_OK && args_has(args, option)) {
        submit_put(params, option, json_integer(value));
    }
    return status;
}

static int put_text(const struct args *args, json_t *params, const char *option) {
    const char *text = args_value(args, option);
    json_t *json = text ? submit_utf8(option, text) : NULL;
    if (json) {
        submit_put(params, option, json);
    }
    return text && !json ? CLI_FAILED : CLI_OK;
}

static int put_memory(const struct args *args, json_t *params) {
    const char *text = args_value(args, "memory");
    int64_t bytes = 0;
    if (!text) {
        return CLI_OK;
    }
    if (quantity_size(text, &bytes) < 0) {
        return say_usage("--memory %s: a size with its unit is expected here, such as "
                         "4G or 512M",
                         text);
    }
    submit_put(params, "memory_bytes", json_integer(bytes));
    return CLI_OK;
}

static int put_time_limit(const struct args *args, json_t *params) {
    const char *text = args_value(args, "time");
    int64_t seconds = 0;
    if (!text) {
        return CLI_OK;
    }
    int r = quantity_duration(text, &seconds);
    if (r < 0) {
        return say_usage("--time %s: %s", text,
                         r == -ERANGE
                             ? "that is more than ten years"
                             : "a duration is expected here, such as 90 (minutes), "
                               "1:30:00, 2-12 (days and hours), 2h or 1h30m");
    }
    submit_put(params, "time_limit", json_integer(seconds));
    return CLI_OK;
}

static int put_begin(const struct args *args, json_t *params) {
    const char *text = args_value(args, "begin");
    char utc[CLOCK_ISO8601_SIZE];
    int64_t when = 0;
    if (!text) {
        return CLI_OK;
    }
    if (quantity_time(text, clock_realtime_ms(), &when) < 0) {
        return say_usage("--begin %s: a time is expected here, such as 18:30, "
                         "2026-01-31T18:30 or +2h",
                         text);
    }
    submit_put(params, "begin_at", json_string(clock_format_iso8601(when, utc)));
    return CLI_OK;
}

/* "12", "12:any". */
static json_t *dependency(const char *text) {
    static const char *const kinds[] = {"ok", "any", "not-ok"};
    const char *colon = strchr(text, ':');
    const char *kind = colon ? colon + 1 : kinds[0];
    _cleanup_free_ char *number =
        say_need(colon ? strndup(text, (size_t)(colon - text)) : strdup(text));
    int64_t id = 0;
    if (str_to_int64(number, 1, INT64_MAX, &id) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return say_need(
                json_pack("{s:I, s:s}", "id", (json_int_t)id, "kind", kinds[i]));
        }
    }
    return NULL;
}

static int put_after(const struct args *args, json_t *params) {
    if (!args_has(args, "after")) {
        return CLI_OK;
    }
    json_t *after = say_need(json_array());
    submit_put(params, "after", after);
    const char *text = NULL;
    for (size_t i = 0; (text = args_nth(args, "after", i)); i++) {
        json_t *one = dependency(text);
        if (!one) {
            return say_usage("--after %s: the id of a job is expected here, with :ok, "
                             ":any or :not-ok behind it",
                             text);
        }
        if (json_array_append_new(after, one) < 0) {
            say_no_memory();
        }
    }
    return CLI_OK;
}

int submit_put_tags(const struct args *args, json_t *params) {
    if (!args_has(args, "tag")) {
        return CLI_OK;
    }
    json_t *tags = say_need(json_array());
    submit_put(params, "tags", tags);
    const char *text = NULL;
    for (size_t i = 0; (text = args_nth(args, "tag", i)); i++) {
        json_t *one = submit_utf8("tag", text);
        if (!one) {
            return CLI_FAILED;
        }
        if (json_array_append_new(tags, one) < 0) {
            say_no_memory();
        }
    }
    return CLI_OK;
}

/* What it asks of a cluster. */
static int put_placement(const struct args *args, json_t *params) {
    static const char *const texts[] = {"on",      "nodes", "mem",  "partition",
                                        "account", "qos",   "array"};
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < sizeof texts / sizeof *texts; i++) {
        status = put_text(args, params, texts[i]);
    }
    status = status ? status : put_number(args, params, "ntasks", 1, CORES_MAX);
    return status ? status : put_number(args, params, "cpus", 1, CORES_MAX);
}

int submit_limits(const struct args *args, json_t *params) {
    int status = put_time_limit(args, params);
    return status ? status : put_number(args, params, "chain", 0, CHAIN_MAX);
}

int submit_options(const struct args *args, json_t *params) {
    static const char *const switches[] = {"queue", "copy", "hold", "force"};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (args_has(args, switches[i])) {
            submit_put(params, switches[i], json_true());
        }
    }
    int status = put_number(args, params, "cores", 1, CORES_MAX);
    status = status ? status : put_number(args, params, "pools", 1, CORES_MAX);
    status = status ? status
                    : put_number(args, params, "priority", -PRIORITY_MAX, PRIORITY_MAX);
    status = status ? status : put_number(args, params, "retries", 0, RETRIES_MAX);
    status = status ? status : put_text(args, params, "name");
    status = status ? status : put_text(args, params, "note");
    status = status ? status : put_placement(args, params);
    status = status ? status : put_memory(args, params);
    status = status ? status : submit_limits(args, params);
    status = status ? status : put_begin(args, params);
    status = status ? status : put_after(args, params);
    return status ? status : submit_put_tags(args, params);
}
