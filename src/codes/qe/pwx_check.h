/* The state of one check of a pw.x input, shared by the files that look at namelists
 * and at cards. Nothing is kept on the heap: names and values point into the text. */
#pragma once

#include "base/errmsg.h"
#include "codes/qe/pwx_variables.h"

#include <stdbool.h>
#include <stddef.h>

/* n bytes of the text, and the line that they stand in. */
struct pwx_slice {
    const char *text; /* NULL: absent */
    size_t n;
    long line;
};

/* What is remembered of the namelists. */
enum pwx_kept {
    PWX_KEPT_CALCULATION,
    PWX_KEPT_IBRAV,
    PWX_KEPT_SPACE_GROUP,
    PWX_KEPT_CELLDM,
    PWX_KEPT_A,
    PWX_KEPT_NAT,
    PWX_KEPT_NTYP,
    PWX_KEPT_ECUTWFC,
    PWX_KEPT_LFCP,
    PWX_KEPT_TRISM,
    PWX_KEPT,
};

enum {
    PWX_SPECIES_KEPT = 64, /* more kinds of atoms than any pw.x takes */
};

/* A variable that somebody wants to know the place of. */
struct pwx_sought {
    enum pwx_namelist namelist;
    const char *name;       /* lower case */
    struct pwx_slice index; /* what stands between its brackets, without blanks; absent
                               where it takes none */
    struct pwx_slice
        value;             /* without quotes, where it was found; the last one counts */
    char quote;            /* that stands around the value; 0: none */
    const char *from, *to; /* the value with its quotes */
};

/* Told of each value: the variable as it is written, n bytes, the index of the value
 * from 1, and the value without quotes. */
typedef void pwx_value_fn(void *data, enum pwx_namelist namelist, const char *name,
                          size_t n, long index, const struct pwx_slice *value);

struct pwx_check {
    bool lenient; /* variables and values are whatever they are; only syntax counts */
    pwx_value_fn *tell; /* NULL: nobody */
    void *tell_data;

    const char *file; /* the name for messages */
    const char *text; /* the whole input, … */
    const char *end;  /* … and behind it */
    const char *at;   /* how far it is read */
    long line;        /* of `at`, from 1 */

    long *error_line;   /* the caller's */
    struct errmsg *msg; /* the caller's, may be NULL */

    struct pwx_slice kept[PWX_KEPT]; /* values, without quotes */
    long namelist_line[PWX_NAMELISTS];

    const char *namelist_end[PWX_NAMELISTS]; /* the sign that closes it */

    struct pwx_sought *sought; /* n_sought of them, the caller's */
    size_t n_sought;

    struct pwx_slice odd_k_points; /* the option of a card that it does not know */
    struct pwx_slice odd_cell;
    struct pwx_slice grid[3]; /* the numbers of an automatic grid of k points */
    struct pwx_slice species[PWX_SPECIES_KEPT];
    struct pwx_slice pseudo[PWX_SPECIES_KEPT]; /* their files, likewise */
    size_t n_species;
};

/* Say what is wrong and where; returns CODE_E_INPUT. */
int pwx_check_fail(struct pwx_check *check, long line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A kept integer: 0 when it is absent or no number. */
long pwx_check_integer(const struct pwx_check *check, enum pwx_kept which);
/* A kept real likewise. */
double pwx_check_real(const struct pwx_check *check, enum pwx_kept which);
/* Whether a kept text is this word (for logicals: "true"). */
bool pwx_check_is(const struct pwx_check *check, enum pwx_kept which, const char *word);

/* A number as Fortran reads it, 0 when it is none; whether a logical is true. */
double pwx_slice_real(const struct pwx_slice *value);
bool pwx_slice_is_true(const struct pwx_slice *value);

/* Read and check the whole input. 0 or CODE_E_INPUT. */
int pwx_check_all(struct pwx_check *check);

/* Find and read a namelist behind `at`. 0 or CODE_E_INPUT. */
int pwx_namelist_read(struct pwx_check *check, enum pwx_namelist namelist);
/* Whether one is there, behind `at`. */
bool pwx_namelist_follows(const struct pwx_check *check, enum pwx_namelist namelist);

/* Check a value, as it stands in the text, against its type: NULL, or what is wrong
 * with it ("… needs a whole number"). */
const char *pwx_value_fault(enum pwx_type type, const char *value, size_t n,
                            bool quoted);
/* Whether all of it is a real number as Fortran reads it. */
bool pwx_value_is_real(const char *value, size_t n);
bool pwx_value_is_integer(const char *value, size_t n);

/* Whether a word is in what stands behind a card's name, whatever its case. */
bool pwx_option_is(const struct pwx_slice *option, const char *word);
/* Whether one of the words is; NULL ends them. */
bool pwx_option_known(const struct pwx_slice *option, const char *const *known);
/* The word there, absent where one of the known ones (NULL ends them) or none is. */
struct pwx_slice pwx_option_unknown(const struct pwx_slice *option,
                                    const char *const *known);
/* Say that the card does not know it; returns CODE_E_INPUT. */
int pwx_option_fail(struct pwx_check *check, const char *card,
                    const struct pwx_slice *word, const char *const *known);
/* Whether HUBBARD, of version 7.1 on, has one of its words. 0 or CODE_E_INPUT. */
int pwx_option_hubbard(struct pwx_check *check, const struct pwx_slice *option);

/* Read the cards behind `at`. 0 or CODE_E_INPUT. */
int pwx_cards_read(struct pwx_check *check);
/* Whether a word names a card. */
bool pwx_is_card(const char *word, size_t n);
