/* The file, read line by line for libinih, which knows sections, names, comments and
 * byte-order marks, but neither line numbers nor more than the first mistake: so the
 * lines are counted here, where they are handed over, and one that came to nothing is
 * noticed when the next is asked for. Values are taken from the line itself, because
 * libinih would cut a long one, and a command at its first " ;". */
#include "config/config_internal.h"

#include "base/file.h"
#include "base/nearest.h"
#include "base/str.h"

#include <errno.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILE_BYTES_MAX = 256 * 1024,
    LINE_BYTES_MAX = 4096,
};

struct reading {
    struct config *config;
    const char *at, *end;
    int number;       /* of the present line, from 1 */
    const char *line; /* n bytes, without blanks around them */
    size_t n;
    bool awaits;  /* the line has to give a key, and has not yet */
    bool foreign; /* under a section that is not known */
    int r;        /* the first negative errno */
};

static void keep(struct reading *reading, int r) {
    reading->r = reading->r ? reading->r : r;
}

#define COMPLAIN(reading, ...)                                                         \
    keep(reading, config_complain((reading)->config, (reading)->number, __VA_ARGS__))

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool has_section(const char *name, size_t n, struct nearest *nearest) {
    nearest_init(nearest, name, n);
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        const char *section = config_entry(key)->section;
        if (strlen(section) == n && memcmp(section, name, n) == 0) {
            return true;
        }
        nearest_offer(nearest, section);
    }
    return false;
}

static void check_section(struct reading *reading) {
    const char *close = memchr(reading->line, ']', reading->n);
    if (!close) {
        COMPLAIN(reading, "the name of a section ends with ]");
        reading->foreign = true;
        return;
    }
    const char *name = reading->line + 1;
    size_t n = (size_t)(close - name);
    struct nearest nearest;
    reading->foreign = !has_section(name, n, &nearest);
    if (reading->foreign && nearest.best) {
        COMPLAIN(reading, "there is no section [%.*s]; did you mean [%s]?", (int)n,
                 name, nearest.best);
    } else if (reading->foreign) {
        COMPLAIN(reading,
                 "there is no section [%.*s]; `crystalmath config --sample` "
                 "shows all that there is",
                 (int)n, name);
    }
}

/* Take the next line off the text: without its end and blanks around it. */
static void take_line(struct reading *reading) {
    const char *end = memchr(reading->at, '\n', (size_t)(reading->end - reading->at));
    const char *next = end ? end + 1 : reading->end;
    const char *from = reading->at;
    end = end ? end : reading->end;
    if (reading->number == 0 && end - from >= 3 &&
        memcmp(from, "\xEF\xBB\xBF", 3) == 0) {
        from += 3;
    }
    while (from < end && is_blank(*from)) {
        from++;
    }
    while (from < end && is_blank(end[-1])) {
        end--;
    }
    reading->at = next;
    reading->line = from;
    reading->n = (size_t)(end - from);
    reading->number++;
}

/* Whether libinih may see the line. */
static bool accept_line(struct reading *reading) {
    if (reading->n > LINE_BYTES_MAX) {
        COMPLAIN(reading,
                 "the line is longer than %d bytes; put a long command into a "
                 "script of its own",
                 LINE_BYTES_MAX);
        return false;
    }
    if (!str_is_utf8(reading->line, reading->n)) {
        COMPLAIN(reading, "the line is not UTF-8 text; write it again, or convert the "
                          "file with iconv");
        return false;
    }
    for (size_t i = 0; i < reading->n; i++) {
        unsigned char c = (unsigned char)reading->line[i];
        if ((c < ' ' && c != '\t') || c == 0x7F) {
            COMPLAIN(reading, "the line has a control character in it; take it out");
            return false;
        }
    }
    return true;
}

/* For libinih: the next line, or as much of it as `size` holds. */
static char *next_line(char *out, int size, void *stream) {
    struct reading *reading = stream;
    if (reading->awaits) {
        COMPLAIN(reading,
                 "'%.*s%s' is neither [section] nor key = value; a comment "
                 "begins with # or ;",
                 (int)str_utf8_uncut(reading->line, reading->n < 60 ? reading->n : 60),
                 reading->line, reading->n > 60 ? "…" : "");
        reading->awaits = false;
    }
    if (reading->at == reading->end) {
        return NULL;
    }
    take_line(reading);
    size_t n = accept_line(reading) ? reading->n : 0;
    if (n > 0 && reading->line[0] == '[') {
        check_section(reading);
    } else if (n > 0 && reading->line[0] != '#' && reading->line[0] != ';') {
        reading->awaits = true;
    }
    n = n < (size_t)size - 2 ? n : (size_t)size - 2;
    memcpy(out, reading->line, n);
    out[n] = '\n';
    out[n + 1] = '\0';
    return out;
}

static void refuse_key(struct reading *reading, const char *section, const char *name) {
    struct nearest nearest;
    const char *elsewhere = NULL;
    nearest_init(&nearest, name, strlen(name));
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        const struct config_entry *entry = config_entry(key);
        if (strcmp(entry->name, name) == 0) {
            elsewhere = entry->section;
        }
        if (strcmp(entry->section, section) == 0) {
            nearest_offer(&nearest, entry->name);
        }
    }
    if (elsewhere) {
        COMPLAIN(reading, "%s stands under %s%s%s and belongs under [%s]", name,
                 *section ? "[" : "", *section ? section : "no section",
                 *section ? "]" : "", elsewhere);
    } else if (nearest.best) {
        COMPLAIN(reading, "[%s] has no key '%s'; did you mean '%s'?", section, name,
                 nearest.best);
    } else if (!*section) {
        COMPLAIN(reading, "'%s' stands before the first [section]", name);
    } else {
        COMPLAIN(reading,
                 "[%s] has no key '%s'; `crystalmath config --sample` shows all "
                 "that there is",
                 section, name);
    }
}

/* The value that stands in the line, without a comment behind it: "  ; …", "  # …".
 * What is text has no comments. Freed by the caller; NULL when memory runs out. */
static char *value_of_line(const struct reading *reading, bool is_text) {
    const char *end = reading->line + reading->n;
    const char *from = reading->line;
    while (*from != '=' && *from != ':') {
        from++;
    }
    from++;
    while (from < end && is_blank(*from)) {
        from++;
    }
    for (const char *at = from; at < end && !is_text; at++) {
        if ((*at == ';' || *at == '#') && is_blank(at[-1])) {
            end = at;
        }
    }
    while (from < end && is_blank(end[-1])) {
        end--;
    }
    return strndup(from, from < end ? (size_t)(end - from) : 0);
}

static void set_key(struct reading *reading, enum config_key key) {
    const struct config_entry *entry = config_entry(key);
    const struct config_held *held = &reading->config->values[key];
    bool more = held->line > 0 && entry->type == CONFIG_LINES;
    if (held->line > 0 && !more) {
        COMPLAIN(reading, "%s stands in line %d as well; keep one of them", entry->name,
                 held->line);
        return;
    }
    bool is_text = entry->type == CONFIG_TEXT || entry->type == CONFIG_LINES;
    _cleanup_free_ char *value = value_of_line(reading, is_text);
    _cleanup_free_ char *lines = NULL;
    struct errmsg msg = ERRMSG_NULL;
    int r = value ? 0 : -ENOMEM;
    if (r == 0 && more) {
        r = str_printf(&lines, "%s\n%s", held->text, value);
    }
    if (r == 0) {
        r = config_set(reading->config, key, lines ? lines : value, CONFIG_FROM_FILE,
                       more ? held->line : reading->number, &msg);
    }
    if (r > 0) {
        COMPLAIN(reading, "%s", msg.text);
    } else {
        keep(reading, r);
    }
}

/* For libinih: a line gave a key. */
static int on_key(void *user, const char *section, const char *name,
                  const char *value) {
    struct reading *reading = user;
    (void)value;
    reading->awaits = false;
    if (reading->foreign) {
        return 1;
    }
    enum config_key key = config_find(section, name);
    if (key < CONFIG_KEYS) {
        set_key(reading, key);
    } else {
        refuse_key(reading, section, name);
    }
    return 1;
}

/* Commands stand in it, so nobody else may have written it. */
static int check_owner(struct config *config) {
    struct stat st;
    if (stat(config->path, &st) < 0) {
        return 0;
    }
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        return config_complain(config, 0,
                               "the file belongs to another user, who could have any "
                               "command run as you; put a copy of your own there");
    }
    if (st.st_mode & S_IWOTH) {
        return config_complain(config, 0,
                               "anybody may write to the file and have any command run "
                               "as you; type: chmod o-w '%s'",
                               config->path);
    }
    return 0;
}

int config_read_file(struct config *config) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    char space[128];
    int r = file_read(config->path, FILE_BYTES_MAX, &text);
    if (r == -ENOENT || r == -ENOTDIR || r == -ENOMEM) {
        return r == -ENOMEM ? r : 0;
    }
    config->exists = true;
    if (r == -EFBIG) {
        return config_complain(config, 0,
                               "the file is larger than %d KiB; it is "
                               "hardly a configuration",
                               FILE_BYTES_MAX / 1024);
    }
    if (r < 0) {
        return config_complain(config, 0, "the file cannot be read: %s",
                               r == -EINVAL ? "it is no regular file"
                                            : errmsg_errno(r, space, sizeof space));
    }
    const char *bytes = buf_bytes(&text);
    struct reading reading = {
        .config = config, .at = bytes, .end = bytes + buf_len(&text)};
    r = check_owner(config);
    if (r == 0 && ini_parse_stream(next_line, &reading, on_key, &reading) == -2) {
        r = -ENOMEM;
    }
    return r ? r : reading.r;
}
