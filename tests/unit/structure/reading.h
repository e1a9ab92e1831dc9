/* Reading structures in tests. */
#pragma once

#include "structure/structure.h"

typedef int reading_fn(const struct structure_text *text, struct structure *out,
                       struct errmsg *msg);

/* The structure in a text, which must be right. */
void reading_ok(reading_fn *fn, const char *text, struct structure *out);
/* The text is refused, in these words; the file is called "f". */
void reading_refused(reading_fn *fn, const char *text, const char *words);
/* Atom i is of this element, and there within 1e-6 Å. */
void reading_atom(const struct structure *structure, size_t i, const char *element,
                  double x, double y, double z);
/* Edges and angles within 1e-6. */
void reading_cell(const struct structure *structure, double a, double b, double c,
                  double alpha, double beta, double gamma);
/* The text cut at every byte, and with every byte replaced by others, ends in a
 * structure or a message; and so it does, in -ENOMEM, when any allocation fails. */
void reading_hostile(reading_fn *fn, const char *text);
