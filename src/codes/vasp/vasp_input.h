/* What VASP reads: INCAR, POSCAR, KPOINTS, POTCAR. */
#pragma once

#include "codes/code.h"

enum { VASP_NAME_MAX = 32 };

/* A statement of an INCAR. */
struct vasp_tag {
    char name[VASP_NAME_MAX]; /* in capitals, cut; "": there is no = in it */
    const char *value;        /* n bytes of the text, without blanks around */
    size_t n;
    long line; /* from 1 */
};

/* A walk through an INCAR. */
struct vasp_incar {
    const char *at, *end;
    long line;
};

struct vasp_incar vasp_incar_begin(const char *text, size_t n);
/* The next statement; false behind the last. */
bool vasp_incar_next(struct vasp_incar *incar, struct vasp_tag *tag);
/* The first statement with this name, which is the one that counts. */
bool vasp_incar_find(const char *text, size_t n, const char *name,
                     struct vasp_tag *tag);
/* Whether a tag is there and is a logical that is true: ".TRUE.", "T". */
bool vasp_incar_is_true(const char *text, size_t n, const char *name);

enum vasp_value {
    VASP_UNKNOWN, /* no tag of that name */
    VASP_WHOLE,
    VASP_REAL,
    VASP_LOGICAL,
    VASP_OTHER, /* text, several values, or one of several kinds */
};

/* What kind of value a tag takes; its name in capitals. */
enum vasp_value vasp_tag_kind(const char *name);
/* The tag whose name is nearest to this; NULL where none is near. Freed by the caller.
 * 0 or -ENOMEM. */
int vasp_tag_nearest(const char *name, char **out);

struct code_findings;

/* Whether each statement of an INCAR is one, and each line of a KPOINTS what is
 * expected there. 0 or -ENOMEM. */
int vasp_check_incar(const char *file, const char *text, size_t n,
                     struct code_findings *out);
int vasp_check_kpoints(const char *text, size_t n, struct code_findings *out);
/* Whether the value of a statement is one that makes sense. 0 or -ENOMEM. */
int vasp_check_known(const char *file, const struct vasp_tag *tag,
                     struct code_findings *out);

/* As code_check. */
int vasp_check(const char *file, const char *text, size_t n, char *const *env,
               const struct code_beside *beside, struct code_findings *out);

/* As code_programs. */
const char *const *vasp_programs(const char *text, size_t n,
                                 const struct code_beside *beside, int cores);

struct code_restart;
struct code_stopped;

/* As code_restart. */
int vasp_restart(const struct code *code, const struct code_stopped *stopped,
                 struct code_restart *out, struct errmsg *msg);
