/* Injected allocation failure, for programs linked with the --wrap flags of this
 * folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Let `skip` allocations pass and the next one fail, once. Counts malloc, calloc,
 * realloc, strdup and strndup of everything that is linked statically. */
void alloc_fault_arm(size_t skip);
/* Stop injecting. Whether the armed failure has happened. */
bool alloc_fault_disarm(void);

/* Run `attempt` with the first, second, third … allocation failing, until one run goes
 * through without reaching its failure. `attempt` returns 0 or the error it got; every
 * run that met the injected failure must return `expect`. Returns how many failures
 * were injected; fails the cmocka test where a result was wrong. */
size_t alloc_fault_sweep(int (*attempt)(void *data), void *data, int expect);
