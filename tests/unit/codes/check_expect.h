/* Checking an input beside files that are made up. */
#pragma once

#include "codes/code_check.h"

#include "base/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Pairs of names and contents, ended by NULL. */
static int give(void *data, const char *name, size_t most, struct buf *out) {
    const char *const *files = data;
    for (; files[0]; files += 2) {
        if (strcmp(files[0], name) == 0) {
            size_t n = strlen(files[1]);
            return buf_append(out, files[1], n < most ? n : most);
        }
    }
    return -ENOENT;
}

static int check(const char *code, const char *file, const char *text,
                 const char *const *files, struct code_findings *out) {
    const struct code_beside beside = {give, (void *)files};
    char *env[] = {NULL};
    return code_check(code_by_name(code), file, text, strlen(text), env, &beside, out);
}

/* The findings, errors with ! before them, are these and no others. */
static void expect(const char *code, const char *file, const char *text,
                   const char *const *files, const char *want) {
    struct code_findings findings = {NULL, 0, 0};
    _cleanup_buf_ struct buf got = BUF_NULL;
    assert_int_equal(check(code, file, text, files, &findings), 0);
    for (size_t i = 0; i < findings.n; i++) {
        const struct code_finding *one = &findings.items[i];
        assert_int_equal(buf_printf(&got, "%s%s\n", one->error ? "!" : "", one->text),
                         0);
    }
    code_findings_deinit(&findings);
    _cleanup_free_ char *string = buf_len(&got) ? buf_take_string(&got) : strdup("");
    assert_string_equal(string, want);
}
