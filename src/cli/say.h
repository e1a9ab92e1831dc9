/* Words for the user on stderr, and memory that never runs out for its caller.
 *
 * This is a program that runs for one command: where no memory is left it says so and
 * exits with 1, so that nothing in this folder carries that case along. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* "crystalmath: …" and a newline. Control characters become '?'. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, for a command line that is wrong; returns CLI_USAGE. */
int say_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The bytes of the control character at the front of a text of n ≥ 1 bytes, 0 when
 * there is none. Tabs, line feeds and carriage returns are not counted as such. `utf8`:
 * whether it will be read as UTF-8. */
size_t say_control(const char *at, size_t n, bool utf8);

void say_no_memory(void) __attribute__((noreturn));

/* Returns `p`, or ends the program where it is NULL. */
void *say_need(void *p);
/* Format into a fresh string that the caller frees; never NULL. */
char *say_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
