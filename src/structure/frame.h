/* The same structure in a frame that a format takes. */
#pragma once

#include "structure/structure.h"

/* Vacuum between what does not repeat and its image, in Å. */
#define FRAME_VACUUM 15.0

/* Repeating along all three directions: what does not is put into the middle of a box
 * with this vacuum around; a copy where all do. 0 or -ENOMEM. */
int frame_boxed(const struct structure *structure, double vacuum,
                struct structure *out);

/* Turned so that a is along x, b in the plane of x and y, and the vectors are
 * right-handed (all three are reversed where they were not); vectors along which
 * nothing repeats are along y and z. What crystallographers' edges and angles stand
 * for. A molecule is copied. The title is not taken along. 0 or -ENOMEM. */
int frame_standard(const struct structure *structure, struct structure *out);

/* Coordinates of an atom as fractions of the vectors. NAN where there is no cell. */
void frame_fractional(const struct structure *structure, size_t atom, double out[3]);

/* The elements in the order of their first atoms, and how many atoms each has. Kinds of
 * no known element are told apart: what they are is known to whoever made the file. */
enum { FRAME_ELEMENTS_MAX = 128 };
struct frame_elements {
    char element[FRAME_ELEMENTS_MAX][ATOM_ELEMENT_SIZE];
    int kind[FRAME_ELEMENTS_MAX]; /* 0: a known element */
    size_t count[FRAME_ELEMENTS_MAX];
    size_t n;
};
void frame_elements(const struct structure *structure, struct frame_elements *out);
/* Which of them an atom is of. */
size_t frame_element_of(const struct frame_elements *elements, const struct atom *atom);
