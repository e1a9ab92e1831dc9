/* Files that hold a structure: which format one is in, and reading it. */
#pragma once

#include "codes/code.h"
#include "structure/structure.h"

enum {
    STRUCTURE_FILE_E_UNKNOWN = 2, /* no format that is known */
};

/* Read one. `name` is that of the file, without a folder; it decides where the content
 * does not. Files that it refers to are read by `beside`, which may be NULL. *format
 * (static) is what people call the format; it is set where one was recognised. 0,
 * STRUCTURE_E_INPUT with `msg`, STRUCTURE_FILE_E_UNKNOWN, or -ENOMEM. */
int structure_file_read(const char *name, const char *text, size_t n,
                        const struct code_beside *beside, struct structure *out,
                        const char **format, struct errmsg *msg);

/* Append a structure in the format called so ("poscar", "cif", "pw", "xyz", "d12"). 0,
 * STRUCTURE_FILE_E_UNKNOWN, STRUCTURE_E_INPUT where the format cannot hold it, or
 * -ENOMEM. */
int structure_file_write(const char *format, const struct structure *structure,
                         struct buf *out, struct errmsg *msg);
/* Their names, NULL-terminated; static. */
const char *const *structure_file_formats(void);
