/* What an input of pw.x says of other files and of limits, and an input with one thing
 * changed. The same reader as for the check finds the places, so that what it takes for
 * a value is what is replaced; everything else is copied byte for byte. */
#include "codes/qe/pwx_input.h"

#include "base/fortran.h"
#include "base/path.h"
#include "base/str.h"
#include "codes/qe/pwx_check.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_SIZE = 64, /* longer than any variable's name with its index */
};

static struct pwx_check check_of(const char *file, const char *text, size_t n,
                                 struct pwx_sought *sought, size_t n_sought, long *line,
                                 struct errmsg *msg) {
    return (struct pwx_check){
        .file = file,
        .text = text,
        .end = text + n,
        .at = text,
        .line = 1,
        .sought = sought,
        .n_sought = n_sought,
        .error_line = line,
        .msg = msg,
    };
}

/* ---- files ---- */

static const char *env_value(char *const *env, const char *key) {
    size_t n = strlen(key);
    for (; env && *env; env++) {
        if (strncmp(*env, key, n) == 0 && (*env)[n] == '=') {
            return *env + n + 1;
        }
    }
    return NULL;
}

/* A value as pw.x takes it: blanks at its ends do not count, and two quotes are one.
 * NULL when memory runs out. */
static char *text_of(const struct pwx_sought *sought) {
    const struct pwx_slice *value = &sought->value;
    char *text = malloc(value->n + 1);
    size_t n = 0;
    for (size_t i = 0; text && i < value->n; i++) {
        text[n++] = value->text[i];
        if (value->text[i] == sought->quote && i + 1 < value->n) {
            i++;
        }
    }
    while (n > 0 && text[n - 1] == ' ') {
        n--;
    }
    size_t blanks = 0;
    while (blanks < n && text[blanks] == ' ') {
        blanks++;
    }
    if (text) {
        memmove(text, text + blanks, n - blanks);
        text[n - blanks] = '\0';
    }
    return text;
}

/* What stands between a folder, "" for this one, and a name in it. */
static const char *slash_behind(const char *folder) {
    return str_ends_with(folder, "/") ? "" : "/";
}

/* Where pw.x looks for pseudopotentials; NULL when memory runs out. */
static char *pseudo_dir(const struct pwx_sought *given, char *const *env) {
    const char *set = env_value(env, "ESPRESSO_PSEUDO");
    const char *home = env_value(env, "HOME");
    char *path = NULL;
    if (given->from) {
        return text_of(given);
    }
    if (set) {
        return strdup(set);
    }
    return str_printf(&path, "%s/espresso/pseudo", home ? home : "") < 0 ? NULL : path;
}

static int name_stop_file(const struct pwx_sought *outdir,
                          const struct pwx_sought *prefix, char *const *env,
                          struct code_files *out) {
    const char *set = env_value(env, "ESPRESSO_TMPDIR");
    _cleanup_free_ char *folder =
        outdir->from ? text_of(outdir) : strdup(set ? set : ".");
    _cleanup_free_ char *stem = prefix->from ? text_of(prefix) : strdup("pwscf");
    out->stop_text = strdup("");
    if (!folder || !stem || !out->stop_text) {
        return -ENOMEM;
    }
    return str_printf(&out->stop_file, "%s%s%s.EXIT", *folder ? folder : ".",
                      slash_behind(folder), stem);
}

static int name_pseudos(const struct pwx_check *check, const char *folder,
                        struct code_files *out) {
    out->read = calloc(check->n_species + 1, sizeof(*out->read));
    if (!out->read) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < check->n_species; i++) {
        const struct pwx_slice *file = &check->pseudo[i];
        _cleanup_free_ char *name = strndup(file->text, file->n);
        if (!name || str_printf(&out->read[i], "%s%s%s", *folder ? folder : ".",
                                slash_behind(folder), name) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

int pwx_input_files(const char *input, const char *text, size_t n, char *const *env,
                    struct code_files *out) {
    (void)input;
    enum { OUTDIR, PREFIX, PSEUDO_DIR, SOUGHT };
    struct pwx_sought sought[SOUGHT] = {
        [OUTDIR] = {.namelist = PWX_CONTROL, .name = "outdir"},
        [PREFIX] = {.namelist = PWX_CONTROL, .name = "prefix"},
        [PSEUDO_DIR] = {.namelist = PWX_CONTROL, .name = "pseudo_dir"},
    };
    long line = 0;
    struct pwx_check check = check_of("", text, n, sought, SOUGHT, &line, NULL);
    /* What is wrong behind the namelists does not matter here. */
    (void)pwx_check_all(&check);
    _cleanup_free_ char *folder = pseudo_dir(&sought[PSEUDO_DIR], env);
    int r =
        folder ? name_stop_file(&sought[OUTDIR], &sought[PREFIX], env, out) : -ENOMEM;
    return r ? r : name_pseudos(&check, folder, out);
}

/* ---- limits ---- */

static bool read_limit(const struct pwx_sought *sought, double *out) {
    char space[64];
    const struct pwx_slice *value = &sought->value;
    const char *at = space;
    if (!value->text || value->n >= sizeof space) {
        return false;
    }
    memcpy(space, value->text, value->n);
    space[value->n] = '\0';
    return fortran_real(&at, out) && *out > 0;
}

struct code_limits pwx_input_limits(const char *text, size_t n) {
    enum { MAXSTEP, SECONDS, SOUGHT };
    struct code_limits limits = {100, NAN}; /* unless it says otherwise */
    struct pwx_sought sought[SOUGHT] = {
        [MAXSTEP] = {.namelist = PWX_ELECTRONS, .name = "electron_maxstep"},
        [SECONDS] = {.namelist = PWX_CONTROL, .name = "max_seconds"},
    };
    long line = 0;
    double value;
    struct pwx_check check = check_of("", text, n, sought, SOUGHT, &line, NULL);
    (void)pwx_check_all(&check);
    if (read_limit(&sought[MAXSTEP], &value) && value < 1e9) {
        limits.scf_cycles = (long)value;
    }
    if (read_limit(&sought[SECONDS], &value)) {
        limits.seconds = value;
    }
    return limits;
}

/* ---- changes ---- */

/* The text with from..to replaced. */
static int replace(const char *text, size_t n, const char *from, const char *to,
                   const char *value, struct buf *out) {
    int r = buf_append(out, text, (size_t)(from - text));
    r = r ? r : buf_append_str(out, value);
    return r ? r : buf_append(out, to, (size_t)(text + n - to));
}

/* "4" or "4x4x2" into the numbers of the grid. */
static int set_grid(struct pwx_check *check, size_t n, const char *value,
                    struct buf *out) {
    long numbers[3];
    const char *at = value;
    int count = 0;
    bool more = true;
    bool positive = true;
    while (more && count < 3 && isdigit((unsigned char)*at)) {
        char *end = NULL;
        numbers[count] = strtol(at, &end, 10);
        positive = positive && numbers[count] > 0;
        more = *end == 'x';
        at = end + (more ? 1 : 0);
        count++;
    }
    if (more || *at || !positive || count == 2) {
        return errmsg_set(check->msg, CODE_E_INPUT,
                          "kpoints takes a number of points such as 4, or three such "
                          "as 4x4x2, not %s",
                          value);
    }
    if (!check->grid[0].text) {
        return errmsg_set(
            check->msg, CODE_E_INPUT,
            "%s: kpoints sets the numbers of \"K_POINTS automatic\"; this "
            "input has other k points",
            check->file);
    }
    char words[80];
    (void)snprintf(words, sizeof(words), "%ld %ld %ld", numbers[0],
                   numbers[count == 3 ? 1 : 0], numbers[count == 3 ? 2 : 0]);
    const struct pwx_slice *last = &check->grid[2];
    return replace(check->text, n, check->grid[0].text, last->text + last->n, words,
                   out);
}

/* "celldm( 3 )" into a name in small letters and the index, without blanks, in `space`.
 */
static bool read_name(const char *name, char space[NAME_SIZE],
                      struct pwx_sought *sought) {
    size_t n = 0;
    for (; *name; name++) {
        if (isspace((unsigned char)*name)) {
            continue;
        }
        if (n == NAME_SIZE - 1) {
            return false;
        }
        space[n++] = (char)tolower((unsigned char)*name);
    }
    space[n] = '\0';
    char *open = strchr(space, '(');
    sought->name = space;
    if (open) {
        if (space[n - 1] != ')' || open + 2 >= space + n) {
            return false;
        }
        sought->index = (struct pwx_slice){open + 1, (size_t)(space + n - 2 - open), 0};
        *open = '\0';
    }
    return *space != '\0';
}

static int find_variable(const char *name, char space[NAME_SIZE],
                         struct pwx_sought *sought,
                         const struct pwx_variable **variable, struct errmsg *msg) {
    if (!read_name(name, space, sought)) {
        return errmsg_set(msg, CODE_E_INPUT, "'%s' is no name of a variable", name);
    }
    size_t n = strlen(sought->name);
    sought->namelist = pwx_variable_home(sought->name, n);
    if (sought->namelist == PWX_NAMELISTS) {
        const char *near = NULL;
        for (int i = 0; i < PWX_NAMELISTS && !near; i++) {
            near = pwx_variable_nearest((enum pwx_namelist)i, sought->name, n);
        }
        return errmsg_set(msg, CODE_E_INPUT, "pw.x has no variable %s%s%s%s",
                          sought->name, near ? "; did you mean " : "", near ? near : "",
                          near ? "?" : "");
    }
    *variable = pwx_variable_find(sought->namelist, sought->name, n);
    sought->name = (*variable)->name;
    if ((*variable)->rank > 0 && !sought->index.text) {
        return errmsg_set(msg, CODE_E_INPUT, "%s needs its index, as in %s(1)",
                          sought->name, sought->name);
    }
    return 0;
}

/* The value as it is written: strings with quotes, unless they have them already. */
static int write_value(const struct pwx_variable *variable, const char *value,
                       char **out) {
    if (variable->type != PWX_STRING || *value == '\'' || *value == '"') {
        *out = strdup(value);
        return *out ? 0 : -ENOMEM;
    }
    _cleanup_buf_ struct buf text = BUF_NULL;
    int r = buf_append_str(&text, "'");
    for (const char *at = value; r == 0 && *at; at++) {
        r = buf_append(&text, *at == '\'' ? "''" : at, *at == '\'' ? 2 : 1);
    }
    r = r ? r : buf_append_str(&text, "'");
    *out = r ? NULL : buf_take_string(&text);
    return *out ? 0 : -ENOMEM;
}

static int check_value(const struct pwx_variable *variable, const char *value,
                       struct errmsg *msg) {
    bool text = variable->type == PWX_STRING;
    const char *fault = pwx_value_fault(variable->type, value, strlen(value), text);
    for (const char *at = value; *at; at++) {
        if ((unsigned char)*at < 0x20 || (!text && isspace((unsigned char)*at))) {
            fault = "takes one value, on one line";
        }
    }
    return fault ? errmsg_set(msg, CODE_E_INPUT, "%s = %s: %s %s", variable->name,
                              value, variable->name, fault)
                 : 0;
}

/* In front of the sign that closes its namelist, where the last word is spoken. */
static int insert(const struct pwx_check *check, size_t n,
                  const struct pwx_sought *sought, const char *value, struct buf *out) {
    const char *close = check->namelist_end[sought->namelist];
    _cleanup_free_ char *line = NULL;
    if (!close) {
        return errmsg_set(check->msg, CODE_E_INPUT,
                          "%s: %s belongs in &%s, which this calculation does not read",
                          check->file, sought->name,
                          pwx_namelist_name(sought->namelist));
    }
    int r = sought->index.text
                ? str_printf(&line, "  %s(%.*s) = %s\n", sought->name,
                             (int)sought->index.n, sought->index.text, value)
                : str_printf(&line, "  %s = %s\n", sought->name, value);
    return r ? r : replace(check->text, n, close, close, line, out);
}

static bool is_grid(const char *name) {
    return strcasecmp(name, "kpoints") == 0 || strcasecmp(name, "k_points") == 0;
}

int pwx_input_set(const char *file, const char *text, size_t n, const char *name,
                  const char *value, struct buf *out, struct errmsg *msg) {
    char space[NAME_SIZE];
    long line = 0;
    struct pwx_sought sought = {.namelist = PWX_NAMELISTS, .name = ""};
    const struct pwx_variable *variable = NULL;
    _cleanup_free_ char *written = NULL;
    bool grid = is_grid(name);
    int r = grid ? 0 : find_variable(name, space, &sought, &variable, msg);
    if (r == 0 && !grid) {
        r = check_value(variable, value, msg);
        r = r ? r : write_value(variable, value, &written);
    }
    if (r != 0) {
        return r;
    }
    struct pwx_check check = check_of(file, text, n, &sought, 1, &line, msg);
    r = pwx_check_all(&check);
    if (r != 0) {
        return r;
    }
    if (grid) {
        return set_grid(&check, n, value, out);
    }
    return sought.from ? replace(text, n, sought.from, sought.to, written, out)
                       : insert(&check, n, &sought, written, out);
}

int pwx_input_move(const char *file, const char *text, size_t n, const char *folder,
                   struct buf *out, struct errmsg *msg) {
    struct pwx_sought sought = {.namelist = PWX_CONTROL, .name = "pseudo_dir"};
    long line = 0;
    struct pwx_check check = check_of(file, text, n, &sought, 1, &line, msg);
    int r = pwx_check_all(&check);
    if (r != 0) {
        return r;
    }
    _cleanup_free_ char *given = sought.from ? text_of(&sought) : NULL;
    _cleanup_free_ char *moved = NULL;
    if (!given) {
        return sought.from ? -ENOMEM : buf_append(out, text, n);
    }
    if (given[0] == '/') {
        return buf_append(out, text, n);
    }
    r = path_join(&moved, folder, given);
    return r ? r : pwx_input_set(file, text, n, "pseudo_dir", moved, out, msg);
}
