/* Words quoted for a shell come out of one as they were. */
#include "base/shell_quote.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void what_is_plain_stays_as_it_is(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(shell_quote(&out, "user@login1:/a-b_c/d.in,+"), 0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    assert_string_equal(buf_bytes(&out), "user@login1:/a-b_c/d.in,+");
}

static void an_empty_word_is_a_word(void **state) {
    (void)state;
    _cleanup_buf_ struct buf out = BUF_NULL;
    char *words[] = {(char *)"a", (char *)"", (char *)"~", NULL};
    assert_int_equal(shell_quote_all(&out, words), 0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    assert_string_equal(buf_bytes(&out), "a '' '~'");
}

/* What sh prints for the word; it is freed by the caller. */
static char *through_sh(const char *word) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(buf_append_str(&out, "printf %s "), 0);
    assert_int_equal(shell_quote(&out, word), 0);
    _cleanup_free_ char *command = buf_take_string(&out);
    assert_non_null(command);
    FILE *pipe =
        popen(command, "r"); // NOLINT(cert-env33-c): the shell is what is tested
    assert_non_null(pipe);
    char *text = calloc(1, 4096);
    assert_non_null(text);
    size_t n = fread(text, 1, 4095, pipe);
    text[n] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static void sh_gives_every_word_back(void **state) {
    (void)state;
    static const char *const words[] = {
        "two words",
        "it's",
        "''",
        "'",
        "a\nb\n\nc",
        "$HOME `id` $(id)",
        "\\ \\\\ \\'",
        "\"quoted\"",
        "* ? [a] {b}",
        "-n",
        "a;b|c&d>e",
        "#no comment",
        "\xff\xfe\x01x",
        "~root",
        "!history",
        "a=b",
        "%d",
        "\t tab",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        _cleanup_free_ char *back = through_sh(words[i]);
        assert_string_equal(back, words[i]);
    }
}

static int quote_many(void *data) {
    (void)data;
    _cleanup_buf_ struct buf out = BUF_NULL;
    char *words[] = {(char *)"it's", (char *)"two words", (char *)"plain", NULL};
    int r = buf_append_str(&out, "before");
    if (r == 0) {
        r = shell_quote_all(&out, words);
        if (r < 0) {
            assert_int_equal(buf_len(&out), strlen("before"));
        }
    }
    return r;
}

static void without_memory_nothing_is_added(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(quote_many, NULL, -ENOMEM) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_plain_stays_as_it_is),
        cmocka_unit_test(an_empty_word_is_a_word),
        cmocka_unit_test(sh_gives_every_word_back),
        cmocka_unit_test(without_memory_nothing_is_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
