/* Values of namelists that are looked at by their meaning. */
#pragma once

#include "codes/code_check.h"
#include "codes/qe/pwx_check.h"

enum pwx_setting {
    PWX_OCCUPATIONS,
    PWX_SMEARING,
    PWX_DEGAUSS,
    PWX_DIAGONALIZATION,
    PWX_MIXING_MODE,
    PWX_ION_DYNAMICS,
    PWX_CELL_DYNAMICS,
    PWX_CELL_DOFREE,
    PWX_STARTINGWFC,
    PWX_STARTINGPOT,
    PWX_RESTART_MODE,
    PWX_VDW_CORR,
    PWX_NSPIN,
    PWX_NONCOLIN,
    PWX_TOT_MAGNETIZATION,
    PWX_STARTING_MAGNETIZATION, /* of some species */
    PWX_CONSTRAINED_MAGNETIZATION,
    PWX_CELLDM_1,
    PWX_CELLDM_6 = PWX_CELLDM_1 + 5,
    PWX_B,
    PWX_C,
    PWX_COSAB,
    PWX_COSAC,
    PWX_COSBC,
    PWX_SETTINGS,
};

struct pwx_settings {
    struct pwx_slice of[PWX_SETTINGS]; /* without quotes */
    struct pwx_slice last;             /* value that was told, … */
    int in_row;                    /* … how many with but commas between it ends */
    struct pwx_slice before_comma; /* whole numbers, "10,26", for an array of reals */
};

/* The `tell` of a struct pwx_check; `data` is a struct pwx_settings, empty before. */
pwx_value_fn pwx_settings_take;

/* Of an input that pwx_check_all likes: what pw.x stops at. 0 or CODE_E_INPUT. */
int pwx_settings_check(struct pwx_check *check, const struct pwx_settings *settings);
/* What it passes over, though it was meant. 0 or -ENOMEM. */
int pwx_settings_warn(const struct pwx_check *check,
                      const struct pwx_settings *settings, struct code_findings *out);
