/* VASP as one of the codes. Its input is a folder; the INCAR in it stands for that.
 * VASP is licensed and not redistributable, so it was not at hand to be run: how it is
 * called is known from its manual. */
#include "codes/code_internal.h"

#include "base/str.h"
#include "codes/vasp/vasp_input.h"
#include "codes/vasp/vasp_scan.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* Tags that hardly an INCAR is without; other programs have none of them. */
static bool is_tag(const char *name, size_t n) {
    static const char *const tags[] = {
        "SYSTEM", "ENCUT", "PREC",   "ISTART", "ICHARG", "ISPIN",  "ISMEAR",
        "SIGMA",  "EDIFF", "EDIFFG", "NSW",    "IBRION", "ISIF",   "ALGO",
        "IALGO",  "NELM",  "LREAL",  "LWAVE",  "LCHARG", "LORBIT", "MAGMOM",
    };
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        if (strlen(tags[i]) == n && strncasecmp(tags[i], name, n) == 0) {
            return true;
        }
    }
    return false;
}

struct tags {
    int known;
    bool other; /* a line that no INCAR has */
};

/* "ENCUT = 400", perhaps with a comment behind it; "TAG = 1; TAG = 2". */
static int look_at_line(void *data, const char *line, long number, bool whole) {
    struct tags *tags = data;
    const char *text = line + strspn(line, " \t");
    (void)number;
    (void)whole;
    if (!*text || *text == '#' || *text == '!') {
        return 0;
    }
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '_') {
        n++;
    }
    const char *behind = text + n + strspn(text + n, " \t");
    if (n > 0 && *behind == '=') {
        tags->known += is_tag(text, n);
    } else if (tags->known == 0) {
        tags->other = true;
    }
    return tags->other;
}

static bool is_incar(const char *text, size_t n) {
    struct line_reader reader = {0};
    struct tags tags = {0};
    if (line_reader_feed(&reader, text, n, look_at_line, &tags) == 0) {
        (void)line_reader_end(&reader, look_at_line, &tags);
    }
    return !tags.other && tags.known >= 2;
}

static int check_input(const char *file, const char *text, size_t n, long *line,
                       struct errmsg *msg) {
    (void)file;
    (void)text;
    (void)n;
    (void)line;
    (void)msg;
    return 0;
}

/* Whether a tag has one of these numbers, of one digit or two. */
static bool has_number(const char *text, size_t n, const char *name,
                       const char *const *numbers) {
    struct vasp_tag tag;
    bool found = vasp_incar_find(text, n, name, &tag);
    for (; found && *numbers; numbers++) {
        if (strlen(*numbers) == tag.n && memcmp(*numbers, tag.value, tag.n) == 0) {
            return true;
        }
    }
    return false;
}

/* The POTCAR is the licensor's: only its checksum is kept, and a copy of the folder
 * gets a link to it. */
static int name_files(const char *input, const char *text, size_t n, char *const *env,
                      struct code_files *out) {
    static const char *const charges[] = {"1", "11", NULL};
    static const char *const starts[] = {"1", "2", "3", NULL};
    struct words read = {NULL, 0};
    struct words licensed = {NULL, 0};
    (void)input;
    (void)env;
    int r = words_add(&read, "POSCAR");
    r = r ? r : words_add(&read, "KPOINTS");
    if (r == 0 && has_number(text, n, "ICHARG", charges)) {
        r = words_add(&read, "CHGCAR");
    }
    if (r == 0 && has_number(text, n, "ISTART", starts)) {
        r = words_add(&read, "WAVECAR");
    }
    r = r ? r : words_add(&licensed, "POTCAR");
    out->read = read.words;
    out->licensed = licensed.words;
    out->stop_file = r == 0 ? strdup("STOPCAR") : NULL;
    out->stop_text = out->stop_file ? strdup("LABORT = .TRUE.") : NULL;
    return r == 0 && !out->stop_text ? -ENOMEM : r;
}

static int set_value(const char *file, const char *text, size_t n, const char *name,
                     const char *value, struct buf *out, struct errmsg *msg) {
    (void)text;
    (void)n;
    (void)value;
    (void)out;
    return errmsg_set(msg, CODE_E_INPUT,
                      "%s is an input for VASP, in which '%s' cannot be set: that is "
                      "done in inputs of pw.x alone",
                      file, name);
}

/* An INCAR names no folders. */
static int move_input(const char *file, const char *text, size_t n, const char *folder,
                      struct buf *out, struct errmsg *msg) {
    (void)file;
    (void)folder;
    (void)msg;
    return buf_append(out, text, n);
}

/* OSZICAR is written after every cycle, OUTCAR says more. The larger vasprun.xml has
 * what they have with more digits, and is left to `crystalmath parse`. */
static int live_file(const char *input, size_t i, char **name, char **moved) {
    static const char *const names[] = {"OSZICAR", "OUTCAR"};
    (void)input;
    (void)moved;
    if (i < sizeof names / sizeof *names) {
        *name = strdup(names[i]);
        return *name ? 0 : -ENOMEM;
    }
    return 0;
}

static const char *const input_endings[] = {NULL};
static const char *const fixed_inputs[] = {"INCAR", NULL};
static const char *const std[] = {"vasp_std", "vasp", NULL};
static const char *const gam[] = {"vasp_gam", NULL};
static const char *const ncl[] = {"vasp_ncl", NULL};
static const struct code_role roles[] = {
    {"vasp_std", std, 1}, {"vasp_gam", gam, 1}, {"vasp_ncl", ncl, 1}, {NULL, NULL, 0}};
static const struct code_place places[] = {{"VASP_ROOT", "bin"}, {NULL, NULL}};

/* OUTCAR says most about the end, vasprun.xml has more digits, OSZICAR little. */
static const char *const output_names[] = {"OUTCAR", "vasprun.xml", "OSZICAR", NULL};

const struct code code_vasp = {
    .name = "vasp",
    .title = "VASP",
    .program = "vasp_std",
    .cycle_limit = "NELM",
    .is_input = is_incar,
    .is_output = vasp_scan_is_output,
    .check_input = check_input,
    .check = vasp_check,
    .files = name_files,
    .set_value = set_value,
    .move_input = move_input,
    .restart = vasp_restart,
    .programs = vasp_programs,
    .places = places,
    .roles = roles,
    .how_to_get =
        "it is licensed (www.vasp.at) and cannot be had from here; then put it "
        "on PATH, set VASP_ROOT, or write command = /path/to/vasp_std under "
        "[code.vasp] in config.ini",
    .fixed_inputs = fixed_inputs,
    .output = "vasp.out",
    .live_file = live_file,
    .exit_says_nothing = true,
    .input_endings = input_endings,
    .output_names = output_names,
    .scan_new = vasp_scan_new,
    .scan_free = vasp_scan_free,
    .scan_feed = vasp_scan_feed,
    .scan_finish = vasp_scan_finish,
    .scan_is_capture = vasp_scan_is_capture,
};
