/* Lines of files by their numbers. */
#include "server/line_index.h"

#include "support/alloc_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A file without a name, and the index. */
struct world {
    struct line_index *index;
    char path[64];
    int fd;
};

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    (void)strcpy(world->path, "/tmp/line-index-XXXXXX");
    world->fd = mkstemp(world->path);
    *state = world;
    return world->fd < 0 || unlink(world->path) < 0 ||
           line_index_new(&world->index) < 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    (void)line_index_free(world->index);
    (void)close(world->fd);
    free(world);
    return 0;
}

static void put(const struct world *world, const char *text) {
    assert_true(lseek(world->fd, 0, SEEK_END) >= 0);
    assert_int_equal(write(world->fd, text, strlen(text)), strlen(text));
}

static void cut(const struct world *world, off_t size) {
    assert_int_equal(ftruncate(world->fd, size), 0);
}

/* As a client does: again until it is found. */
static void expect(const struct world *world, int64_t line, int64_t number,
                   int64_t offset) {
    int64_t at = -1;
    int64_t got = line;
    int r = LINE_INDEX_E_BEHIND;
    while (r == LINE_INDEX_E_BEHIND) {
        struct platform_file file;
        assert_int_equal(platform_file(world->fd, NULL, &file), 0);
        got = line;
        r = line_index_find(world->index, world->fd, &file, &got, &at);
    }
    assert_int_equal(r, 0);
    assert_int_equal(at, offset);
    assert_int_equal(got, number);
}

static int64_t number_at(const struct world *world, int64_t offset) {
    struct platform_file file;
    assert_int_equal(platform_file(world->fd, NULL, &file), 0);
    return line_index_number(world->index, world->fd, &file, offset);
}

static void lines_are_found_from_both_ends(void **state) {
    put(*state, "one\ntwo\n\nfour\n");
    expect(*state, 1, 1, 0);
    expect(*state, 2, 2, 4);
    expect(*state, 3, 3, 8);
    expect(*state, 4, 4, 9);
    expect(*state, -1, 4, 9);
    expect(*state, -2, 3, 8);
    expect(*state, -4, 1, 0);
}

static void lines_that_are_not_there_are_at_the_ends(void **state) {
    expect(*state, 1, 1, 0);
    expect(*state, 7, 1, 0);
    expect(*state, -7, 1, 0);
    put(*state, "one\ntwo");
    expect(*state, 3, 3, 7);
    expect(*state, 100, 3, 7);
    expect(*state, -100, 1, 0);
    put(*state, "\n");
    expect(*state, 3, 3, 8);
    expect(*state, INT64_MAX, 3, 8);
    expect(*state, INT64_MIN + 1, 1, 0);
}

static void a_last_line_without_an_end_is_a_line(void **state) {
    put(*state, "one\ntwo");
    expect(*state, -1, 0, 4); /* by its place alone: nothing was counted yet … */
    expect(*state, 2, 2, 4);
    expect(*state, -1, 2, 4); /* … and now it was */
}

static void what_grows_is_counted_on(void **state) {
    put(*state, "one\n");
    expect(*state, 9, 2, 4);
    put(*state, "two\nthr");
    expect(*state, 3, 3, 8);
    put(*state, "ee\nfour\n");
    expect(*state, 4, 4, 14);
}

static void what_is_cut_is_counted_anew(void **state) {
    put(*state, "a\nb\nc\nd\n");
    expect(*state, 9, 5, 8);
    cut(*state, 3);
    expect(*state, 9, 3, 3);
}

static void what_is_cut_and_longer_by_now_is_counted_anew(void **state) {
    put(*state, "a\nb\nc\nd\n");
    expect(*state, 9, 5, 8);
    cut(*state, 0);
    put(*state, "quite another text\nof two lines\n");
    expect(*state, 2, 2, 19);
    expect(*state, 9, 3, 32);
}

static void lines_of_many_megabytes_are_found(void **state) {
    struct world *world = *state;
    enum { LINES = 400000, WIDTH = 8 };
    FILE *file = fdopen(dup(world->fd), "w");
    for (int i = 1; i <= LINES; i++) {
        assert_true(fprintf(file, "%07d\n", i) == WIDTH);
    }
    assert_int_equal(fclose(file), 0);
    const int64_t wanted[] = {LINES,  1,          2,     131072, 131073,
                              131074, LINES - 31, 65536, 262145};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        expect(*state, wanted[i], wanted[i], (wanted[i] - 1) * WIDTH);
        assert_int_equal(number_at(*state, wanted[i] * WIDTH - 1), wanted[i]);
    }
    expect(*state, -LINES + 4, 5, 4L * WIDTH);
}

static void a_line_far_from_the_end_is_found_by_counting_all(void **state) {
    put(*state, "one\ntwo\n");
    cut(*state, 40 * 1024 * 1024);
    put(*state, "\nlast\n");
    expect(*state, -1, 0, 40 * 1024 * 1024 + 1);
    expect(*state, -2, 3, 8); /* 40 MiB long: farther than is read backwards */
    expect(*state, -3, 2, 4);
    expect(*state, -1, 4, 40 * 1024 * 1024 + 1);
}

static void a_number_is_not_guessed(void **state) {
    put(*state, "one\ntwo\n");
    assert_int_equal(number_at(*state, 0), 1);
    assert_int_equal(number_at(*state, 4), 0);
}

static void more_files_than_are_kept_are_all_answered(void **state) {
    struct world *world = *state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 12; i++) {
            char path[] = "/tmp/line-index-XXXXXX";
            struct world other = {.index = world->index, .fd = mkstemp(path)};
            assert_true(other.fd >= 0);
            put(&other, "one\ntwo\n");
            expect(&other, 2, 2, 4);
            assert_int_equal(unlink(path), 0);
            (void)close(other.fd);
        }
    }
}

static void without_memory_it_says_so(void **state) {
    put(*state, "one\ntwo\n");
    const struct world *world = *state;
    struct platform_file file;
    assert_int_equal(platform_file(world->fd, NULL, &file), 0);
    int64_t line = 2;
    int64_t offset = 0;
    alloc_fault_arm(0);
    int r = line_index_find(world->index, world->fd, &file, &line, &offset);
    assert_true(alloc_fault_disarm());
    assert_int_equal(r, -ENOMEM);
    expect(*state, 2, 2, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lines_are_found_from_both_ends),
        TEST(lines_that_are_not_there_are_at_the_ends),
        TEST(a_last_line_without_an_end_is_a_line),
        TEST(what_grows_is_counted_on),
        TEST(what_is_cut_is_counted_anew),
        TEST(what_is_cut_and_longer_by_now_is_counted_anew),
        TEST(lines_of_many_megabytes_are_found),
        TEST(a_line_far_from_the_end_is_found_by_counting_all),
        TEST(a_number_is_not_guessed),
        TEST(more_files_than_are_kept_are_all_answered),
        TEST(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
