/* New bytes of files there: the program run by a real shell, and what it prints, read
 * whole, cut and with anything in between. */
#include "slurm/reading.h"

#include "base/cleanup.h"
#include "slurm/script.h"
#include "support/alloc_fault.h"
#include "support/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *put(const char *folder, const char *name, const char *bytes, size_t n) {
    char *path = scratch_path(folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    return path;
}

/* What sh prints of a program. */
static void run(const char *folder, const struct buf *program, struct buf *out) {
    _cleanup_free_ char *script =
        put(folder, "program", buf_bytes(program), buf_len(program));
    char command[4200];
    char piece[4096];
    (void)snprintf(command, sizeof command, "sh <'%s'", script);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t n = 0; (n = fread(piece, 1, sizeof piece, pipe)) > 0;) {
        assert_int_equal(buf_append(out, piece, n), 0);
    }
    (void)pclose(pipe);
}

struct seen {
    char text[4096];
    size_t n;
};

static void note(const struct slurm_piece *piece, void *data) {
    struct seen *seen = data;
    seen->n++;
    size_t used = strlen(seen->text);
    (void)snprintf(seen->text + used, sizeof seen->text - used, "%d/%d+%d:%.*s;",
                   (int)piece->key, (int)piece->size, (int)piece->offset, (int)piece->n,
                   piece->bytes);
}

static void only_what_is_new_comes(void **state) {
    (void)state;
    char *folder = scratch_make();
    _cleanup_free_ char *path = put(folder, "it's $x\nout", "0123456789", 10);
    _cleanup_buf_ struct buf program = BUF_NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;
    struct seen seen = {.n = 0};
    assert_int_equal(slurm_read_program(&program, 7, folder, "it's $x\nout", 4, 3), 0);
    assert_int_equal(slurm_read_program(&program, 8, folder, "it's $x\nout", 8, 100),
                     0);
    assert_int_equal(slurm_read_program(&program, 9, folder, "it's $x\nout", 10, 100),
                     0);
    assert_int_equal(slurm_read_program(&program, 10, folder, "it's $x\nout", 99, 9),
                     0);
    assert_int_equal(slurm_read_program(&program, 11, folder, "none", 0, 100), 0);
    run(folder, &program, &out);
    slurm_pieces_read(buf_bytes(&out), buf_len(&out), note, &seen);
    assert_string_equal(seen.text, "7/10+4:456;8/10+8:89;9/10+10:;10/10+99:;11/-1+0:;");
    scratch_remove(folder);
}

static void bytes_may_be_any(void **state) {
    (void)state;
    static const char bytes[] = "a\n\x1fpiece 1 2 3 4\n\0b";
    char *folder = scratch_make();
    _cleanup_free_ char *path = put(folder, "out", bytes, sizeof bytes - 1);
    _cleanup_buf_ struct buf program = BUF_NULL;
    _cleanup_buf_ struct buf out = BUF_NULL;
    struct seen seen = {.n = 0};
    assert_int_equal(slurm_read_program(&program, 1, folder, "out", 0, 100), 0);
    assert_int_equal(slurm_read_program(&program, 2, folder, "out", 1, 1), 0);
    run(folder, &program, &out);
    slurm_pieces_read(buf_bytes(&out), buf_len(&out), note, &seen);
    char want[40];
    (void)snprintf(want, sizeof want, "2/%d+1:\n;", (int)sizeof bytes - 1);
    assert_int_equal(seen.n, 2);
    assert_non_null(strstr(seen.text, want));
    scratch_remove(folder);
}

static void what_was_cut_is_not_believed(void **state) {
    (void)state;
    static const char whole[] = "banner\n\x1fpiece 3 5 0 5\nabcde\n";
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        struct seen seen = {.n = 0};
        slurm_pieces_read(whole, n, note, &seen);
        assert_int_equal(seen.n, 0);
    }
    struct seen seen = {.n = 0};
    slurm_pieces_read(whole, sizeof whole - 1, note, &seen);
    assert_string_equal(seen.text, "3/5+0:abcde;");
}

static void a_line_that_is_none_is_passed_over(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "\x1fpiece 3 5 0 -1\n\n", "\x1fpiece 3 5 0 99999999999999999999\nab\n",
        "\x1fpiece x\n", "\x1fpiece 3 5\n", "\x1fpiece 3 5 0 2\nabc\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct seen seen = {.n = 0};
        slurm_pieces_read(wrong[i], strlen(wrong[i]), note, &seen);
        assert_int_equal(seen.n, 0);
    }
}

static void the_home_there_is_the_shells(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(slurm_quote_folder(&out, "~/a b"), 0);
    assert_int_equal(buf_append(&out, " ", 1), 0);
    assert_int_equal(slurm_quote_folder(&out, "~"), 0);
    assert_int_equal(buf_append(&out, " ", 1), 0);
    assert_int_equal(slurm_quote_folder(&out, "/x/~/$y"), 0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    assert_string_equal(buf_bytes(&out), "\"$HOME\"/'a b' \"$HOME\" '/x/~/$y'");
}

static int build(void *data) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    (void)data;
    int r = slurm_read_program(&out, 1, "~/a", "it's", 1, 2);
    assert_true(r == 0 || buf_len(&out) == 0);
    return r;
}

static void without_memory_nothing_is_appended(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(build, NULL, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_new_comes),
        cmocka_unit_test(bytes_may_be_any),
        cmocka_unit_test(what_was_cut_is_not_believed),
        cmocka_unit_test(a_line_that_is_none_is_passed_over),
        cmocka_unit_test(the_home_there_is_the_shells),
        cmocka_unit_test(without_memory_nothing_is_appended),
    };
    return cmocka_run_group_tests_name("slurm: reading", tests, NULL, NULL);
}
