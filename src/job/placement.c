/* The table of keys, and the text that keeps them. No value has a newline. */
#include "job/placement.h"

#include "base/buf.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

static const struct placement_setting settings[PLACEMENT_KEYS] = {
    [PLACEMENT_NODES] = {"nodes", "how many nodes, such as 2 or 1-4"},
    [PLACEMENT_NTASKS] = {"ntasks", "how many processes"},
    [PLACEMENT_CPUS] = {"cpus", "cores of each process"},
    [PLACEMENT_MEM] = {"mem", "memory of each node, such as 4G"},
    [PLACEMENT_PARTITION] = {"partition", "the part of the cluster"},
    [PLACEMENT_ACCOUNT] = {"account", "who pays"},
    [PLACEMENT_QOS] = {"qos", "quality of service"},
    [PLACEMENT_ARRAY] = {"array", "the numbers of tasks, such as 0-9 or 1,3,5-7%2"},
    [PLACEMENT_NAME] = {"name", "what Slurm calls it"},
    [PLACEMENT_ID] = {"id", "Slurm's number of it"},
    [PLACEMENT_ADOPTED] = {"adopted", "whether it was submitted by hand"},
    [PLACEMENT_DIRECTORY] = {"directory", "where it runs there"},
    [PLACEMENT_STEPS] = {"steps", "what is done there before"},
    [PLACEMENT_TASKS] = {"tasks", "how its tasks are"},
};

const struct placement_setting *placement_setting(enum placement_key key) {
    return &settings[key];
}

/* Letters that mean something neither to a shell nor in a line of a batch script. */
static const char *allowed(enum placement_key key) {
    switch (key) {
    case PLACEMENT_NTASKS:
    case PLACEMENT_CPUS:
        return "0123456789";
    case PLACEMENT_NODES:
        return "0123456789-";
    case PLACEMENT_ARRAY:
        return "0123456789-,:%";
    case PLACEMENT_MEM:
        return "0123456789KMGTkmgt";
    default:
        return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,:+-@%="
               "/";
    }
}

int placement_check(enum placement_key key, const char *value, struct errmsg *msg) {
    size_t n = strlen(value);
    bool number = key <= PLACEMENT_MEM;
    if (n == 0 || n >= PLACEMENT_VALUE_SIZE || value[0] == '-' ||
        strspn(value, allowed(key)) != n || (number && strspn(value, "0") == n)) {
        return errmsg_set(msg, -EINVAL, "%s: '%.100s' cannot be %s", settings[key].name,
                          value, settings[key].text);
    }
    return 0;
}

/* Where the line of a key stands, and how long its value is; NULL: nowhere. */
static const char *find(const char *text, const char *name, size_t *n) {
    size_t length = strlen(name);
    while (text && *text) {
        size_t line = strcspn(text, "\n");
        if (line > length && text[length] == '=' && strncmp(text, name, length) == 0) {
            *n = line - length - 1;
            return text + length + 1;
        }
        text += line + (text[line] == '\n');
    }
    return NULL;
}

const char *placement_get(const char *text, enum placement_key key,
                          char out[PLACEMENT_VALUE_SIZE]) {
    size_t n = 0;
    const char *value = find(text, settings[key].name, &n);
    n = !value ? 0 : n < PLACEMENT_VALUE_SIZE ? n : PLACEMENT_VALUE_SIZE - 1;
    if (n > 0) {
        memcpy(out, value, n);
    }
    out[n] = '\0';
    return out;
}

const char *placement_find(const char *text, enum placement_key key, size_t *n) {
    return find(text, settings[key].name, n);
}

int64_t placement_id(const char *text) {
    char space[PLACEMENT_VALUE_SIZE];
    int64_t id = 0;
    return str_to_int64(placement_get(text, PLACEMENT_ID, space), 1, INT64_MAX, &id) ==
                   0
               ? id
               : 0;
}

int placement_set(char **text, enum placement_key key, const char *value) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    int r = 0;
    for (size_t i = 0; r == 0 && i < PLACEMENT_KEYS; i++) {
        size_t n = strlen(value);
        const char *one = i == (size_t)key ? value : find(*text, settings[i].name, &n);
        if (one && n > 0) {
            r = buf_printf(&out, "%s=", settings[i].name);
            r = r ? r : buf_append(&out, one, n);
            r = r ? r : buf_append_str(&out, "\n");
        }
    }
    char *whole = r == 0 ? buf_take_string(&out) : NULL;
    if (!whole) {
        return -ENOMEM;
    }
    free(*text);
    *text = whole;
    return 0;
}
