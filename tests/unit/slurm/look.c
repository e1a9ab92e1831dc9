/* Files there, looked at through questions and answers: the programs are run by a real
 * shell, and what comes of them is what the files are. */
#include "slurm/look.h"

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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

struct world {
    char *folder; /* owned */
    struct slurm_look *look;
    int questions;
};

static void put(const char *folder, const char *name, const char *bytes, size_t n) {
    _cleanup_free_ char *path = scratch_path(folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
}

static void make_world(struct world *world) {
    world->folder = scratch_make();
    world->questions = 0;
    assert_int_equal(slurm_look_new(&world->look, world->folder), 0);
}

static void end_world(struct world *world) {
    (void)slurm_look_free(world->look);
    (void)scratch_remove(world->folder);
}

/* What sh prints of the question; its exit status. */
static int run(const struct world *world, struct buf *out) {
    _cleanup_buf_ struct buf program = BUF_NULL;
    char *folder = scratch_make();
    char command[4200];
    char piece[4096];
    assert_int_equal(slurm_look_program(world->look, &program), 0);
    put(folder, "program", buf_bytes(&program), buf_len(&program));
    (void)snprintf(command, sizeof command, "sh <'%s/program' 2>/dev/null", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (size_t n = 0; (n = fread(piece, 1, sizeof piece, pipe)) > 0;) {
        assert_int_equal(buf_append(out, piece, n), 0);
    }
    int status = pclose(pipe);
    (void)scratch_remove(folder);
    return WEXITSTATUS(status);
}

static void ask(struct world *world) {
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(buf_append_str(&out, "a banner of the login\n"), 0);
    assert_int_equal(run(world, &out), 0);
    assert_int_equal(slurm_look_answer(world->look, buf_bytes(&out), buf_len(&out)), 0);
    world->questions++;
}

static int state_of(struct world *world, const char *name, int64_t *size, int64_t *at) {
    int r;
    while ((r = slurm_look_state(world->look, name, size, at)) == -EAGAIN) {
        ask(world);
    }
    return r;
}

static int read_from(struct world *world, const char *name, int64_t offset, size_t n,
                     struct buf *out) {
    int r;
    while ((r = slurm_look_read(world->look, name, offset, n, out)) == -EAGAIN) {
        assert_int_equal(buf_len(out), 0);
        ask(world);
    }
    return r;
}

static void a_folder_is_asked_for_once_and_tells_of_all_its_files(void **state) {
    (void)state;
    struct world world;
    int64_t size = 0;
    int64_t at = 0;
    make_world(&world);
    put(world.folder, "it's $x\n 1", "12345", 5);
    put(world.folder, "-n", "", 0);
    put(world.folder, ".hidden", "1", 1);
    _cleanup_free_ char *path = scratch_path(world.folder, "-n");
    assert_int_equal(utime(path, &(struct utimbuf){1000000, 2000000}), 0);
    _cleanup_free_ char *below = scratch_path(world.folder, "sub");
    assert_int_equal(mkdir(below, 0700), 0);
    put(below, "one", "1", 1);
    assert_int_equal(state_of(&world, "it's $x\n 1", &size, &at), 0);
    assert_int_equal(size, 5);
    assert_true(at > 1000000000000);
    assert_int_equal(state_of(&world, "-n", &size, &at), 0);
    assert_int_equal(size, 0);
    assert_int_equal(at, 2000000000);
    assert_int_equal(state_of(&world, ".hidden", &size, &at), 0);
    assert_int_equal(state_of(&world, "none", &size, &at), -ENOENT);
    assert_int_equal(state_of(&world, "sub", &size, &at), -ENOENT);
    assert_int_equal(world.questions, 1);
    assert_int_equal(state_of(&world, "./sub/one", &size, &at), 0);
    assert_int_equal(state_of(&world, "./sub/two", &size, &at), -ENOENT);
    assert_int_equal(state_of(&world, "nowhere/two", &size, &at), -ENOENT);
    assert_int_equal(world.questions, 3);
    end_world(&world);
}

static void a_link_is_the_file_that_it_leads_to(void **state) {
    (void)state;
    struct world world;
    int64_t size = 0;
    int64_t at = 0;
    make_world(&world);
    put(world.folder, "file", "12345", 5);
    _cleanup_free_ char *link = scratch_path(world.folder, "link");
    _cleanup_free_ char *broken = scratch_path(world.folder, "broken");
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(symlink("none", broken), 0);
    assert_int_equal(state_of(&world, "link", &size, &at), 0);
    assert_int_equal(size, 5);
    assert_int_equal(state_of(&world, "broken", &size, &at), -ENOENT);
    end_world(&world);
}

static void a_whole_path_is_looked_at_where_it_is(void **state) {
    (void)state;
    struct world world;
    _cleanup_buf_ struct buf out = BUF_NULL;
    make_world(&world);
    char *other = scratch_make();
    put(other, "far", "12345", 5);
    _cleanup_free_ char *path = scratch_path(other, "far");
    assert_int_equal(read_from(&world, path, 1, 3, &out), 0);
    assert_int_equal(buf_len(&out), 3);
    assert_memory_equal(buf_bytes(&out), "234", 3);
    (void)scratch_remove(other);
    end_world(&world);
}

static void a_small_file_is_read_whole_and_once(void **state) {
    (void)state;
    static const char bytes[] = "a\0b\x1f\nend";
    struct world world;
    make_world(&world);
    put(world.folder, "small", bytes, sizeof bytes - 1);
    for (size_t i = 0; i < sizeof bytes; i++) {
        _cleanup_buf_ struct buf out = BUF_NULL;
        size_t want = sizeof bytes - 1 - i < 2 ? sizeof bytes - 1 - i : 2;
        assert_int_equal(read_from(&world, "small", (int64_t)i, 2, &out), 0);
        assert_int_equal(buf_len(&out), want);
        assert_memory_equal(buf_bytes(&out), bytes + i, want);
    }
    assert_int_equal(world.questions, 2); /* the folder, and the file */
    _cleanup_buf_ struct buf out = BUF_NULL;
    assert_int_equal(read_from(&world, "none", 0, 2, &out), -ENOENT);
    end_world(&world);
}

enum { LARGE = 3 * 1024 * 1024 + 7 };

static void
of_a_large_file_little_is_brought_and_more_where_it_is_read_on(void **state) {
    (void)state;
    struct world world;
    _cleanup_free_ char *bytes = malloc(LARGE);
    _cleanup_buf_ struct buf tail = BUF_NULL;
    _cleanup_buf_ struct buf whole = BUF_NULL;
    make_world(&world);
    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++) {
        bytes[i] = (char)(i * 2654435761U >> 13);
    }
    put(world.folder, "large", bytes, LARGE);
    assert_int_equal(read_from(&world, "large", LARGE - 4, 100, &tail), 0);
    assert_int_equal(buf_len(&tail), 4);
    assert_memory_equal(buf_bytes(&tail), bytes + LARGE - 4, 4);
    assert_int_equal(world.questions, 2);
    assert_int_equal(read_from(&world, "large", 0, LARGE, &whole), 0);
    assert_int_equal(buf_len(&whole), LARGE);
    assert_memory_equal(buf_bytes(&whole), bytes, LARGE);
    assert_in_range(world.questions, 4, 12);
    end_world(&world);
}

static void more_than_anybody_waits_for_is_not_brought(void **state) {
    (void)state;
    struct world world;
    _cleanup_buf_ struct buf out = BUF_NULL;
    make_world(&world);
    put(world.folder, "huge", "", 0);
    _cleanup_free_ char *path = scratch_path(world.folder, "huge");
    assert_int_equal(truncate(path, 80 * 1024 * 1024), 0);
    assert_int_equal(read_from(&world, "huge", 0, 80 * 1024 * 1024, &out), -EFBIG);
    end_world(&world);
}

static void a_directory_that_is_gone_is_told(void **state) {
    (void)state;
    struct world world;
    _cleanup_buf_ struct buf out = BUF_NULL;
    int64_t size = 0;
    make_world(&world);
    assert_int_equal(slurm_look_state(world.look, "one", &size, &size), -EAGAIN);
    (void)scratch_remove(world.folder);
    world.folder = scratch_make();
    assert_int_equal(run(&world, &out), SLURM_X_FOLDER);
    end_world(&world);
}

static void an_answer_that_was_cut_is_not_believed(void **state) {
    (void)state;
    struct world world;
    int64_t size = 0;
    make_world(&world);
    put(world.folder, "one", "12345", 5);
    _cleanup_buf_ struct buf out = BUF_NULL;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    assert_int_equal(slurm_look_state(world.look, "one", &size, &size), -EAGAIN);
    assert_int_equal(run(&world, &out), 0);
    for (size_t n = 0; n < buf_len(&out); n++) {
        assert_int_equal(slurm_look_answer(world.look, buf_bytes(&out), n), -EBADMSG);
    }
    assert_int_equal(slurm_look_answer(world.look, buf_bytes(&out), buf_len(&out)), 0);
    assert_int_equal(slurm_look_read(world.look, "one", 0, 5, &bytes), -EAGAIN);
    put(world.folder, "one", "123456", 6); /* it still grows */
    buf_clear(&out);
    assert_int_equal(run(&world, &out), 0);
    assert_int_equal(slurm_look_answer(world.look, buf_bytes(&out), buf_len(&out)),
                     -EBADMSG);
    end_world(&world);
}

static int build(void *data) {
    static const char folder[] = "\x1f"
                                 "folder\n3 1000 ./one\0\x1f"
                                 "end\n";
    static const char piece[] = "\x1fpiece 0 3 0 3\nabc\n";
    struct slurm_look *look = NULL;
    _cleanup_buf_ struct buf program = BUF_NULL;
    _cleanup_buf_ struct buf bytes = BUF_NULL;
    int64_t size = 0;
    (void)data;
    int r = slurm_look_new(&look, "~/a");
    r = r ? r : slurm_look_state(look, "one", &size, &size);
    r = r == -EAGAIN ? slurm_look_program(look, &program) : r;
    assert_true(r == 0 || buf_len(&program) == 0);
    r = r ? r : slurm_look_answer(look, folder, sizeof folder - 1);
    r = r ? r : slurm_look_read(look, "one", 0, 3, &bytes);
    r = r == -EAGAIN ? slurm_look_answer(look, piece, sizeof piece - 1) : r;
    r = r ? r : slurm_look_read(look, "one", 0, 3, &bytes);
    assert_true(r < 0 || buf_len(&bytes) == 3);
    (void)slurm_look_free(look);
    return r;
}

static void without_memory_it_is_an_error(void **state) {
    (void)state;
    assert_in_range(alloc_fault_sweep(build, NULL, -ENOMEM), 8, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_asked_for_once_and_tells_of_all_its_files),
        cmocka_unit_test(a_link_is_the_file_that_it_leads_to),
        cmocka_unit_test(a_whole_path_is_looked_at_where_it_is),
        cmocka_unit_test(a_small_file_is_read_whole_and_once),
        cmocka_unit_test(
            of_a_large_file_little_is_brought_and_more_where_it_is_read_on),
        cmocka_unit_test(more_than_anybody_waits_for_is_not_brought),
        cmocka_unit_test(a_directory_that_is_gone_is_told),
        cmocka_unit_test(an_answer_that_was_cut_is_not_believed),
        cmocka_unit_test(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
