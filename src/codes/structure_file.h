/* Files that hold a structure: which format one is in, and reading it. */
#pragma once

#include "codes/code.h"
#include "structure/structure.h"

#include <stdbool.h>

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

/* The formats that are written. */
enum structure_format {
    STRUCTURE_POSCAR,
    STRUCTURE_CIF,
    STRUCTURE_PW, /* &system and cards for pw.x */
    STRUCTURE_XYZ,
    STRUCTURE_D12, /* title and geometry for CRYSTAL */
    STRUCTURE_N_FORMATS,
};

/* The name of a format on the command line; static. */
const char *structure_format_name(enum structure_format format);
/* The format of that name; false where there is none. */
bool structure_format_by_name(const char *name, enum structure_format *out);
/* The format that a file's name stands for ("POSCAR", "x.cif", …), without a folder;
 * false where it stands for none. */
bool structure_format_of_file(const char *name, enum structure_format *out);

/* Append a structure. Where the format takes only what repeats in three directions, the
 * rest is put into a box with vacuum. What a person should know of what was written is
 * in `note`, which is empty otherwise. 0, STRUCTURE_E_INPUT with `msg` where the
 * structure cannot be written so, or -ENOMEM. */
int structure_file_write(const struct structure *structure,
                         enum structure_format format, struct buf *out,
                         struct errmsg *note, struct errmsg *msg);
