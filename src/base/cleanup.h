/* Scope-bound ownership: variables that release what they hold when they go out of
 * scope. A variable marked so is initialised where it is declared; ownership leaves it
 * through TAKE_PTR or TAKE_FD. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(func) __attribute__((__cleanup__(func)))

/* Yield the pointer held by an lvalue and leave NULL behind. */
#define TAKE_PTR(lvalue)                                                               \
    __extension__({                                                                    \
        __typeof__(lvalue) *take_source_ = &(lvalue);                                  \
        __typeof__(lvalue) take_value_ = *take_source_;                                \
        *take_source_ = NULL;                                                          \
        take_value_;                                                                   \
    })

/* Yield the descriptor held by an lvalue and leave -1 behind. */
#define TAKE_FD(lvalue)                                                                \
    __extension__({                                                                    \
        int *take_source_ = &(lvalue);                                                 \
        int take_value_ = *take_source_;                                               \
        *take_source_ = -1;                                                            \
        take_value_;                                                                   \
    })

/* Define FUNCp(T *) for use with _cleanup_, from a destructor FUNC(T) of a pointer
 * type. */
#define DEFINE_CLEANUP(type, func)                                                     \
    static inline void func##p(type *held) {                                           \
        if (*held) {                                                                   \
            (void)func(*held);                                                         \
        }                                                                              \
    }                                                                                  \
    struct cleanup_takes_a_semicolon

static inline void freep(void *held) {
    free(*(void **)held);
}

static inline void closep(int *fd) {
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static inline void fclosep(FILE **file) {
    if (*file) {
        (void)fclose(*file);
    }
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)
