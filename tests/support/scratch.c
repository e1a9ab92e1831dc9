/* Private folders below TMPDIR, removed with everything in them. */
#include "support/scratch.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

char *scratch_make(void) {
    const char *parent = getenv("TMPDIR");
    char *path = scratch_path(parent ? parent : "/tmp", "crystalmath-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw) {
    (void)st;
    (void)type;
    (void)ftw;
    (void)remove(path);
    return 0;
}

char *scratch_remove(char *path) {
    if (path) {
        (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(path);
    }
    return NULL;
}

char *scratch_path(const char *path, const char *name) {
    size_t n = strlen(path) + strlen(name) + 2;
    char *joined = malloc(n);
    assert_non_null(joined);
    (void)snprintf(joined, n, "%s/%s", path, name);
    return joined;
}
