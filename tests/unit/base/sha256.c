/* The examples of FIPS 180-4, from memory and from files. */
#include "base/sha256.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char of_nothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char of_abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char of_a_million_times_a[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void the_hash_of_bytes_is_the_standards(void **state) {
    (void)state;
    char hash[SHA256_HEX_SIZE];
    sha256_hex("", 0, hash);
    assert_string_equal(hash, of_nothing);
    sha256_hex("abc", 3, hash);
    assert_string_equal(hash, of_abc);
}

static void a_file_hashes_as_its_bytes_in_many_pieces(void **state) {
    (void)state;
    char *dir = scratch_make();
    _cleanup_free_ char *path = scratch_path(dir, "a");
    _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    char many[1000];
    memset(many, 'a', sizeof many);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(fd_write_all(fd, many, sizeof many), 0);
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    char hash[SHA256_HEX_SIZE];
    int64_t size = 0;
    assert_int_equal(sha256_file(fd, hash, &size), 0);
    assert_string_equal(hash, of_a_million_times_a);
    assert_int_equal(size, 1000000);
    assert_int_equal(sha256_file(fd, hash, NULL), 0);
    assert_string_equal(hash, of_nothing);
    (void)scratch_remove(dir);
}

static void what_cannot_be_read_has_no_hash(void **state) {
    (void)state;
    _cleanup_close_ int fd = open("/", O_RDONLY | O_CLOEXEC);
    char hash[SHA256_HEX_SIZE] = "as before";
    int64_t size = 7;
    assert_int_equal(sha256_file(fd, hash, &size), -EISDIR);
    assert_string_equal(hash, "as before");
    assert_int_equal(size, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_of_bytes_is_the_standards),
        cmocka_unit_test(a_file_hashes_as_its_bytes_in_many_pieces),
        cmocka_unit_test(what_cannot_be_read_has_no_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
