/* The words of a CIF.
 * Format: the IUCr's "CIF version 1.1 working specification", syntax. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum cif_kind {
    CIF_END,
    CIF_DATA,  /* data_NAME: the text is NAME */
    CIF_LOOP,  /* loop_ */
    CIF_OTHER, /* save_, global_, stop_: passed over */
    CIF_TAG,   /* _name */
    CIF_VALUE,
};

struct cif_token {
    enum cif_kind kind;
    const char *text; /* n bytes of the file, without quotes */
    size_t n;
    long line;   /* from 1 */
    bool quoted; /* so that ? and . are themselves */
};

struct cif_reader {
    const char *at, *end;
    long line;
    bool fresh; /* at the beginning of a line */
};

void cif_begin(struct cif_reader *reader, const char *text, size_t n);
/* The next word. Quotes that are not closed end with their line, a text field with the
 * file. */
struct cif_token cif_next(struct cif_reader *reader);
