/* A file is another one when the server calls it by another identity, and was cut when
 * it is smaller than it once was. A file that is gone changes nothing: what comes in
 * its place tells.
 *
 * Where a byte was no UTF-8, a text holds U+FFFD for it, and is longer than the bytes
 * that it stands for. An answer tells the next offset beside the text; a notification
 * does not, so one that holds U+FFFD is not used, and leaves the place behind. */
#include "cli/log_place.h"

#include "cli/field.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

void log_place_deinit(struct log_place *place) {
    free(place->path);
    free(place->identity);
    *place = (struct log_place){0};
}

static bool differs(const char *known, const char *now) {
    return known && now && strcmp(known, now) != 0;
}

static void keep(char **known, const char *now) {
    if (now) {
        char *copy = say_need(strdup(now));
        free(*known);
        *known = copy;
    }
}

static enum log_news what_became_of(const struct log_place *place, const char *path,
                                    const char *identity, int64_t size) {
    if (differs(place->path, path)) {
        return LOG_TRIED_AGAIN;
    }
    if (differs(place->identity, identity)) {
        return LOG_REPLACED;
    }
    if (place->identity && identity && size < place->size) {
        return LOG_CUT;
    }
    return place->again ? LOG_WRITTEN_ANEW : LOG_GOES_ON;
}

enum log_news log_place_answer(struct log_place *place, const json_t *answer) {
    const char *path = field_text(answer, "path");
    const char *identity = field_text(answer, "identity");
    int64_t size = field_int(answer, "size", 0);
    enum log_news news = what_became_of(place, path, identity, size);
    int64_t next = field_int(answer, "next_offset", place->offset);
    place->again = false;
    place->begun = true;
    place->offset = news == LOG_GOES_ON ? next : 0;
    if (identity || news != LOG_GOES_ON) {
        place->size = size;
        free(place->identity);
        place->identity = NULL;
    }
    keep(&place->path, path);
    keep(&place->identity, identity);
    return news;
}

static bool is_exact(const char *bytes, size_t n) {
    static const char unknown[] = "\xEF\xBF\xBD";
    return !memmem(bytes, n, unknown, sizeof unknown - 1);
}

bool log_place_notification(struct log_place *place, const json_t *params) {
    const json_t *text = json_object_get(params, "text");
    int64_t offset = field_int(params, "offset", -1);
    int64_t n = (int64_t)json_string_length(text);
    if (json_is_true(json_object_get(params, "again"))) {
        place->again = true;
        place->behind = true;
        return false;
    }
    bool exact = text && is_exact(json_string_value(text), (size_t)n);
    if (exact && offset + n <= place->offset) {
        return false;
    }
    if (!exact || place->behind || !place->begun || offset != place->offset) {
        place->behind = true;
        return false;
    }
    place->offset += n;
    place->size = place->size > place->offset ? place->size : place->offset;
    place->behind = !place->identity; /* an answer will tell which file that was */
    return true;
}
