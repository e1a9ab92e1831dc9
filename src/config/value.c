/* One value: from text, to text, and the words for what a key takes. Units are those of
 * people: 90, 1.5m, 2h and 3d for times, 512M and 16G for sizes. */
#include "config/config_internal.h"

#include "base/nearest.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct unit {
    char letter;
    int64_t times;
};

static const struct unit times[] = {
    {'d', 86400000}, {'h', 3600000}, {'m', 60000}, {'s', 1000}, {'\0', 0}};
static const struct unit sizes[] = {
    {'T', INT64_C(1) << 40}, {'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {'\0', 0}};

/* "1.5h": a decimal number and perhaps a unit, rounded up to a whole number of the
 * smallest. False when it is none, or too large to be any. */
static bool read_scaled(const char *text, const struct unit *units, int64_t plain,
                        int64_t *out) {
    size_t n = strspn(text, "0123456789.");
    char number[32];
    if (n == 0 || n >= sizeof number || strlen(text + n) > 1) {
        return false;
    }
    memcpy(number, text, n);
    number[n] = '\0';
    char *end = NULL;
    double value = strtod(number, &end);
    const struct unit *unit = units;
    while (unit->letter && unit->letter != text[n]) {
        unit++;
    }
    if (*end || (text[n] && !unit->letter)) {
        return false;
    }
    value = ceil(value * (double)(text[n] ? unit->times : plain));
    if (!(value >= 0 && value < 0x1p63)) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

/* The shortest way to write it without a fraction. */
static int write_scaled(char **out, const struct unit *units, int64_t plain,
                        int64_t value) {
    for (; units->letter; units++) {
        if (value > 0 && units->times > plain && value % units->times == 0) {
            return str_printf(out, "%" PRId64 "%c", value / units->times,
                              units->letter);
        }
    }
    return value % plain == 0 ? str_printf(out, "%" PRId64, value / plain)
                              : str_printf(out, "%g", (double)value / (double)plain);
}

static int describe_range(struct buf *out, const struct config_entry *entry) {
    bool is_time = entry->type == CONFIG_SECONDS;
    const struct unit *units = is_time ? times + 3 : sizes;
    _cleanup_free_ char *min = NULL;
    _cleanup_free_ char *max = NULL;
    int r = write_scaled(&min, units, is_time ? 1000 : 1, entry->min);
    r = r ? r : write_scaled(&max, units, is_time ? 1000 : 1, entry->max);
    return r ? r
             : buf_printf(out, "%s (or a number with %s) from %s to %s",
                          is_time ? "seconds" : "bytes",
                          is_time ? "s, m, h or d" : "K, M, G or T", min, max);
}

static int describe_words(struct buf *out, const struct config_entry *entry) {
    bool one = entry->type == CONFIG_CHOICE;
    int r = buf_append_str(out, one ? "" : "none, or some of ");
    for (const char *const *word = entry->words; *word && r == 0; word++) {
        const char *gap = word == entry->words ? ""
                          : word[1]            ? ", "
                          : one                ? " or "
                                               : " and ";
        r = buf_printf(out, "%s%s", gap, *word);
    }
    return r;
}

int config_describe(struct buf *out, const struct config_entry *entry) {
    switch (entry->type) {
    case CONFIG_COUNT:
        return buf_printf(out, "a whole number from %" PRId64 " to %" PRId64,
                          entry->min, entry->max);
    case CONFIG_SECONDS:
    case CONFIG_SIZE:
        return describe_range(out, entry);
    case CONFIG_CHOICE:
    case CONFIG_CHOICES:
        return describe_words(out, entry);
    case CONFIG_PATH:
        return buf_append_str(out, "a path that begins with / or ~/");
    case CONFIG_PAIRS:
        return buf_append_str(out, "words such as NAME=value");
    case CONFIG_LINES:
    case CONFIG_TEXT:
        break;
    }
    return buf_append_str(out, "any text");
}

static int refuse(const struct config_entry *entry, const char *text,
                  struct errmsg *msg) {
    _cleanup_buf_ struct buf takes = BUF_NULL;
    int r = config_describe(&takes, entry);
    return r ? r
             : errmsg_set(msg, CONFIG_E_VALUE, "%s takes %.*s, not '%s'", entry->name,
                          (int)buf_len(&takes), buf_bytes(&takes), text);
}

/* The place of one of the words; -1 with the nearest of them, or NULL. */
static int64_t find_word(const struct config_entry *entry, const char *word, size_t n,
                         const char **near) {
    struct nearest nearest;
    nearest_init(&nearest, word, n);
    for (int64_t i = 0; entry->words[i]; i++) {
        if (strlen(entry->words[i]) == n && memcmp(entry->words[i], word, n) == 0) {
            return i;
        }
        nearest_offer(&nearest, entry->words[i]);
    }
    *near = nearest.best;
    return -1;
}

static int refuse_word(const struct config_entry *entry, const char *word, size_t n,
                       const char *near, struct errmsg *msg) {
    _cleanup_free_ char *copy = strndup(word, n);
    if (!copy) {
        return -ENOMEM;
    }
    return near
               ? errmsg_set(msg, CONFIG_E_VALUE, "%s knows no '%s'; did you mean '%s'?",
                            entry->name, copy, near)
               : refuse(entry, copy, msg);
}

static int read_choices(const struct config_entry *entry, const char *text,
                        int64_t *out, struct errmsg *msg) {
    static const char gaps[] = ", \t";
    int64_t bits = 0;
    if (strcmp(text, "none") == 0) {
        text = "";
    }
    for (const char *at = text + strspn(text, gaps); *at;) {
        size_t n = strcspn(at, gaps);
        const char *near = NULL;
        int64_t place = find_word(entry, at, n, &near);
        if (place < 0) {
            return refuse_word(entry, at, n, near, msg);
        }
        bits |= INT64_C(1) << place;
        at += n + strspn(at + n, gaps);
    }
    *out = bits;
    return 0;
}

static int read_path(const struct config_entry *entry, const char *text, char **out,
                     struct errmsg *msg) {
    int r = text[0] == '/' || str_starts_with(text, "~/") ? path_expand_home(out, text)
                                                          : CONFIG_E_VALUE;
    return r == CONFIG_E_VALUE || r == -ENOENT ? refuse(entry, text, msg) : r;
}

/* Each word is the name of a variable, = and its value. */
static bool are_pairs(const char *text) {
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char digits[] = "0123456789";
    for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
        size_t n = strspn(text, first);
        while (n > 0 && (strchr(first, text[n]) || strchr(digits, text[n])) &&
               text[n]) {
            n++;
        }
        if (n == 0 || text[n] != '=') {
            return false;
        }
        text += strcspn(text, " \t");
    }
    return true;
}

int config_value_read(const struct config_entry *entry, const char *text,
                      struct config_held *out, struct errmsg *msg) {
    int64_t number = 0;
    const char *near = NULL;
    bool good = false;
    switch (entry->type) {
    case CONFIG_COUNT:
        good = str_to_int64(text, entry->min, entry->max, &number) == 0;
        break;
    case CONFIG_SECONDS:
        good = read_scaled(text, times, 1000, &number);
        break;
    case CONFIG_SIZE:
        good = read_scaled(text, sizes, 1, &number);
        break;
    case CONFIG_CHOICE:
        number = find_word(entry, text, strlen(text), &near);
        if (number < 0) {
            return refuse_word(entry, text, strlen(text), near, msg);
        }
        out->number = number;
        return 0;
    case CONFIG_CHOICES:
        return read_choices(entry, text, &out->number, msg);
    case CONFIG_PATH:
        return read_path(entry, text, &out->text, msg);
    case CONFIG_PAIRS:
        if (!are_pairs(text)) {
            return refuse(entry, text, msg);
        }
        out->text = strdup(text);
        return out->text ? 0 : -ENOMEM;
    case CONFIG_LINES:
    case CONFIG_TEXT:
        out->text = strdup(text);
        return out->text ? 0 : -ENOMEM;
    }
    if (!good || number < entry->min || number > entry->max) {
        return refuse(entry, text, msg);
    }
    out->number = number;
    return 0;
}

static char *write_choices(const struct config_entry *entry, int64_t bits) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    for (int64_t i = 0; entry->words[i]; i++) {
        if (bits & INT64_C(1) << i &&
            buf_printf(&out, "%s%s", buf_len(&out) ? ", " : "", entry->words[i]) < 0) {
            return NULL;
        }
    }
    return buf_len(&out) ? buf_take_string(&out) : strdup("none");
}

/* In one line, as the shell takes it. */
static char *join_lines(const char *text) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    for (const char *at = text; *at; at++) {
        if ((*at == '\n' ? buf_append_str(&out, "; ") : buf_append(&out, at, 1)) < 0) {
            return NULL;
        }
    }
    return buf_len(&out) ? buf_take_string(&out) : strdup("");
}

char *config_value(const struct config *config, enum config_key key) {
    const struct config_entry *entry = config_entry(key);
    int64_t number = config_number(config, key);
    char *out = NULL;
    switch (entry->type) {
    case CONFIG_COUNT:
        return str_printf(&out, "%" PRId64, number) < 0 ? NULL : out;
    case CONFIG_SECONDS:
        return write_scaled(&out, times + 3, 1000, number) < 0 ? NULL : out;
    case CONFIG_SIZE:
        return write_scaled(&out, sizes, 1, number) < 0 ? NULL : out;
    case CONFIG_CHOICE:
        return strdup(entry->words[number]);
    case CONFIG_CHOICES:
        return write_choices(entry, number);
    case CONFIG_LINES:
        return join_lines(config_text(config, key));
    case CONFIG_PATH:
    case CONFIG_PAIRS:
    case CONFIG_TEXT:
        break;
    }
    return strdup(config_text(config, key));
}
