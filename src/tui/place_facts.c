/* A cluster in words: how it is and what to do about it, what a test has found, what is
 * set of it. */
#include "tui/place_facts.h"

#include "tui/format.h"

#include <string.h>

static enum fact_mood mood_of(enum place_state state) {
    static const enum fact_mood moods[] = {
        [PLACE_READY] = FACT_GOOD,      [PLACE_APART] = FACT_PLAIN,
        [PLACE_UNREACHABLE] = FACT_BAD, [PLACE_NEEDS_LOGIN] = FACT_WARN,
        [PLACE_TROUBLED] = FACT_WARN,
    };

    return moods[state];
}

/* How often it was tried, and when it is next. */
static int add_tries(struct facts *facts, const struct place *place) {
    char at[FORMAT_SIZE];

    if (place->state != PLACE_UNREACHABLE) {
        return 0;
    }
    int r = facts_add(facts, "tries", FACT_PLAIN, "%d failed", place->tries);
    if (r < 0) {
        return r;
    }
    return place->next_ms > 0
               ? facts_add(facts, "next try", FACT_PLAIN, "%s; t tries now",
                           format_local_time(at, place->next_ms))
               : facts_add(facts, "next try", FACT_PLAIN,
                           "with the next job; t tries now");
}

static int add_advice(struct facts *facts, const struct place *place) {
    if (place->state == PLACE_NEEDS_LOGIN) {
        return facts_add(facts, "what to do", FACT_WARN,
                         "l gives this terminal to ssh, for a password or a code");
    }
    return place->state == PLACE_APART
               ? facts_add(facts, "what to do", FACT_QUIET,
                           "nothing: the connection is made when it is needed")
               : 0;
}

static int add_check(struct facts *facts, const char *label, const json_t *check) {
    const char *what = json_string_value(json_object_get(check, "what"));
    const char *text = json_string_value(json_object_get(check, "text"));
    const char *mend = json_string_value(json_object_get(check, "mend"));
    bool ok = json_is_true(json_object_get(check, "ok"));
    int r = facts_add(facts, label, ok ? FACT_PLAIN : FACT_BAD, "%s %s: %s",
                      ok ? "ok" : "not ok", what ? what : "?", text ? text : "");

    return r == 0 && mend ? facts_add(facts, "", FACT_WARN, "%s", mend) : r;
}

static int add_test(struct facts *facts, const struct place *place) {
    int r = 0;

    if (place->testing) {
        return facts_add(facts, "test", FACT_PLAIN, "is being made");
    }
    for (size_t i = 0; r == 0 && i < json_array_size(place->checks); i++) {
        r = add_check(facts, i > 0 ? "" : "test", json_array_get(place->checks, i));
    }
    return r;
}

static int add_jobs(struct facts *facts, const struct place *place,
                    const struct place_load *load) {
    int r = facts_add(facts, "jobs", FACT_PLAIN, "%zu running, %zu waiting",
                      load->running, load->waiting);

    return r == 0 && place->others > 0 ? facts_add(facts, "other jobs", FACT_PLAIN,
                                                   "%lld that were submitted otherwise",
                                                   (long long)place->others)
                                       : r;
}

/* The host stands in front, whatever else is set of it. */
static int add_settings(struct facts *facts, const struct place *place) {
    static const struct {
        const char *name, *label;
    } settings[] = {
        {"workdir", "folder"},   {"partition", "partition"}, {"account", "account"},
        {"qos", "qos"},          {"time", "time limit"},     {"launcher", "launcher"},
        {"max-jobs", "at once"}, {"poll", "seconds/look"},   {"setup", "setup"},
        {"option", "options"},
    };
    int r = facts_add(facts, "host", FACT_PLAIN, "%s",
                      place->host ? place->host : "this machine");

    for (size_t i = 0; r == 0 && i < sizeof settings / sizeof *settings; i++) {
        const char *value = place_setting(place, settings[i].name);
        if (value && *value) {
            r = facts_add(facts, settings[i].label, FACT_QUIET, "%s", value);
        }
    }
    return r == 0 && place_setting(place, "template")
               ? facts_add(facts, "batch script", FACT_QUIET, "a template of its own")
               : r;
}

int place_facts_build(struct facts *out, const struct place *place,
                      const struct place_load *load) {
    *out = (struct facts){0};
    int r =
        facts_add(out, "state", mood_of(place->state), "%s", place_state_word(place));
    if (r == 0 && place->trouble) {
        r = facts_add(out, "because", mood_of(place->state), "%s", place->trouble);
    }
    r = r ? r : add_tries(out, place);
    r = r ? r : add_advice(out, place);
    r = r ? r : add_test(out, place);
    r = r ? r : add_jobs(out, place, load);
    return r ? r : add_settings(out, place);
}
