/* One armed countdown; the wrapped allocators ask it before they go to the real ones.
 */
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool armed;
static bool fired;
static size_t countdown;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static bool refuse(void) {
    if (!armed) {
        return false;
    }
    if (countdown > 0) {
        countdown--;
        return false;
    }
    armed = false;
    fired = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size) {
    return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return refuse() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) {
    return refuse() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n) {
    return refuse() ? NULL : __real_strndup(text, n);
}

void alloc_fault_arm(size_t skip) {
    armed = true;
    fired = false;
    countdown = skip;
}

bool alloc_fault_disarm(void) {
    armed = false;
    return fired;
}

size_t alloc_fault_sweep(int (*attempt)(void *data), void *data, int expect) {
    for (size_t n = 0;; n++) {
        alloc_fault_arm(n);
        int result = attempt(data);
        if (!alloc_fault_disarm()) {
            assert_int_equal(result, 0);
            return n;
        }
        assert_int_equal(result, expect);
    }
}
