/* How an SCF goes on, told from the cycles that it has done: a word, and in how many
 * cycles and seconds it will have converged. Pure; of constant size, however many
 * cycles there are.
 *
 * What is followed is what is left: pw.x's estimated scf accuracy, else |ΔE|, which
 * falls by about the same factor from one cycle to the next once the mixing has settled
 * [1]. So a line is fitted to its logarithm over the recent half of the cycles (at
 * least 5, at most 12 of them), which leaves out how it began. The slope is the median
 * of those between all pairs of points [2], which up to 29 % of the points may be wrong
 * about; its interval, in which it is 8 times of 10, comes from Kendall's test [3]:
 *
 *     C = 1.2816 √(N(N-1)(2N+5)/18),   the slopes of rank (M ∓ C)/2,   M = N(N-1)/2
 *
 * The line starts at the median of what the points say of the last cycle, and that is
 * uncertain by how far they lie from it (1.4826 times the median distance [4]). The
 * first cycle of the range is where the steeper line from the lower start reaches the
 * threshold, the last one where the flatter line from the upper start does. Where they
 * differ, each is put a quarter farther out, for the decay bends: with that 8 ranges of
 * 10 had the end in them, over the SCFs of 3500 outputs.
 *
 * [1] Kerker, Phys. Rev. B 23, 3082 (1981); Kresse and Furthmüller, Phys. Rev. B 54,
 *     11169 (1996). [2] Theil, Proc. K. Ned. Akad. Wet. A 53, 386 (1950). [3] Sen,
 *     J. Am. Stat. Assoc. 63, 1379 (1968). [4] Rousseeuw and Croux, J. Am. Stat. Assoc.
 *     88, 1273 (1993). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum forecast_badge {
    FORECAST_NONE,          /* too early to tell, or nothing to tell from */
    FORECAST_CONVERGING,    /* what is left falls */
    FORECAST_OSCILLATING,   /* it does not, and the energy goes up and down */
    FORECAST_STALLED,       /* it does not, or so slowly that it makes no difference */
    FORECAST_DIVERGING,     /* it grows, or is no number any more */
    FORECAST_MISSES_CYCLES, /* the cycles that are allowed will not do */
    FORECAST_MISSES_TIME,   /* the time that is left will not do */
};

enum {
    FORECAST_WINDOW = 12,
};

/* A cycle that has ended. What is not known is NAN. */
struct forecast_cycle {
    double energy_ev;
    double left_ev;    /* what the code compares with its threshold; NAN: |ΔE| */
    double at_seconds; /* when, by any clock */
};

/* The cycles of an SCF run, as far as they count still. */
struct forecast_series {
    struct forecast_point {
        double log_left;     /* of an eV; NAN: none */
        double change;       /* of the energy */
        double took;         /* seconds */
    } last[FORECAST_WINDOW]; /* cycle i is at i % FORECAST_WINDOW */
    size_t n;                /* cycles so far, with those that do not count */
    size_t first;            /* that counts */
    size_t broken;           /* without an energy, in a row, up to the last one */
    double energy_ev;        /* of the cycle before */
    double at_seconds;
};

/* What the SCF is to reach, and by when. */
struct forecast_aim {
    double threshold_ev;      /* NAN: not known */
    long cycle_limit;         /* by then it has to be there; 0: not known */
    long cycles_after;        /* that the code adds when it is there */
    double seconds_left;      /* NAN: as many as it takes */
    double seconds_per_cycle; /* NAN: as the cycles' own clock tells */
};

struct forecast {
    enum forecast_badge badge;
    long cycles_low, cycles_high; /* that are still to come; 0: not known. `high` alone
                                     is 0 where there is no telling how many */
    double seconds_low, seconds_high; /* likewise; NAN where not known */
};

/* No cycle yet, or `passed` of them that will not be told. The first `delayed` ones do
 * not count: VASP's with the initial density (NELMDL). */
void forecast_begin(struct forecast_series *series, size_t delayed, size_t passed);
void forecast_add(struct forecast_series *series, const struct forecast_cycle *cycle);
struct forecast forecast_tell(const struct forecast_series *series,
                              const struct forecast_aim *aim);

/* "converging", "will_not_make_cycles", …; NULL for FORECAST_NONE. Static. */
const char *forecast_badge_name(enum forecast_badge badge);

/* A forecast as it is told: with what it is measured by. */
struct forecast_told {
    struct forecast forecast;
    enum forecast_badge forces; /* of an optimisation: the largest one of each step,
                                   as what is left; FORECAST_NONE: nothing is said */
    double threshold_ev;        /* NAN where not known */
    long cycles_left;           /* that the limit allows; -1 where not known */
    const char
        *limit_name;     /* of that limit, in the code's words; static, may be NULL */
    double seconds_left; /* NAN: as many as it takes */
};

/* The aim that a run of n cycles has, and what was forecast for it. */
struct forecast_told forecast_told(const struct forecast *forecast,
                                   const struct forecast_aim *aim, size_t n,
                                   const char *limit_name);
/* The object that results, jobs and notifications carry; null for one that says
 * nothing. NULL when memory runs out. */
json_t *forecast_to_json(const struct forecast_told *told);

/* Such an object in words, which a terminal without UTF-8 gets in ASCII. "" where it
 * says nothing; both return `out`. */
enum {
    FORECAST_WORDS_SIZE = 96,
};
/* "converging", "will not make NELM". */
char *forecast_badge_words(const json_t *forecast, char out[FORECAST_WORDS_SIZE]);
/* "≈ 4–7 cycles, 2–4 min"; with " where 3 are left" where
 * these will not do. */
char *forecast_range_words(const json_t *forecast, bool utf8,
                           char out[FORECAST_WORDS_SIZE]);
/* "falling", "rising", "not falling": the forces of an optimisation from step to step;
 * static, "" where nothing is said. */
const char *forecast_forces_words(const json_t *forecast);
/* How bad the news is. */
enum forecast_mood {
    FORECAST_GOOD,
    FORECAST_DOUBTFUL,
    FORECAST_BAD,
};
enum forecast_mood forecast_mood(const json_t *forecast);
