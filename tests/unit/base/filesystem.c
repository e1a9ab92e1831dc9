/* Which file systems other machines see, too. */
#include "base/filesystem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void network_file_systems_are_known_by_their_numbers(void **state) {
    (void)state;
    /* From linux/magic.h and the headers of Lustre, GPFS, BeeGFS and OpenAFS. */
    const struct {
        uint64_t type;
        const char *name;
    } cases[] = {
        {0x6969, "nfs"},        {0x517B, "smb"},        {0xFF534D42, "cifs"},
        {0xFE534D42, "smb3"},   {0x0BD00BD0, "lustre"}, {0x47504653, "gpfs"},
        {0x5346414F, "afs"},    {0x6B414653, "afs"},    {0x65735546, "fuse"},
        {0x19830326, "beegfs"}, {0x00C36400, "ceph"},   {0x01021997, "9p"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filesystem fs;
        assert_string_equal(filesystem_type_name(cases[i].type), cases[i].name);
        filesystem_judge(filesystem_type_name(cases[i].type), "rw", &fs);
        assert_string_equal(fs.name, cases[i].name);
        assert_true(fs.network);
        assert_false(fs.local_locks);
    }
}

static void those_of_one_machine_are_told_from_them(void **state) {
    (void)state;
    const uint64_t types[] = {0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct filesystem fs;
        filesystem_judge(filesystem_type_name(types[i]), "rw,local_lock=all", &fs);
        assert_false(fs.network);
        assert_false(fs.local_locks);
    }
    assert_null(filesystem_type_name(0x12345678));
}

static void one_in_user_space_counts_unless_it_has_a_device(void **state) {
    (void)state;
    struct filesystem fs;
    filesystem_judge("fuse.sshfs", "rw", &fs);
    assert_true(fs.network);
    filesystem_judge("fuseblk", "rw", &fs);
    assert_false(fs.network);
}

static void a_mount_whose_locks_stay_on_the_machine_is_told(void **state) {
    (void)state;
    const struct {
        const char *options;
        bool local;
    } cases[] = {
        {"rw,vers=3,local_lock=all,addr=10.0.0.1", true},
        {"rw,local_lock=flock", true},
        {"nolock", true},
        {"rw,local_lock=none", false},
        {"rw,local_lock=posix", false},
        {"rw,nolocking", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filesystem fs;
        filesystem_judge("nfs", cases[i].options, &fs);
        assert_int_equal(fs.local_locks, cases[i].local);
    }
}

static void a_path_has_a_file_system_and_room(void **state) {
    (void)state;
    struct filesystem fs = {0};
    assert_int_equal(filesystem_of("/proc", &fs), 0);
    assert_true(strcmp(fs.name, "proc") == 0 || strcmp(fs.name, "unknown") == 0);
    assert_false(fs.network);
    assert_int_equal(filesystem_of("/nonexistent/path", &fs), -ENOENT);
    assert_true(filesystem_free_bytes("/tmp") >= 0);
    assert_int_equal(filesystem_free_bytes("/nonexistent/path"), -ENOENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_file_systems_are_known_by_their_numbers),
        cmocka_unit_test(those_of_one_machine_are_told_from_them),
        cmocka_unit_test(one_in_user_space_counts_unless_it_has_a_device),
        cmocka_unit_test(a_mount_whose_locks_stay_on_the_machine_is_told),
        cmocka_unit_test(a_path_has_a_file_system_and_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
