/* Cell and atoms of an input of pw.x. The namelist &system is read by the same reader
 * as for the check, which here lets pass what it does not know; of the cards only the
 * two with numbers of the structure are looked at.
 *
 * Source: INPUT_PW of Quantum ESPRESSO: ibrav, celldm, A, CELL_PARAMETERS,
 * ATOMIC_POSITIONS, space_group. */
#include "codes/qe/pwx_input.h"

#include "base/fortran.h"
#include "codes/qe/pwx_check.h"
#include "structure/bravais.h"
#include "structure/element.h"
#include "structure/expand.h"
#include "structure/expression.h"
#include "structure/structure.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define BOHR 0.529177210903

enum unit {
    UNIT_NONE,
    UNIT_ALAT,
    UNIT_BOHR,
    UNIT_ANGSTROM,
    UNIT_CRYSTAL,
    UNIT_CRYSTAL_SG,
};

struct system {
    long ibrav, nat, space_group;
    bool has_ibrav;
    double celldm[6];
    double abc[3], cosines[3]; /* AB, AC, BC */
    bool unique_b, hexagonal;
    long origin;
};

struct input {
    const struct structure_text *text;
    struct errmsg *msg;
    struct system system;
    struct structure_lines lines;
    long system_line;
    enum unit cell_unit;
    double vectors[3][3];
    bool has_vectors;
    double alat; /* Å; 0: not known */
    struct cell frame;
    struct setting setting; /* of a space group */
    struct structure got;
};

static int fail(struct input *input, long line, const char *what) {
    return structure_fail(input->msg, input->text->file, line, "%s", what);
}

/* ---- &system ---- */

static double real_of(const struct pwx_slice *value) {
    char text[64];
    const char *at = text;
    double number = 0;
    size_t n = value->n < sizeof text - 1 ? value->n : sizeof text - 1;
    memcpy(text, value->text, n);
    text[n] = '\0';
    return fortran_real(&at, &number) ? number : 0;
}

static long integer_of(const struct pwx_slice *value) {
    double number = real_of(value);
    return fabs(number) < 1e9 ? (long)number : 0;
}

static bool truth_of(const struct pwx_slice *value) {
    size_t i = value->n > 0 && value->text[0] == '.';
    return i < value->n && tolower((unsigned char)value->text[i]) == 't';
}

static void take_value(void *data, enum pwx_namelist namelist, const char *name,
                       size_t n, long index, const struct pwx_slice *value) {
    static const char *const lengths[] = {"a", "b", "c"};
    static const char *const cosines[] = {"cosab", "cosac", "cosbc"};
    struct system *system = data;
    char word[24] = {0};
    (void)namelist;
    for (size_t i = 0; i < n && i < sizeof word - 1; i++) {
        word[i] = (char)tolower((unsigned char)name[i]);
    }
    for (int i = 0; i < 3; i++) {
        system->abc[i] = strcmp(word, lengths[i]) ? system->abc[i] : real_of(value);
        system->cosines[i] =
            strcmp(word, cosines[i]) ? system->cosines[i] : real_of(value);
    }
    if (strcmp(word, "ibrav") == 0) {
        system->ibrav = integer_of(value);
        system->has_ibrav = true;
    } else if (strcmp(word, "celldm") == 0 && index >= 1 && index <= 6) {
        system->celldm[index - 1] = real_of(value);
    } else if (strcmp(word, "nat") == 0) {
        system->nat = integer_of(value);
    } else if (strcmp(word, "space_group") == 0) {
        system->space_group = integer_of(value);
    } else if (strcmp(word, "origin_choice") == 0) {
        system->origin = integer_of(value);
    } else if (strcmp(word, "uniqueb") == 0) {
        system->unique_b = truth_of(value);
    } else if (strcmp(word, "rhombohedral") == 0) {
        system->hexagonal = !truth_of(value);
    }
}

static int read_system(struct input *input) {
    long line = 0;
    struct pwx_check check = {
        .lenient = true,
        .tell = take_value,
        .tell_data = &input->system,
        .file = input->text->file,
        .text = input->text->bytes,
        .end = input->text->bytes + input->text->n,
        .at = input->text->bytes,
        .line = 1,
        .error_line = &line,
        .msg = input->msg,
    };
    input->system.origin = 1;
    int r = pwx_namelist_read(&check, PWX_SYSTEM);
    input->system_line = check.namelist_line[PWX_SYSTEM];
    return r != 0 ? STRUCTURE_E_INPUT : 0;
}

/* ---- cards ---- */

static bool says_nothing(const char *line) {
    const char *at = structure_line_text(line);
    return *at == '\0' || *at == '!' || *at == '#';
}

static bool next(struct input *input) {
    bool more = structure_lines_next(&input->lines);
    while (more && says_nothing(input->lines.line)) {
        more = structure_lines_next(&input->lines);
    }
    input->lines.number += !more;
    return more;
}

/* What stands behind the card's name. */
static enum unit unit_of(const char *option) {
    return strcasestr(option, "crystal_sg") ? UNIT_CRYSTAL_SG
           : strcasestr(option, "crystal")  ? UNIT_CRYSTAL
           : strcasestr(option, "bohr")     ? UNIT_BOHR
           : strcasestr(option, "angstrom") ? UNIT_ANGSTROM
           : strcasestr(option, "alat")     ? UNIT_ALAT
                                            : UNIT_NONE;
}

/* Walk to a card; false where there is none. Its option is in *option. */
static bool find_card(struct input *input, const char *card, char option[64]) {
    structure_lines_begin(&input->lines, input->text);
    size_t n = strlen(card);
    while (structure_lines_next(&input->lines)) {
        const char *at = structure_line_text(input->lines.line);
        if (strncasecmp(at, card, n) == 0 && !isalnum((unsigned char)at[n]) &&
            at[n] != '_') {
            size_t length = strcspn(at + n, "!#");
            length = length < 63 ? length : 63;
            memcpy(option, at + n, length);
            option[length] = '\0';
            return true;
        }
    }
    return false;
}

static bool take_real(const char **at, double *out) {
    char word[64];
    *at += strspn(*at, " \t,");
    size_t n = strcspn(*at, " \t,");
    memcpy(word, *at, n < sizeof word - 1 ? n : sizeof word - 1);
    word[n < sizeof word - 1 ? n : sizeof word - 1] = '\0';
    const char *number = word;
    *at += n;
    return fortran_real(&number, out) && *number == '\0';
}

static int read_cell_card(struct input *input) {
    char option[64];
    if (!find_card(input, "CELL_PARAMETERS", option)) {
        return 0;
    }
    input->cell_unit = unit_of(option);
    for (int i = 0; i < 3; i++) {
        const char *at = next(input) ? input->lines.line : "";
        for (int k = 0; k < 3; k++) {
            if (!take_real(&at, &input->vectors[i][k])) {
                return fail(input, input->lines.number,
                            "a vector of the cell is expected here: three numbers");
            }
        }
    }
    input->has_vectors = true;
    return 0;
}

/* ---- the cell ---- */

/* What the card's vectors are to be multiplied by, in Å. */
static int scale_of_card(struct input *input, double *scale) {
    const double *v = input->vectors[0];
    double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    enum unit unit = input->cell_unit;
    if (unit == UNIT_NONE) {
        unit = input->alat > 0 ? UNIT_ALAT : UNIT_BOHR;
    }
    *scale = unit == UNIT_BOHR ? BOHR : unit == UNIT_ANGSTROM ? 1 : input->alat;
    if (*scale == 0) {
        return fail(input, input->system_line,
                    "CELL_PARAMETERS alat needs celldm(1) or A in &system; or write "
                    "bohr or angstrom");
    }
    input->alat = input->alat > 0 ? input->alat : length * *scale;
    return 0;
}

static int take_free_cell(struct input *input) {
    struct cell_inverse inverse;
    double scale = 1;
    if (!input->has_vectors) {
        return fail(input, input->system_line,
                    "ibrav = 0 needs the card CELL_PARAMETERS");
    }
    int r = scale_of_card(input, &scale);
    for (int i = 0; i < 9; i++) {
        input->got.cell.vector[i / 3][i % 3] = input->vectors[i / 3][i % 3] * scale;
    }
    return r != 0 ? r
           : cell_invert(&input->got.cell, &inverse)
               ? fail(input, input->system_line,
                      "the three vectors of CELL_PARAMETERS span no volume")
               : 0;
}

static int say_lattice(struct input *input, int r, int missing) {
    return r == BRAVAIS_E_UNKNOWN
               ? structure_fail(input->msg, input->text->file, input->system_line,
                                "there is no lattice ibrav = %ld; 0 takes free "
                                "CELL_PARAMETERS",
                                input->system.ibrav)
               : structure_fail(input->msg, input->text->file, input->system_line,
                                "the lattice ibrav = %ld needs celldm(%d)%s, which is "
                                "missing or out of range",
                                input->system.ibrav, missing,
                                missing <= 3 ? " (or A, B, C in angstrom)"
                                             : ", a cosine");
}

/* celldm of a rhombohedral lattice from those of the hexagonal cell. */
static void from_hexagonal(double celldm[6]) {
    double a = celldm[0];
    double c = celldm[0] * celldm[2];
    double edge = sqrt(a * a / 3 + c * c / 9);
    celldm[3] = 1 - a * a / (2 * edge * edge);
    celldm[0] = edge;
}

/* The hexagonal axes of a rhombohedral cell. */
static struct cell hexagonal_of(const struct cell *r) {
    struct cell cell;
    for (int i = 0; i < 3; i++) {
        double a = r->vector[0][i];
        double b = r->vector[1][i];
        double c = r->vector[2][i];
        cell.vector[0][i] = a - b;
        cell.vector[1][i] = b - c;
        cell.vector[2][i] = a + b + c;
    }
    return cell;
}

static int find_group(struct input *input, char *centring) {
    struct system *system = &input->system;
    int number = system->space_group >= 1 && system->space_group <= 230
                     ? (int)system->space_group
                     : 0;
    bool centred =
        number == 5 || number == 8 || number == 9 || number == 12 || number == 15;
    const char *choice = number >= 3 && number <= 15
                             ? (system->unique_b ? "b1"
                                : centred        ? "c2"
                                                 : "c1")
                             : (system->origin == 2 ? "2" : "1");
    int setting = symmetry_by_number(number, choice);
    (void)symmetry_setting(setting, &input->setting);
    if (setting && strcmp(input->setting.choice, choice) != 0) {
        const char *other = number >= 3 && number <= 15
                                ? (system->unique_b ? "b" : "c")
                                : (system->hexagonal ? "H" : "R");
        setting = symmetry_by_number(number, other);
    }
    if (!symmetry_setting(setting, &input->setting)) {
        return fail(input, input->system_line, "space_group is a number from 1 to 230");
    }
    *centring = symmetry_centring(setting);
    return 0;
}

/* The lattice of a space group, and what its coordinates refer to. */
static int take_group_cell(struct input *input) {
    struct system *system = &input->system;
    char centring = 'P';
    int missing = 0;
    int r = find_group(input, &centring);
    bool rhombohedral =
        strchr("HR", input->setting.choice[0]) && input->setting.choice[0] != '\0';
    if (r != 0) {
        return r;
    }
    system->ibrav = bravais_of_group(input->setting.number,
                                     rhombohedral ? 'R' : centring, system->unique_b);
    if (system->abc[0] > 0) {
        bravais_celldm(system->ibrav, system->abc, system->cosines, system->celldm);
    }
    if (rhombohedral && system->hexagonal) {
        from_hexagonal(system->celldm);
    }
    r = bravais_cell(system->ibrav, system->celldm, &input->got.cell, &missing);
    if (r == 0) {
        r = bravais_conventional(system->ibrav, system->celldm, &input->frame,
                                 &missing);
    }
    if (r == 0 && rhombohedral && system->hexagonal) {
        input->frame = hexagonal_of(&input->frame);
    }
    input->alat = system->celldm[0] * BOHR;
    return r == 0 ? 0 : say_lattice(input, r, missing);
}

static int take_cell(struct input *input) {
    struct system *system = &input->system;
    int missing = 0;
    if (system->space_group != 0) {
        return take_group_cell(input);
    }
    if (!system->has_ibrav) {
        return fail(input, input->system_line,
                    "&system has no ibrav (the Bravais lattice)");
    }
    if (system->abc[0] > 0) {
        bravais_celldm(system->ibrav, system->abc, system->cosines, system->celldm);
    }
    input->alat = system->celldm[0] * BOHR;
    if (system->ibrav == 0) {
        return take_free_cell(input);
    }
    int r = bravais_cell(system->ibrav, system->celldm, &input->got.cell, &missing);
    return r == 0 ? 0 : say_lattice(input, r, missing);
}

/* ---- atoms ---- */

static int place_atom(struct input *input, enum unit unit, const char *element,
                      const double x[3]) {
    struct expansion expansion = {.frame = input->frame,
                                  .cell = input->got.cell,
                                  .operations = input->setting.operations,
                                  .n = input->setting.n};
    double position[3];
    double scale = unit == UNIT_BOHR ? BOHR : unit == UNIT_ANGSTROM ? 1 : input->alat;
    if (unit == UNIT_CRYSTAL_SG && input->setting.n > 0) {
        return expand_atom(&expansion, element, x, &input->got);
    }
    if (unit == UNIT_CRYSTAL || unit == UNIT_CRYSTAL_SG) {
        cell_to_cartesian(&input->got.cell, x, position);
    } else {
        for (int i = 0; i < 3; i++) {
            position[i] = x[i] * scale;
        }
    }
    return structure_add(&input->got, element, position);
}

static int read_atom(struct input *input, enum unit unit, long number) {
    char label[32];
    char word[128];
    char element[ATOM_ELEMENT_SIZE];
    double x[3];
    const char *at = input->lines.line;
    (void)structure_word(&at, label, sizeof label);
    for (int i = 0; i < 3; i++) {
        if (!structure_word(&at, word, sizeof word) ||
            !expression_value(word + (*word == '+'), strlen(word) - (*word == '+'),
                              &x[i])) {
            return structure_fail(
                input->msg, input->text->file, input->lines.number,
                unit == UNIT_CRYSTAL_SG
                    ? "three coordinates are expected behind the "
                      "label (atom %ld); letters of Wyckoff positions "
                      "are not read"
                    : "three coordinates are expected behind the "
                      "label (atom %ld)",
                number);
        }
    }
    element_of_label(label, element);
    return structure_added(place_atom(input, unit, element, x), input->msg,
                           input->text->file, input->lines.number);
}

static bool is_card_line(const char *line) {
    const char *at = structure_line_text(line);
    return *at == '&' || *at == '/' || pwx_is_card(at, strcspn(at, " \t{("));
}

static int read_atoms(struct input *input) {
    char option[64];
    long count = 0;
    int r = 0;
    if (!find_card(input, "ATOMIC_POSITIONS", option)) {
        return fail(input, 0, "the card ATOMIC_POSITIONS is missing");
    }
    long card = input->lines.number;
    enum unit unit = unit_of(option);
    unit = unit == UNIT_NONE ? UNIT_ALAT : unit;
    if (unit == UNIT_ALAT && input->alat == 0) {
        return fail(input, card, "positions in alat need celldm(1) or A in &system");
    }
    if (unit == UNIT_CRYSTAL_SG && input->system.space_group == 0) {
        return fail(input, card, "crystal_sg needs space_group in &system");
    }
    long nat = input->system.nat;
    while (r == 0 && (nat <= 0 || count < nat)) {
        if (!next(input) || is_card_line(input->lines.line)) {
            break;
        }
        r = read_atom(input, unit, ++count);
    }
    return r == 0 && (count < nat || count == 0)
               ? structure_fail(input->msg, input->text->file, card,
                                "ATOMIC_POSITIONS has %ld atom%s, but nat = %ld", count,
                                count == 1 ? "" : "s", nat)
               : r;
}

int pwx_structure_read(const struct structure_text *text, struct structure *out,
                       struct errmsg *msg) {
    struct input input = {.text = text, .msg = msg};
    input.got.periodic = 3;
    int r = read_system(&input);
    r = r ? r : read_cell_card(&input);
    r = r ? r : take_cell(&input);
    r = r ? r : read_atoms(&input);
    if (r == 0) {
        structure_move(out, &input.got);
    }
    structure_deinit(&input.got);
    return r;
}

bool pwx_structure_recognise(const char *text, size_t n) {
    const struct structure_text whole = {"", text, n};
    struct structure_lines lines;
    bool system = false;
    bool positions = false;
    structure_lines_begin(&lines, &whole);
    while (!(system && positions) && structure_lines_next(&lines)) {
        const char *at = structure_line_text(lines.line);
        system |= (*at == '&' || *at == '$') && strncasecmp(at + 1, "system", 6) == 0;
        positions |= strncasecmp(at, "ATOMIC_POSITIONS", 16) == 0;
    }
    return (system && positions) || pwx_input_recognise(text, n);
}
