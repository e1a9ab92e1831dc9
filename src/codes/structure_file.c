/* The formats that hold a structure, in the order in which they are asked whether a
 * file is theirs. */
#include "codes/structure_file.h"

#include "base/str.h"
#include "codes/crystal/crystal_d12.h"
#include "codes/qe/pwx_input.h"
#include "structure/cif.h"
#include "structure/poscar.h"
#include "structure/xyz.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct format {
    const char *title;             /* as people call it */
    const char *const *beginnings; /* of names that mean it */
    const char *const *endings;
    bool (*recognise)(const char *text, size_t n);
    int (*read)(const struct structure_text *text, struct structure *out,
                struct errmsg *msg);
    /* Instead, where other files belong to it. */
    int (*read_with)(const struct structure_text *text,
                     const struct code_beside *beside, struct structure *out,
                     struct errmsg *msg);
};

static const char *const none[] = {NULL};
static const char *const poscar_names[] = {"POSCAR", "CONTCAR", NULL};
static const char *const poscar_endings[] = {".vasp", ".poscar", ".POSCAR", NULL};
static const char *const cif_endings[] = {".cif", ".mcif", NULL};
static const char *const d12_endings[] = {".d12", NULL};
static const char *const gui_names[] = {"fort.34", NULL};
static const char *const gui_endings[] = {".gui", NULL};
static const char *const xyz_endings[] = {".xyz", ".extxyz", NULL};

static const struct format formats[] = {
    {"CIF", none, cif_endings, cif_recognise, cif_read, NULL},
    {"input of pw.x", none, none, pwx_structure_recognise, pwx_structure_read, NULL},
    {"XYZ", none, xyz_endings, xyz_recognise, xyz_read, NULL},
    {"input of CRYSTAL", none, d12_endings, crystal_d12_recognise, NULL,
     crystal_d12_read},
    {"fort.34 of CRYSTAL", gui_names, gui_endings, crystal_gui_recognise,
     crystal_gui_read, NULL},
    {"POSCAR", poscar_names, poscar_endings, poscar_recognise, poscar_read, NULL},
};

enum { FORMATS = sizeof formats / sizeof *formats };

static bool is_named(const struct format *format, const char *name) {
    for (size_t i = 0; format->beginnings[i]; i++) {
        if (str_starts_with(name, format->beginnings[i])) {
            return true;
        }
    }
    for (size_t i = 0; format->endings[i]; i++) {
        if (str_ends_with(name, format->endings[i])) {
            return true;
        }
    }
    return false;
}

static const struct format *find_format(const char *name, const char *text, size_t n) {
    const struct format *named = NULL;
    for (size_t i = 0; i < FORMATS; i++) {
        bool own = is_named(&formats[i], name);
        if (own && formats[i].recognise(text, n)) {
            return &formats[i];
        }
        named = own && !named ? &formats[i] : named;
    }
    /* A wrong one may still say what is wrong with it; unless it is another. */
    for (size_t i = 0; i < FORMATS; i++) {
        if (formats[i].recognise(text, n)) {
            return &formats[i];
        }
    }
    return named;
}

int structure_file_read(const char *name, const char *text, size_t n,
                        const struct code_beside *beside, struct structure *out,
                        const char **format, struct errmsg *msg) {
    const struct structure_text whole = {name, text, n};
    const struct format *found = find_format(name, text, n);
    if (!found) {
        return STRUCTURE_FILE_E_UNKNOWN;
    }
    *format = found->title;
    return found->read_with ? found->read_with(&whole, beside, out, msg)
                            : found->read(&whole, out, msg);
}
