/* What a static program brings with it, because the system that it runs on may have
 * none, or another kind. In all other builds there is nothing here. Made by
 * tools/static-data. */
#pragma once

#include <stddef.h>

struct static_terminal {
    const char *name;
    const char *description; /* for $TERMINFO: see infocmp(1), option -Q */
};

/* Ended by a NULL name. */
extern const struct static_terminal static_terminals[];

/* The LC_CTYPE of the locale C.UTF-8, as the C library reads it from a file. */
extern const unsigned char static_characters[];
extern const size_t static_characters_size;
