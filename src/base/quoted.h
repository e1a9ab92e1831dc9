/* Sentences for people that quote bytes of files, which may hold anything. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Make a sentence fit to be shown, in place: what is no UTF-8, and control characters,
 * become '?'. Where a character is among it that looks like one of ASCII and is read as
 * something else (the minus sign of a word processor, a blank that does not break a
 * line), that is told behind it, if `size` bytes have room. */
void quoted_clean(char *sentence, size_t size);
/* Whether a line has no other characters than those of ASCII. Others are easily
 * overlooked, so that what is wrong in such a line is told with the line. */
bool quoted_is_plain(const char *line);
