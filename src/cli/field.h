/* Reading fields of the server's answers. A field that is missing, null or of another
 * type reads as "nothing there", so that an older or newer server can be listened to.
 */
#pragma once

#include <jansson.h>
#include <math.h>
#include <stdint.h>

/* NULL when there is none; borrowed. */
static inline const char *field_text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* NAN when there is none. */
static inline double field_number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static inline int64_t field_int(const json_t *object, const char *key, int64_t none) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : none;
}
