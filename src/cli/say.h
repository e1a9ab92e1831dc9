/* Words for the user on stderr, and memory that never runs out for its caller.
 *
 * This is a program that runs for one command: where no memory is left it says so and
 * exits with 1, so that nothing in this folder carries that case along. */
#pragma once

/* "crystalmath: …" and a newline. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, for a command line that is wrong; returns CLI_USAGE. */
int say_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

void say_no_memory(void) __attribute__((noreturn));

/* Returns `p`, or ends the program where it is NULL. */
void *say_need(void *p);
/* Format into a fresh string that the caller frees; never NULL. */
char *say_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
