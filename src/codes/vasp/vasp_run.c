/* Which of VASP's three programs an input is for: vasp_ncl where spins may point
 * anywhere, vasp_gam where Γ is the only k point (it takes half the work there), else
 * vasp_std, which also does what vasp_gam does. */
#include "codes/vasp/vasp_input.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { KPOINTS_MAX = 64 * 1024, KPOINTS_LINE_MAX = 256 };

/* The next line as a string, cut. */
static bool next_line(const char **at, const char *end, char line[KPOINTS_LINE_MAX]) {
    if (*at == end) {
        return false;
    }
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t n = (size_t)((stop ? stop : end) - *at);
    size_t kept = n < KPOINTS_LINE_MAX - 1 ? n : KPOINTS_LINE_MAX - 1;
    memcpy(line, *at, kept);
    line[kept] = '\0';
    *at = stop ? stop + 1 : end;
    return true;
}

static bool is_origin(const char *line) {
    double x = 0, y = 0, z = 0;
    return sscanf(line, "%lf %lf %lf", &x, &y, &z) == 3 && x == 0 && y == 0 && z == 0;
}

/* Comment; how many points, 0 for a mesh; kind; then the mesh and its shift, or the
 * points. */
static bool is_gamma_only(const char *text, size_t n) {
    const char *at = text;
    const char *end = text + n;
    char count[KPOINTS_LINE_MAX], kind[KPOINTS_LINE_MAX], mesh[KPOINTS_LINE_MAX];
    char shift[KPOINTS_LINE_MAX];
    int points = 0, x = 0, y = 0, z = 0;
    if (!next_line(&at, end, kind) || !next_line(&at, end, count) ||
        !next_line(&at, end, kind) || !next_line(&at, end, mesh) ||
        sscanf(count, "%d", &points) != 1) {
        return false;
    }
    if (points == 1) {
        return is_origin(mesh);
    }
    int first = tolower((unsigned char)kind[strspn(kind, " \t")]);
    if (points != 0 || (first != 'g' && first != 'm')) {
        return false;
    }
    bool shifted = next_line(&at, end, shift) && !is_origin(shift) &&
                   shift[strspn(shift, " \t\r")] != '\0';
    return sscanf(mesh, "%d %d %d", &x, &y, &z) == 3 && x == 1 && y == 1 && z == 1 &&
           !shifted;
}

const char *const *vasp_programs(const char *text, size_t n,
                                 const struct code_beside *beside, int cores) {
    static const char *const std[] = {"vasp_std", "vasp", NULL};
    static const char *const gam[] = {"vasp_gam", "vasp_std", "vasp", NULL};
    static const char *const ncl[] = {"vasp_ncl", NULL};
    (void)cores;
    if (vasp_incar_is_true(text, n, "LNONCOLLINEAR") ||
        vasp_incar_is_true(text, n, "LSORBIT")) {
        return ncl;
    }
    _cleanup_buf_ struct buf kpoints = BUF_NULL;
    if (beside && beside->read(beside->data, "KPOINTS", KPOINTS_MAX, &kpoints) == 0 &&
        is_gamma_only(buf_bytes(&kpoints), buf_len(&kpoints))) {
        return gam;
    }
    return std;
}
