/* The geometry of an input of pw.x whose syntax is right, and its mesh of k points.
 * What cannot be read as a structure (letters of Wyckoff positions) is not looked at.
 */
#include "codes/qe/pwx_input.h"

#include "base/fortran.h"
#include "codes/code_check.h"
#include "codes/geometry_check.h"
#include "structure/structure.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* Walk to the card; its line is in `lines` then. */
static bool find_card(struct structure_lines *lines, const struct structure_text *text,
                      const char *card) {
    size_t n = strlen(card);
    structure_lines_begin(lines, text);
    while (structure_lines_next(lines)) {
        const char *at = structure_line_text(lines->line);
        if (strncasecmp(at, card, n) == 0 && !isalnum((unsigned char)at[n]) &&
            at[n] != '_') {
            return true;
        }
    }
    return false;
}

static bool read_mesh(struct structure_lines *lines, const struct structure_text *text,
                      long mesh[3]) {
    if (!find_card(lines, text, "K_POINTS") || !strcasestr(lines->line, "automatic")) {
        return false;
    }
    bool more = structure_lines_next(lines);
    while (more && strchr("!#", *structure_line_text(lines->line))) {
        more = structure_lines_next(lines);
    }
    const char *at = lines->line;
    return fortran_int(&at, &mesh[0]) && fortran_int(&at, &mesh[1]) &&
           fortran_int(&at, &mesh[2]);
}

int pwx_geometry_check(const char *file, const char *text, size_t n,
                       struct code_findings *out) {
    const struct structure_text whole = {file, text, n};
    _cleanup_structure_ struct structure structure = STRUCTURE_NULL;
    struct structure_lines lines;
    long mesh[3] = {0};
    int r = find_card(&lines, &whole, "K_POINTS")
                ? 0
                : code_find(out, false, file, 0,
                            "there is no card K_POINTS, so that pw.x takes the gamma "
                            "point alone, as for a molecule in a box");
    r = r ? r : pwx_structure_read(&whole, &structure, NULL);
    if (r != 0) {
        return r == -ENOMEM ? r : 0;
    }
    bool card = find_card(&lines, &whole, "ATOMIC_POSITIONS");
    r = geometry_check_contacts(&structure, file, card ? lines.number : 0, out);
    if (r == 0 && read_mesh(&lines, &whole, mesh)) {
        r = geometry_check_mesh(&structure, mesh, file, lines.number, out);
    }
    return r;
}
