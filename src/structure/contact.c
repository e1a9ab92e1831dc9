/* The closest pair. Atoms are sorted into boxes, and those in boxes near each other are
 * compared; the reach begins small and doubles until a pair is found that none beyond
 * it can beat. So the time goes with the number of atoms, not with its square, unless
 * all of them sit in one place. */
#include "structure/contact.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    BOXES_MAX = 64,          /* along one direction */
    COMPARED_MAX = 40000000, /* boxes looked into, and pairs; a part of a second */
};

struct search {
    const struct structure *structure;
    struct cell frame; /* the cell, or a box around what does not repeat */
    bool repeats[3];
    int boxes[3];
    double height[3];    /* Å, of the frame between opposite faces */
    double (*places)[3]; /* owned: Cartesian, within the frame */
    double *radii;       /* owned */
    int *first;          /* owned: the first atom in each box, -1 for none */
    int *next;           /* owned: the next one in the same box */
    double radius_max;
    int64_t compared;
    struct contact best;
    double best_ratio;
};

static void search_deinit(struct search *search) {
    free(search->places);
    free(search->radii);
    free(search->first);
    free(search->next);
}

/* ---- the frame ---- */

static void cross(const double u[3], const double v[3], double out[3]) {
    out[0] = u[1] * v[2] - u[2] * v[1];
    out[1] = u[2] * v[0] - u[0] * v[2];
    out[2] = u[0] * v[1] - u[1] * v[0];
}

static double length(const double v[3]) {
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

/* Along what does not repeat, vectors normal to the rest, long enough for all. */
static void make_frame(struct search *search) {
    const struct structure *structure = search->structure;
    struct cell *frame = &search->frame;
    double extent = 1;
    for (size_t i = 0; i < structure->n_atoms; i++) {
        double reach = 2 * length(structure->atoms[i].position) + 1;
        extent = reach > extent ? reach : extent;
    }
    *frame = structure->cell;
    for (int i = 0; i < 3; i++) {
        search->repeats[i] = i < structure->periodic;
    }
    if (structure->periodic == 0) {
        *frame = (struct cell){{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    } else if (structure->periodic == 1) {
        const double *a = frame->vector[0];
        double axis[3] = {fabs(a[0]) > 0.9 * length(a) ? 0 : 1,
                          fabs(a[0]) > 0.9 * length(a) ? 1 : 0, 0};
        cross(a, axis, frame->vector[1]);
        cross(a, frame->vector[1], frame->vector[2]);
    } else if (structure->periodic == 2) {
        cross(frame->vector[0], frame->vector[1], frame->vector[2]);
    }
    for (int i = structure->periodic; i < 3; i++) {
        double scale = extent / length(frame->vector[i]);
        for (int k = 0; k < 3; k++) {
            frame->vector[i][k] *= scale;
        }
    }
}

static int box_of(const struct search *search, const double fractional[3]) {
    int place[3];
    for (int k = 0; k < 3; k++) {
        int box = (int)(fractional[k] * search->boxes[k]);
        place[k] = box < 0 ? 0 : box >= search->boxes[k] ? search->boxes[k] - 1 : box;
    }
    return (place[0] * search->boxes[1] + place[1]) * search->boxes[2] + place[2];
}

static void choose_boxes(struct search *search) {
    struct cell_parameters p = cell_parameters(&search->frame);
    double side = cbrt(p.volume / (double)search->structure->n_atoms);
    for (int i = 0; i < 3; i++) {
        double area[3];
        cross(search->frame.vector[(i + 1) % 3], search->frame.vector[(i + 2) % 3],
              area);
        search->height[i] = p.volume / length(area);
        double boxes = floor(search->height[i] / fmax(side, 1.0));
        search->boxes[i] = (int)fmax(1, fmin(BOXES_MAX, boxes));
    }
}

static int sort_atoms(struct search *search, double (*radius)(const char *)) {
    const struct structure *structure = search->structure;
    struct cell_inverse inverse;
    size_t n = structure->n_atoms;
    if (cell_invert(&search->frame, &inverse)) {
        return -ENOENT;
    }
    choose_boxes(search);
    size_t boxes =
        (size_t)search->boxes[0] * (size_t)search->boxes[1] * (size_t)search->boxes[2];
    search->places = calloc(n, sizeof *search->places);
    search->radii = calloc(n, sizeof *search->radii);
    search->next = calloc(n, sizeof *search->next);
    search->first = malloc(boxes * sizeof *search->first);
    if (!search->places || !search->radii || !search->next || !search->first) {
        return -ENOMEM;
    }
    memset(search->first, 0xFF, boxes * sizeof *search->first);
    for (size_t i = n; i-- > 0;) {
        double at[3];
        cell_to_fractional(&inverse, structure->atoms[i].position, at);
        for (int k = 0; k < 3; k++) {
            /* The frame of what does not repeat lies around the origin. */
            at[k] = search->repeats[k] ? at[k] - floor(at[k]) : at[k] + 0.5;
        }
        cell_to_cartesian(&search->frame, at, search->places[i]);
        int box = box_of(search, at);
        search->next[i] = search->first[box];
        search->first[box] = (int)i;
        search->radii[i] = radius ? radius(structure->atoms[i].element) : 0.5;
        search->radius_max = fmax(search->radius_max, search->radii[i]);
    }
    return 0;
}

/* ---- comparing ---- */

static void compare(struct search *search, size_t one, size_t other,
                    const double shift[3], bool home) {
    if (home && one >= other) {
        return;
    }
    double apart[3];
    for (int k = 0; k < 3; k++) {
        apart[k] = search->places[other][k] + shift[k] - search->places[one][k];
    }
    double distance = length(apart);
    double ratio = distance / (search->radii[one] + search->radii[other]);
    search->compared++;
    if (ratio < search->best_ratio * (1 - 1e-9)) {
        search->best_ratio = ratio;
        search->best = (struct contact){one < other ? one : other,
                                        one < other ? other : one, distance};
    }
}

/* The box that lies `step` from `from` along a direction, and in which image; false
 * where nothing is there. */
static bool step_box(const struct search *search, int k, int from, int step, int *box,
                     int *image) {
    int boxes = search->boxes[k];
    int to = from + step;
    *image = to >= 0 ? to / boxes : -((boxes - 1 - to) / boxes);
    *box = to - *image * boxes;
    return *image == 0 || search->repeats[k];
}

static void compare_boxes(struct search *search, size_t one, const int from[3],
                          const int steps[3]) {
    int box[3];
    int image[3];
    if (!step_box(search, 0, from[0], steps[0], &box[0], &image[0]) ||
        !step_box(search, 1, from[1], steps[1], &box[1], &image[1]) ||
        !step_box(search, 2, from[2], steps[2], &box[2], &image[2])) {
        return;
    }
    double shift[3];
    const double images[3] = {image[0], image[1], image[2]};
    cell_to_cartesian(&search->frame, images, shift);
    bool home = image[0] == 0 && image[1] == 0 && image[2] == 0;
    int at = (box[0] * search->boxes[1] + box[1]) * search->boxes[2] + box[2];
    search->compared++;
    for (int other = search->first[at]; other >= 0; other = search->next[other]) {
        compare(search, one, (size_t)other, shift, home);
    }
}

static void compare_around(struct search *search, size_t one, int box,
                           const int reach[3]) {
    int from[3] = {box / (search->boxes[1] * search->boxes[2]),
                   box / search->boxes[2] % search->boxes[1], box % search->boxes[2]};
    for (int i = -reach[0]; i <= reach[0]; i++) {
        for (int j = -reach[1]; j <= reach[1] && search->compared < COMPARED_MAX; j++) {
            for (int k = -reach[2]; k <= reach[2]; k++) {
                const int steps[3] = {i, j, k};
                compare_boxes(search, one, from, steps);
            }
        }
    }
}

/* All pairs up to a distance, in Å, and some beyond. */
static void compare_all(struct search *search, double distance) {
    int reach[3];
    for (int k = 0; k < 3; k++) {
        double steps = ceil(distance * search->boxes[k] / search->height[k]);
        bool all = !search->repeats[k] && steps > search->boxes[k];
        reach[k] = all ? search->boxes[k] : (int)fmin(steps, 1000);
    }
    int boxes = search->boxes[0] * search->boxes[1] * search->boxes[2];
    for (int box = 0; box < boxes; box++) {
        for (int one = search->first[box]; one >= 0 && search->compared < COMPARED_MAX;
             one = search->next[one]) {
            compare_around(search, (size_t)one, box, reach);
        }
    }
}

int contact_closest(const struct structure *structure,
                    double (*radius)(const char *element), struct contact *out) {
    struct search search = {.structure = structure, .best_ratio = DBL_MAX};
    if (structure->n_atoms < 2 &&
        (structure->n_atoms == 0 || structure->periodic == 0)) {
        return -ENOENT;
    }
    make_frame(&search);
    int r = sort_atoms(&search, radius);
    double reach = 2;
    double most = 4 * STRUCTURE_NO_PERIOD;
    for (; r == 0 && reach < most && search.compared < COMPARED_MAX; reach *= 2) {
        compare_all(&search, reach);
        if (search.best_ratio * 2 * search.radius_max <= reach) {
            break;
        }
    }
    r = r == 0 && search.best_ratio == DBL_MAX ? -ENOENT : r;
    if (r == 0) {
        *out = search.best;
    }
    search_deinit(&search);
    return r;
}
