/* The structure that a block of a CIF tells. The operations are taken from the file;
 * where it lists none, from the space group's symbol or number. What is occupied in
 * part is no structure to calculate, and is refused. */
#include "structure/cif_block.h"

#include "structure/element.h"
#include "structure/expand.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct build {
    const struct structure_text *text;
    struct errmsg *msg;
    struct cif_block *block;
};

static int fail(struct build *build, long line, const char *what) {
    return structure_fail(build->msg, build->text->file, line, "%s", what);
}

/* ---- the group ---- */

static bool near(double a, double b) {
    return fabs(a - b) < 1e-3;
}

/* What a symbol or number leaves open, the cell tells: rhombohedral axes, and which of
 * a monoclinic cell's is the unique one. */
static const char *choice_of_cell(const struct cif_block *block) {
    const struct cell_parameters *p = &block->cell;
    if (block->choice[0]) {
        return block->choice;
    }
    if (near(p->a, p->b) && near(p->b, p->c) && near(p->alpha, p->beta) &&
        near(p->beta, p->gamma) && !near(p->alpha, 90)) {
        return "R";
    }
    return near(p->beta, 90) && near(p->alpha, 90) && !near(p->gamma, 90) &&
                   !near(p->gamma, 120)
               ? "c1"
               : "";
}

static int find_setting(struct build *build, struct setting *out) {
    const struct cif_block *block = build->block;
    const char *choice = choice_of_cell(block);
    int found = block->hall[0] ? symmetry_by_symbol(block->hall, "") : 0;
    found =
        found || !block->symbol[0] ? found : symmetry_by_symbol(block->symbol, choice);
    if (!found && block->number > 0) {
        found = symmetry_by_number((int)block->number, choice);
    }
    if (found) {
        return symmetry_setting(found, out) ? 0 : -ENOMEM;
    }
    if (block->symbol[0] || block->hall[0]) {
        return structure_fail(build->msg, build->text->file, block->line,
                              "no symmetry operations are listed, and \"%s\" is no "
                              "symbol of a space group that is known; add a loop of "
                              "_space_group_symop_operation_xyz",
                              block->symbol[0] ? block->symbol : block->hall);
    }
    (void)symmetry_setting(1, out);
    return 0;
}

/* Every operation with every centring, where those are listed apart. */
static int join_centrings(struct build *build) {
    struct cif_block *block = build->block;
    size_t n = block->n_operations;
    if (n * block->n_centrings > CIF_OPERATIONS_MAX) {
        return fail(build, block->line, "more symmetry operations than any group has");
    }
    if (block->n_centrings < 2) {
        return 0;
    }
    struct operation *all = calloc(n * block->n_centrings, sizeof *all);
    if (!all) {
        return -ENOMEM;
    }
    size_t k = 0;
    for (size_t c = 0; c < block->n_centrings; c++) {
        for (size_t i = 0; i < n; i++) {
            all[k] = block->operations[i];
            for (int x = 0; x < 3; x++) {
                all[k].translation[x] += block->centrings[c].translation[x];
            }
            k++;
        }
    }
    free(block->operations);
    block->operations = all;
    block->n_operations = block->cap_operations = k;
    return 0;
}

/* ---- the structure ---- */

/* "C18 H36 O8" or "C18H36O8" */
static bool formula_has(const char *formula, const char *symbol) {
    size_t n = strlen(symbol);
    for (const char *at = strstr(formula, symbol); at; at = strstr(at + 1, symbol)) {
        if (!islower((unsigned char)at[n])) {
            return true;
        }
    }
    return false;
}

/* Without a type the label is all there is: "HO1" may be the hydrogen of a hydroxyl
 * group, which the formula knows, and "Wat" is the oxygen of water, not tungsten. */
static void doubt_label(const struct cif_block *block, const char *label,
                        char element[ATOM_ELEMENT_SIZE]) {
    const char first[] = {element[0], '\0'};
    if (strncasecmp(label, "wat", 3) == 0) {
        (void)snprintf(element, ATOM_ELEMENT_SIZE, "O");
    } else if (element[1] && !formula_has(block->formula, element) &&
               formula_has(block->formula, first)) {
        element[1] = '\0';
    }
}

/* "Fe3+", "O2-", "D", "Cl1", "H(SDS)". */
static void element_of_site(const struct cif_block *block, const struct cif_site *site,
                            char element[ATOM_ELEMENT_SIZE]) {
    const char *const labels[] = {site->type, site->label};
    for (size_t i = 0; i < 2; i++) {
        const char *label = labels[i];
        element_of_label(label, element);
        if (strcmp(element, "X") != 0) {
            if (label == site->label) {
                doubt_label(block, label, element);
            }
            return;
        }
        if ((*label == 'D' || *label == 'd' || *label == 'T') &&
            !isalpha((unsigned char)label[1])) {
            memcpy(element, "H", 2);
            return;
        }
    }
}

static int check_site(struct build *build, const struct cif_site *site) {
    /* "0.8Nb + 0.2Zr" */
    if (isdigit((unsigned char)site->type[0])) {
        return structure_fail(build->msg, build->text->file, site->line,
                              "the site %s holds several elements (%s): a disordered "
                              "structure is an average of several; choose one of them, "
                              "in a larger cell where it takes one",
                              site->label, site->type);
    }
    if (site->occupancy > 0.999) {
        return 0;
    }
    return structure_fail(
        build->msg, build->text->file, site->line,
        "the site %s is occupied by %g only: a disordered structure is "
        "an average of several; choose one of them, in a larger cell "
        "where it takes one, and leave its atoms at occupancy 1",
        site->label[0] ? site->label : site->type, site->occupancy);
}

static int add_site(struct build *build, const struct expansion *expansion,
                    const struct cif_site *site, struct structure *got) {
    char element[ATOM_ELEMENT_SIZE];
    double x[3];
    struct cell_inverse inverse;
    bool fractional = site->has_x[0] && site->has_x[1] && site->has_x[2];
    bool cartesian = site->has_cartn[0] && site->has_cartn[1] && site->has_cartn[2];
    if (site->dummy || (!fractional && !cartesian)) {
        return site->dummy ? 0
                           : structure_note(got,
                                            "the site %s (line %ld) has no coordinates "
                                            "and is left out",
                                            site->label, site->line);
    }
    int r = check_site(build, site);
    if (r) {
        return r;
    }
    element_of_site(build->block, site, element);
    memcpy(x, site->x, sizeof x);
    if (!fractional && got->periodic == 0) {
        r = structure_add(got, element, site->cartn);
    } else {
        if (!fractional && cell_invert(&expansion->frame, &inverse) == 0) {
            cell_to_fractional(&inverse, site->cartn, x);
        }
        r = expand_atom(expansion, element, x, got);
    }
    return structure_added(r, build->msg, build->text->file, site->line);
}

static int add_sites(struct build *build, const struct expansion *expansion,
                     struct structure *got) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < build->block->n_sites; i++) {
        r = add_site(build, expansion, &build->block->sites[i], got);
    }
    return r == 0 && got->n_atoms == 0 ? fail(build, build->block->line,
                                              "no atom in this block has coordinates")
                                       : r;
}

static bool has_fractional(const struct cif_block *block) {
    bool has = false;
    for (size_t i = 0; i < block->n_sites && !has; i++) {
        const struct cif_site *site = &block->sites[i];
        has = site->has_x[0] && !site->has_cartn[0];
    }
    return has;
}

int cif_block_build(struct cif_block *block, const struct structure_text *text,
                    struct errmsg *msg, struct structure *got) {
    struct build whole = {text, msg, block};
    struct build *build = &whole;
    struct setting setting;
    struct expansion expansion = {.n = 0};
    const char *title = block->formula[0] ? block->formula : NULL;
    int r = title ? structure_set_title(got, title, strlen(title))
                  : structure_set_title(got, block->name, block->n_name);
    if (r == 0 && block->cell_known == 0 && !has_fractional(block)) {
        return add_sites(build, &expansion, got);
    }
    if (r == 0 && block->cell_known != 0x3F) {
        return fail(build, block->line,
                    "the cell is not whole: _cell_length_a, _b, _c and "
                    "_cell_angle_alpha, _beta, _gamma belong to it");
    }
    if (r == 0 && cell_of_parameters(&block->cell, &got->cell)) {
        return fail(build, block->line, "no cell has such edges and angles");
    }
    got->periodic = 3;
    r = r ? r : join_centrings(build);
    if (r == 0 && block->n_operations == 0) {
        r = find_setting(build, &setting);
        expansion.operations = setting.operations;
        expansion.n = setting.n;
    } else {
        expansion.operations = block->operations;
        expansion.n = block->n_operations;
    }
    expansion.frame = expansion.cell = got->cell;
    return r ? r : add_sites(build, &expansion, got);
}

bool cif_block_has_atoms(const struct cif_block *block) {
    bool placed = false;
    for (size_t i = 0; i < block->n_sites && !placed; i++) {
        const struct cif_site *site = &block->sites[i];
        placed = site->has_x[0] || site->has_cartn[0];
    }
    return placed;
}
