/* The pseudopotentials that an input names: whether they are there, are of the element
 * that they are for, go together, and ask for a larger cutoff. Of a file in the format
 * UPF the header is read, version 1 and 2. */
#include "codes/code_check.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "codes/qe/pwx_input.h"
#include "codes/qe/pwx_settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 256 * 1024 };

struct upf {
    char element[8];
    char functional[64];
    double cutoff; /* Ry; 0: it does not say */
};

/* The value of an attribute of <PP_HEADER …>, without blanks around it. */
static bool attribute(const char *header, const char *name, char *out, size_t size) {
    size_t n = strlen(name);
    for (const char *at = strstr(header, name); at; at = strstr(at + n, name)) {
        const char *value = at + n + strspn(at + n, " \n\r\t");
        if (!isspace((unsigned char)at[-1]) || *value != '=') {
            continue;
        }
        value += 1 + strspn(value + 1, " \n\r\t");
        char quote = *value;
        const char *end =
            quote == '"' || quote == '\'' ? strchr(value + 1, quote) : NULL;
        if (!end) {
            return false;
        }
        value++;
        while (value < end && isspace((unsigned char)*value)) {
            value++;
        }
        while (end > value && isspace((unsigned char)end[-1])) {
            end--;
        }
        (void)snprintf(out, size, "%.*s", (int)(end - value), value);
        return true;
    }
    return false;
}

/* Version 1: a value a line, with words behind that tell what it is. */
static void read_old_header(const char *header, struct upf *upf) {
    const char *at = header;
    const char *end = header + strlen(header);
    char line[CODE_LINE_MAX];
    while (code_next_line(&at, end, line) && !strstr(line, "</PP_HEADER>")) {
        double cutoff = 0;
        if (strstr(line, "Element")) {
            (void)sscanf(line, " %7s", upf->element);
        } else if (strstr(line, "Exchange-Correlation")) {
            const char *from = line + strspn(line, " ");
            size_t n = (size_t)(strstr(line, "Exchange-Correlation") - from);
            while (n > 0 && from[n - 1] == ' ') {
                n--;
            }
            (void)snprintf(upf->functional, sizeof upf->functional, "%.*s", (int)n,
                           from);
        } else if (strstr(line, "uggested cutoff") &&
                   sscanf(line, "%lf", &cutoff) == 1) {
            upf->cutoff = cutoff;
        }
    }
}

static void read_upf(const char *text, struct upf *upf) {
    static const char words[] = "uggested minimum cutoff for wavefunctions:";
    char cutoff[32] = "";
    const char *header = strstr(text, "<PP_HEADER");
    *upf = (struct upf){.cutoff = 0};
    if (!header) {
        return;
    }
    if (header[strlen("<PP_HEADER")] == '>') {
        read_old_header(header, upf);
    } else {
        (void)attribute(header, "element", upf->element, sizeof upf->element);
        (void)attribute(header, "functional", upf->functional, sizeof upf->functional);
        (void)attribute(header, "wfc_cutoff", cutoff, sizeof cutoff);
        upf->cutoff = strtod(cutoff, NULL);
    }
    const char *told = strstr(text, words);
    if (told && !(upf->cutoff > 0)) {
        upf->cutoff = strtod(told + strlen(words), NULL);
    }
}

/* "Fe" for "Fe1", "fe_up": the element that a label begins with. */
static bool is_of(const struct pwx_slice *label, const char *element) {
    size_t n = strlen(element);
    return label->n >= n && strncasecmp(label->text, element, n) == 0 &&
           (label->n == n || n == 2 || !islower((unsigned char)label->text[n]));
}

struct look {
    const struct pwx_check *check;
    struct code_findings *out;
    char functional[64]; /* of the first; "": none yet */
    const struct pwx_slice *first;
    bool own_functional; /* the input names one for all */
};

static int judge(struct look *look, size_t i, const struct upf *upf) {
    const struct pwx_check *check = look->check;
    const struct pwx_slice *label = &check->species[i];
    const struct pwx_slice *name = &check->pseudo[i];
    double ecutwfc = pwx_check_real(check, PWX_KEPT_ECUTWFC);
    int r = 0;
    if (*upf->element && !is_of(label, upf->element)) {
        r = code_find(look->out, false, check->file, label->line,
                      "%.*s is for %s, but stands beside the species %.*s; is it the "
                      "right file?",
                      (int)name->n, name->text, upf->element, (int)label->n,
                      label->text);
    }
    if (r == 0 && upf->cutoff > ecutwfc * 1.001) {
        r = code_find(look->out, false, check->file, check->kept[PWX_KEPT_ECUTWFC].line,
                      "ecutwfc is %g Ry, and %.*s asks for %g Ry at least", ecutwfc,
                      (int)name->n, name->text, upf->cutoff);
    }
    if (r != 0 || look->own_functional || !*upf->functional) {
        return r;
    }
    if (!*look->functional) {
        memcpy(look->functional, upf->functional, sizeof look->functional);
        look->first = name;
        return 0;
    }
    return strcasecmp(look->functional, upf->functional) == 0
               ? 0
               : code_find(look->out, false, check->file, label->line,
                           "%.*s was made with the functional %s, %.*s with %s; take "
                           "all from one library, or name input_dft",
                           (int)name->n, name->text, upf->functional,
                           (int)look->first->n, look->first->text, look->functional);
}

static int look_at(struct look *look, size_t i, const struct code_files *files,
                   const struct code_beside *beside) {
    const struct pwx_check *check = look->check;
    const struct pwx_slice *name = &check->pseudo[i];
    const char *path = files->read[i];
    _cleanup_buf_ struct buf head = BUF_NULL;
    struct upf upf;
    int r = beside->read(beside->data, path, HEAD_MAX, &head);
    if (r == -ENOMEM) {
        return r;
    }
    if (r < 0) {
        return code_find(look->out, true, check->file, name->line,
                         "there is no pseudopotential %s; put it there, or name its "
                         "folder as pseudo_dir in &control or in ESPRESSO_PSEUDO",
                         path);
    }
    _cleanup_free_ char *text = buf_take_string(&head);
    if (!text) {
        return -ENOMEM;
    }
    read_upf(text, &upf);
    return judge(look, i, &upf);
}

int pwx_input_look(const char *file, const char *text, size_t n, char *const *env,
                   const struct code_beside *beside, struct code_findings *out) {
    enum { ECUTRHO, DFT, SOUGHT };
    struct pwx_sought sought[SOUGHT] = {
        [ECUTRHO] = {.namelist = PWX_SYSTEM, .name = "ecutrho"},
        [DFT] = {.namelist = PWX_SYSTEM, .name = "input_dft"},
    };
    long line = 0;
    struct pwx_settings settings = {0};
    struct pwx_check check = {.tell = pwx_settings_take,
                              .tell_data = &settings,
                              .file = file,
                              .text = text,
                              .end = text + n,
                              .at = text,
                              .line = 1,
                              .error_line = &line,
                              .sought = sought,
                              .n_sought = SOUGHT};
    struct code_files files = {NULL, NULL, NULL, NULL};
    (void)pwx_check_all(&check);
    int r = pwx_input_files(file, text, n, env, &files);
    struct look look = {
        .check = &check, .out = out, .own_functional = sought[DFT].value.text};
    for (size_t i = 0; r == 0 && i < check.n_species; i++) {
        r = look_at(&look, i, &files, beside);
    }
    struct pwx_slice value = sought[ECUTRHO].value;
    if (r == 0 && value.text) {
        double ecutrho = pwx_slice_real(&value);
        double ecutwfc = pwx_check_real(&check, PWX_KEPT_ECUTWFC);
        if (ecutrho > 0 && ecutrho < 3.999 * ecutwfc) {
            r = code_find(
                out, false, file, value.line,
                "ecutrho is %g Ry, less than 4 times ecutwfc (%g Ry); leave it "
                "out for norm-conserving pseudopotentials, and take 8 to 12 "
                "times for ultrasoft ones",
                ecutrho, ecutwfc);
        }
    }
    code_files_deinit(&files);
    r = r ? r : pwx_settings_warn(&check, &settings, out);
    return r ? r : pwx_geometry_check(file, text, n, out);
}
