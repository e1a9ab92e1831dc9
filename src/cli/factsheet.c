/* Results for people. They are read from their JSON form, so that `parse`, which reads
 * a file itself, and `show`, which asks the server, print the same. A fact that the
 * output does not hold has no line. */
#include "cli/factsheet.h"

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/str.h"
#include "cli/field.h"
#include "cli/jobline.h"
#include "cli/say.h"
#include "codes/code.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CYCLES_SHOWN = 12,
    MODES_SHOWN = 6, /* of the imaginary ones */
    NAME_WIDTH = 15,
};

void fact_text(const char *name, const char *text) {
    if (text) {
        (void)printf("  %-*s%s\n", NAME_WIDTH, name, text);
    }
}

void fact_number(const char *name, double value, int digits, const char *unit) {
    if (!isnan(value)) {
        (void)printf("  %-*s%.*f %s\n", NAME_WIDTH, name, digits, value, unit);
    }
}

void fact_size(const char *name, double bytes) {
    char text[QUANTITY_SIZE_TEXT];
    if (!isnan(bytes)) {
        fact_text(name, quantity_size_text((int64_t)bytes, text));
    }
}

/* Symbols that an ASCII terminal lacks. */
struct symbols {
    const char *angstrom, *cubed, *degree, *wavenumber;
};

static struct symbols symbols_of(const struct term *term) {
    bool ascii = term->tty && !term->utf8;
    return ascii ? (struct symbols){"A", "A^3", " deg", "cm^-1"}
                 : (struct symbols){"Å", "Å³", "°", "cm⁻¹"};
}

static const char *spaced(const char *text, char *space, size_t size) {
    (void)snprintf(space, size, "%s", text);
    for (char *at = space; *at; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    return space;
}

static void print_headline(const struct term *term, const json_t *results, bool runs) {
    const char *name = field_text(results, "code");
    const struct code *code = name ? code_by_name(name) : NULL;
    const char *version = field_text(results, "version");
    const char *calculation = field_text(results, "calculation");
    const char *status = field_text(results, "status");
    const json_t *converged = json_object_get(results, "converged");
    char space[64];
    const char *title = code ? code_title(code) : name ? name : "unknown code";
    /* As some print their name in front of their version: "CRYSTAL23 1.0.1". */
    bool named = version && str_starts_with(version, title);
    (void)printf("%s%s%s%s%s", term_begin(term, TERM_BOLD), named ? "" : title,
                 version && !named ? " " : "", version ? version : "",
                 term_end(term, TERM_BOLD));
    if (calculation) {
        (void)printf(", %s", spaced(calculation, space, sizeof space));
    }
    if (runs && status && strcmp(status, "truncated") == 0) {
        status = "running";
    }
    if (status) {
        bool bad = strcmp(status, "failed") == 0;
        (void)printf(": %s%s%s", term_begin(term, bad ? TERM_RED : TERM_PLAIN), status,
                     term_end(term, bad ? TERM_RED : TERM_PLAIN));
    }
    if (json_is_boolean(converged)) {
        bool yes = json_is_true(converged);
        enum term_style style = yes ? TERM_GREEN : TERM_YELLOW;
        (void)printf(", %s%s%s", term_begin(term, style),
                     yes ? "converged" : "not converged", term_end(term, style));
    }
    (void)putchar('\n');
}

static void print_energy(const json_t *results) {
    double energy = field_number(results, "energy_ev");
    const json_t *printed = json_object_get(results, "energy");
    const char *unit = field_text(printed, "unit");
    if (isnan(energy)) {
        return;
    }
    (void)printf("  %-*s%.8f eV", NAME_WIDTH, "energy", energy);
    if (unit && strcmp(unit, "eV") != 0) {
        (void)printf(" (%.8f %s)", field_number(printed, "value"), unit);
    }
    (void)putchar('\n');
}

/* CRYSTAL prints that of the first geometry alone, unless it is told ONELOG. */
static bool has_first_scf_only(const json_t *results) {
    const char *code = field_text(results, "code");
    return code && strcmp(code, "crystal") == 0 &&
           json_array_size(json_object_get(results, "scf")) == 1 &&
           json_array_size(json_object_get(results, "steps")) > 1;
}

static void print_scf_counts(const json_t *results) {
    const json_t *scf = json_object_get(results, "scf");
    size_t n = json_array_size(scf);
    if (n == 0) {
        return;
    }
    int64_t cycles = 0;
    for (size_t i = 0; i < n; i++) {
        cycles += field_int(json_array_get(scf, i), "cycles", 0);
    }
    const json_t *converged = json_object_get(json_array_get(scf, n - 1), "converged");
    (void)printf("  %-*s%" PRId64 " cycle%s", NAME_WIDTH, "SCF", cycles,
                 cycles == 1 ? "" : "s");
    if (n > 1) {
        (void)printf(" in %zu runs", n);
    }
    if (json_is_boolean(converged)) {
        (void)printf(", %s%s", n > 1 ? "the last " : "",
                     json_is_true(converged) ? "converged" : "not converged");
    }
    if (has_first_scf_only(results)) {
        (void)printf(", for the first geometry; the others' are in SCFOUT.LOG");
    }
    (void)putchar('\n');
}

enum term_style fact_forecast_style(const json_t *forecast) {
    static const enum term_style styles[] = {
        [FORECAST_GOOD] = TERM_GREEN,
        [FORECAST_DOUBTFUL] = TERM_YELLOW,
        [FORECAST_BAD] = TERM_RED,
    };
    return styles[forecast_mood(forecast)];
}

void fact_print_forecast(const struct term *term, const char *before,
                         const json_t *forecast, const char *behind) {
    enum term_style style = fact_forecast_style(forecast);
    bool utf8 = !term->tty || term->utf8;
    char badge[FORECAST_WORDS_SIZE];
    char range[FORECAST_WORDS_SIZE];
    if (!*forecast_badge_words(forecast, badge)) {
        return;
    }
    (void)forecast_range_words(forecast, utf8, range);
    (void)printf("%s%s%s%s%s%s%s", before, term_begin(term, style), badge,
                 term_end(term, style), *range ? ", " : "", range, behind);
}

int fact_forecast_width(const struct term *term, const json_t *forecast) {
    char badge[FORECAST_WORDS_SIZE];
    char range[FORECAST_WORDS_SIZE];
    if (!*forecast_badge_words(forecast, badge)) {
        return 0;
    }
    (void)forecast_range_words(forecast, !term->tty || term->utf8, range);
    return 2 + term_width(term, badge) + (*range ? 2 + term_width(term, range) : 0);
}

static void print_cell(const json_t *results, const struct symbols *s) {
    const json_t *cell = json_object_get(results, "cell");
    if (!json_is_object(cell)) {
        return;
    }
    (void)printf("  %-*sa %.4f, b %.4f, c %.4f %s; %.2f, %.2f, %.2f%s; %.3f %s\n",
                 NAME_WIDTH, "cell", field_number(cell, "a"), field_number(cell, "b"),
                 field_number(cell, "c"), s->angstrom, field_number(cell, "alpha"),
                 field_number(cell, "beta"), field_number(cell, "gamma"), s->degree,
                 field_number(cell, "volume"), s->cubed);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

#define IMAGINARY "  imaginary      "

/* Imaginary ones are negative in the list, the most imaginary first. */
static void print_modes(const double *cm1, size_t n, const char *unit) {
    size_t imaginary = 0;
    size_t zero = 0;
    for (size_t i = 0; i < n; i++) {
        imaginary += cm1[i] < 0;
        zero += cm1[i] == 0;
    }
    size_t real = imaginary + zero;
    (void)printf("  %-*s%zu mode%s", NAME_WIDTH, "frequencies", n, n == 1 ? "" : "s");
    if (zero > 0) {
        (void)printf(", %zu of them 0", zero);
    }
    if (real + 1 < n) {
        (void)printf(", from %.2f to %.2f %s", cm1[real], cm1[n - 1], unit);
    } else if (real < n) {
        (void)printf(", %.2f %s", cm1[real], unit);
    }
    (void)putchar('\n');
    for (size_t i = 0; i < imaginary && i < MODES_SHOWN; i++) {
        (void)printf("%s%.2fi", i == 0 ? IMAGINARY : ", ", -cm1[i]);
    }
    if (imaginary > MODES_SHOWN) {
        (void)printf(" and %zu more", imaginary - MODES_SHOWN);
    }
    if (imaginary > 0) {
        (void)printf(" %s\n", unit);
    }
}

static void print_frequencies(const json_t *list, const char *unit) {
    size_t n = 0;
    _cleanup_free_ double *cm1 =
        say_need(calloc(json_array_size(list) + 1, sizeof *cm1));
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(list, i, one) {
        if (json_is_number(one)) {
            cm1[n++] = json_number_value(one);
        }
    }
    qsort(cm1, n, sizeof *cm1, compare);
    if (n > 0) {
        print_modes(cm1, n, unit);
    }
}

static void print_numbers(const struct term *term, const json_t *results) {
    struct symbols symbols = symbols_of(term);
    char force[32];
    char duration[DURATION_SIZE];
    char label[32];
    int64_t natoms = field_int(results, "natoms", 0);
    const char *formula = field_text(results, "formula");
    size_t steps = json_array_size(json_object_get(results, "steps"));
    print_energy(results);
    fact_number("free energy", field_number(results, "free_energy_ev"), 8, "eV");
    print_scf_counts(results);
    (void)snprintf(label, sizeof label, "  %-*s", NAME_WIDTH, "forecast");
    fact_print_forecast(term, label, json_object_get(results, "forecast"), "\n");
    if (steps > 1) {
        (void)printf("  %-*s%zu\n", NAME_WIDTH, "geometries", steps);
    }
    fact_number("Fermi energy", field_number(results, "fermi_ev"), 4, "eV");
    fact_number("VBM", field_number(results, "vbm_ev"), 4, "eV");
    fact_number("CBM", field_number(results, "cbm_ev"), 4, "eV");
    fact_number("band gap", field_number(results, "gap_ev"), 4, "eV");
    fact_number("magnetization", field_number(results, "magnetization_mub"), 4,
                "Bohr mag.");
    const char *trend = forecast_forces_words(json_object_get(results, "forecast"));
    (void)snprintf(force, sizeof force, "eV/%s%s%s", symbols.angstrom,
                   *trend ? ", " : "", trend);
    fact_number("largest force", field_number(results, "max_force_ev_per_ang"), 6,
                force);
    fact_number("pressure", field_number(results, "pressure_gpa"), 4, "GPa");
    print_frequencies(json_object_get(results, "frequencies_cm1"), symbols.wavenumber);
    print_cell(results, &symbols);
    if (natoms > 0) {
        (void)printf("  %-*s%" PRId64 "%s%s\n", NAME_WIDTH, "atoms", natoms,
                     formula ? ", " : "", formula ? formula : "");
    }
    double wall = field_number(results, "wall_seconds");
    fact_text("wall time", isnan(wall) ? NULL : jobline_duration(wall, duration));
}

static void print_value(double value, int width, const char *format) {
    char text[64] = "-";
    if (!isnan(value)) {
        /* Only the two formats below come here. */
        (void)(format[0] == 'e' ? snprintf(text, sizeof text, "%.2e", value)
                                : snprintf(text, sizeof text, "%.8f", value));
    }
    (void)printf("%*s", width, text);
}

/* Value i of a list, and behind its end the final value that the code printed apart. */
static double at(const json_t *array, size_t i, double last) {
    const json_t *value = json_array_get(array, i);
    if (i >= json_array_size(array)) {
        return last;
    }
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The last cycles of the last SCF run. */
static void print_cycles(const struct term *term, const json_t *results) {
    const json_t *scf = json_object_get(results, "scf");
    const json_t *last =
        json_array_get(scf, json_array_size(scf) > 0 ? json_array_size(scf) - 1 : 0);
    const json_t *energies = json_object_get(last, "energies_ev");
    const json_t *accuracies = json_object_get(last, "accuracy_ev");
    double energy = field_number(last, "final_energy_ev");
    double accuracy = field_number(last, "final_accuracy_ev");
    struct scf_count count = scf_json_count(last);
    size_t n = count.n;
    if (n == 0) {
        return;
    }
    if (has_first_scf_only(results)) {
        (void)printf("\nSCF of the first geometry");
    }
    (void)printf("\n%s%7s %18s %12s %12s%s\n", term_begin(term, TERM_BOLD), "cycle",
                 "energy/eV", "change/eV", "accuracy/eV", term_end(term, TERM_BOLD));
    for (size_t i = n > CYCLES_SHOWN ? n - CYCLES_SHOWN : 0; i < n; i++) {
        double own = at(energies, i, energy);
        double change = i > 0 ? fabs(own - at(energies, i - 1, energy)) : NAN;
        (void)printf("%7zu ", i + (size_t)count.first);
        print_value(own, 18, "f");
        print_value(change, 13, "e");
        print_value(at(accuracies, i, accuracy), 13, "e");
        (void)putchar('\n');
    }
}

static void print_problems(const struct term *term, const json_t *problems) {
    size_t i = 0;
    json_t *problem = NULL;
    json_array_foreach(problems, i, problem) {
        const char *category = field_text(problem, "category");
        const char *message = field_text(problem, "message");
        const char *remedy = field_text(problem, "remedy");
        const char *file = field_text(problem, "file");
        int64_t line = field_int(problem, "line", 0);
        char space[64];
        _cleanup_free_ char *said = term_clean(term, message ? message : "");
        (void)printf("\n%s%s%s", term_begin(term, TERM_RED),
                     spaced(category ? category : "problem", space, sizeof space),
                     term_end(term, TERM_RED));
        if (file) {
            _cleanup_free_ char *name = term_clean(term, file);
            (void)printf(", %s", name);
        }
        if (line > 0) {
            (void)printf("%s line %" PRId64, file ? "" : ",", line);
        }
        (void)printf("\n  %s\n", said);
        if (remedy) {
            _cleanup_free_ char *mend = term_clean(term, remedy);
            (void)printf("  try: %s\n", mend);
        }
    }
}

void factsheet_print(const struct term *term, const json_t *results, bool runs) {
    print_headline(term, results, runs);
    print_numbers(term, results);
    print_cycles(term, results);
    print_problems(term, json_object_get(results, "problems"));
}
