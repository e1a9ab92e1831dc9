/* A short list in the server's order, by name. */
#include "tui/places.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void places_init(struct places *places) {
    *places = (struct places){0};
}

static void place_deinit(struct place *place) {
    free(place->host);
    free(place->trouble);
    json_decref(place->set);
    json_decref(place->checks);
    *place = (struct place){0};
}

void places_deinit(struct places *places) {
    for (size_t i = 0; i < places->n; i++) {
        place_deinit(&places->items[i]);
    }
    free(places->items);
    places_init(places);
}

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static enum place_state state_of(const char *word, bool far, bool troubled) {
    if (far && word && strcmp(word, "needs login") == 0) {
        return PLACE_NEEDS_LOGIN;
    }
    if (far && word && strcmp(word, "unreachable") == 0) {
        return PLACE_UNREACHABLE;
    }
    if (troubled) {
        return PLACE_TROUBLED;
    }
    return far && (!word || strcmp(word, "connected") != 0) ? PLACE_APART : PLACE_READY;
}

/* -EINVAL: that is none. */
static int read_place(struct place *out, const json_t *cluster) {
    const char *name = text_of(cluster, "name");
    json_t *set = json_object_get(cluster, "settings");
    const char *host = text_of(set, "ssh");
    const char *trouble = text_of(cluster, "trouble");
    const char *next = text_of(cluster, "next_try_at");
    const json_t *others = json_object_get(cluster, "others");

    *out = (struct place){0};
    if (!name || strlen(name) >= sizeof out->name) {
        return -EINVAL;
    }
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    out->host = host ? strdup(host) : NULL;
    out->trouble = trouble ? strdup(trouble) : NULL;
    out->set = json_is_object(set) ? json_incref(set) : json_object();
    out->state = state_of(text_of(cluster, "state"), host, trouble);
    out->tries = (int)json_integer_value(json_object_get(cluster, "tries"));
    out->others = json_is_integer(others) ? json_integer_value(others) : -1;
    if (next) {
        (void)clock_parse_iso8601(next, &out->next_ms);
    }
    if (!out->host != !host || !out->trouble != !trouble || !out->set) {
        place_deinit(out);
        return -ENOMEM;
    }
    return 0;
}

static struct place *find(const struct places *places, const char *name) {
    for (size_t i = 0; i < places->n; i++) {
        if (strcmp(places->items[i].name, name) == 0) {
            return &places->items[i];
        }
    }
    return NULL;
}

/* A test that was made of it is still one. */
static void renew(struct place *old, struct place *fresh_take) {
    fresh_take->checks = TAKE_PTR(old->checks);
    fresh_take->testing = old->testing;
    place_deinit(old);
    *old = *fresh_take;
}

static int insert(struct places *places, struct place *fresh_take) {
    struct place *items =
        realloc(places->items, (places->n + 1) * sizeof *places->items);
    size_t at = 0;

    if (!items) {
        return -ENOMEM;
    }
    places->items = items;
    while (at < places->n && strcmp(items[at].name, fresh_take->name) < 0) {
        at++;
    }
    memmove(&items[at + 1], &items[at], (places->n - at) * sizeof *items);
    items[at] = *fresh_take;
    if (places->n > 0 && at <= places->selected) {
        places->selected++;
    }
    places->n++;
    return 0;
}

int places_put(struct places *places, const json_t *cluster) {
    struct place fresh;
    int r = read_place(&fresh, cluster);

    if (r < 0) {
        return r == -EINVAL ? 0 : r;
    }
    struct place *old = find(places, fresh.name);
    if (old) {
        renew(old, &fresh);
        return 0;
    }
    r = insert(places, &fresh);
    if (r < 0) {
        place_deinit(&fresh);
    }
    return r;
}

static void take_out(struct places *places, size_t at) {
    place_deinit(&places->items[at]);
    places->n--;
    memmove(&places->items[at], &places->items[at + 1],
            (places->n - at) * sizeof *places->items);
    if (at < places->selected) {
        places->selected--;
    }
    places_move(places, 0);
}

void places_remove(struct places *places, const char *name) {
    const struct place *place = find(places, name);

    if (place) {
        take_out(places, (size_t)(place - places->items));
    }
}

static bool is_among(const json_t *clusters, const char *name) {
    for (size_t i = 0; i < json_array_size(clusters); i++) {
        const char *other = text_of(json_array_get(clusters, i), "name");
        if (other && strcmp(other, name) == 0) {
            return true;
        }
    }
    return false;
}

int places_set(struct places *places, const json_t *answer) {
    const json_t *clusters = json_object_get(answer, "clusters");
    int r = 0;

    places->loaded = true;
    for (size_t i = places->n; i > 0; i--) {
        if (!is_among(clusters, places->items[i - 1].name)) {
            take_out(places, i - 1);
        }
    }
    for (size_t i = 0; r == 0 && i < json_array_size(clusters); i++) {
        r = places_put(places, json_array_get(clusters, i));
    }
    return r;
}

void places_tested(struct places *places, const char *name, const json_t *checks) {
    struct place *place = find(places, name);

    if (place) {
        place->testing = checks == NULL;
        json_decref(place->checks);
        place->checks = json_incref((json_t *)checks);
    }
}

void places_untested(struct places *places, const char *name) {
    struct place *place = find(places, name);

    if (place) {
        place->testing = false;
    }
}

const struct place *places_find(const struct places *places, const char *name) {
    return find(places, name);
}

const struct place *places_selected(const struct places *places) {
    return places->selected < places->n ? &places->items[places->selected] : NULL;
}

const struct place *places_waiting(const struct places *places) {
    for (size_t i = 0; i < places->n; i++) {
        if (places->items[i].state == PLACE_NEEDS_LOGIN) {
            return &places->items[i];
        }
    }
    return NULL;
}

const char *places_next(const struct places *places, const char *name) {
    const struct place *place = find(places, name);
    size_t next = place ? (size_t)(place - places->items) + 1 : 0;

    return (*name && !place) || next >= places->n ? "" : places->items[next].name;
}

void places_move(struct places *places, long by) {
    size_t last = places->n > 0 ? places->n - 1 : 0;
    size_t back = (size_t)(by < 0 ? -by : 0);

    if (by < 0) {
        places->selected = places->selected > back ? places->selected - back : 0;
    } else {
        places->selected += (size_t)by;
    }
    if (places->selected > last) {
        places->selected = last;
    }
}

void places_keep_in_view(struct places *places, size_t height) {
    if (places->selected < places->top) {
        places->top = places->selected;
    } else if (height > 0 && places->selected >= places->top + height) {
        places->top = places->selected - height + 1;
    }
}

const char *place_state_word(const struct place *place) {
    static const char *const words[] = {
        [PLACE_READY] = "ready",
        [PLACE_APART] = "not connected",
        [PLACE_UNREACHABLE] = "unreachable",
        [PLACE_NEEDS_LOGIN] = "needs login",
        [PLACE_TROUBLED] = "trouble",
    };

    return words[place->state];
}

const char *place_setting(const struct place *place, const char *name) {
    return text_of(place->set, name);
}
