/* The characters of the terminal. */
#pragma once

#include <stdbool.h>

/* Take LC_CTYPE, and nothing else, from the environment: numbers keep their point.
 * Whether the characters are UTF-8. A static program brings what it needs for UTF-8
 * with it, for systems whose locales are missing or of another C library. */
bool charset_init(void);
