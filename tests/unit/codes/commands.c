/* Command lines and files of the codes that are not at hand; what an INCAR says. */
#include "codes/code.h"

#include "base/str.h"
#include "codes/vasp/vasp_input.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *joined(char *const *words) {
    _cleanup_buf_ struct buf text = BUF_NULL;
    for (; words && *words; words++) {
        assert_int_equal(buf_printf(&text, "%s%s", buf_len(&text) ? " " : "", *words),
                         0);
    }
    return buf_len(&text) ? buf_take_string(&text) : strdup("");
}

static void check_tags(const char *text, const char *want) {
    struct vasp_incar incar = vasp_incar_begin(text, strlen(text));
    struct vasp_tag tag;
    _cleanup_buf_ struct buf got = BUF_NULL;
    while (vasp_incar_next(&incar, &tag)) {
        assert_int_equal(
            buf_printf(&got, "%ld:%s=%.*s;", tag.line, tag.name, (int)tag.n, tag.value),
            0);
    }
    _cleanup_free_ char *string = buf_len(&got) ? buf_take_string(&got) : strdup("");
    assert_string_equal(string, want);
}

static void an_incar_is_cut_into_its_tags(void **state) {
    (void)state;
    check_tags("", "");
    check_tags("encut = 400", "1:ENCUT=400;");
    check_tags("\n\n ENCUT=400 eV ! much\r\n# no\nA = 1; B = 2 ;\nC =",
               "3:ENCUT=400 eV;5:A=1;5:B=2;6:C=;");
    check_tags("MAGMOM = 1 2 \\  \n 3 4\nX = y", "1:MAGMOM=1 2 \\  \n 3 4;3:X=y;");
    check_tags("W = \"a = 1\nb ; 2\" \nX=1", "1:W=\"a = 1\nb ; 2\";3:X=1;");
    check_tags("a title\nX = 1", "1:=a title;2:X=1;");
    check_tags("W = \"open", "1:W=\"open;");
}

static const char *const *vasp_of(const char *incar, const char *kpoints);

static int give_text(void *data, const char *name, size_t most, struct buf *out) {
    const char *text = data;
    assert_string_equal(name, "KPOINTS");
    size_t n = text ? strlen(text) : 0;
    return text ? buf_append(out, text, n < most ? n : most) : -ENOENT;
}

static const char *const *vasp_of(const char *incar, const char *kpoints) {
    const struct code_beside beside = {give_text, (void *)kpoints};
    return code_programs(code_by_name("vasp"), incar, strlen(incar), &beside, 1);
}

static void the_kind_of_vasp_follows_from_spins_and_k_points(void **state) {
    (void)state;
    static const struct {
        const char *incar, *kpoints, *want;
    } cases[] = {
        {"", NULL, "vasp_std"},
        {"", "k\n0\nGamma\n1 1 1\n", "vasp_gam"},
        {"", "k\n0\n  monkhorst\n 1 1 1\n0 0 0\n", "vasp_gam"},
        {"", "k\n0\nM\n1 1 1\n.5 .5 .5\n", "vasp_std"},
        {"", "k\n0\nG\n1 1 2\n0 0 0\n", "vasp_std"},
        {"", "k\n1\nreciprocal\n0 0 0 1\n", "vasp_gam"},
        {"", "k\n1\nreciprocal\n.5 0 0 1\n", "vasp_std"},
        {"", "k\n10\nline\nreciprocal\n", "vasp_std"},
        {"", "k\n0\nAuto\n20\n", "vasp_std"},
        {"", "k\n", "vasp_std"},
        {"LSORBIT = T", "k\n0\nGamma\n1 1 1\n", "vasp_ncl"},
        {"lnoncollinear=.true.", NULL, "vasp_ncl"},
        {"LSORBIT = .FALSE.", NULL, "vasp_std"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(vasp_of(cases[i].incar, cases[i].kpoints)[0],
                            cases[i].want);
    }
}

static void check_files(const char *code, const char *input, const char *text,
                        const char *want) {
    struct code_files files;
    assert_int_equal(
        code_files(code_by_name(code), input, text, strlen(text), NULL, &files), 0);
    _cleanup_free_ char *got = joined(files.read);
    assert_string_equal(got, want);
    code_files_deinit(&files);
}

static void files_follow_from_what_the_input_asks_for(void **state) {
    (void)state;
    check_files("vasp", "INCAR", "ENCUT = 1", "POSCAR KPOINTS");
    check_files("vasp", "INCAR", "ICHARG = 11\nISTART=1",
                "POSCAR KPOINTS CHGCAR WAVECAR");
    check_files("crystal", "INPUT", "t\nCRYSTAL\nEND\n",
                "HESSOPT.DAT OPTINFO.DAT FREQINFO.DAT BORN.DAT");
    check_files("crystal", "INPUT", "t\nEXTERNAL\nEND\n GUESSP\n",
                "fort.34 fort.20 HESSOPT.DAT OPTINFO.DAT FREQINFO.DAT BORN.DAT");
    check_files("crystal", "INPUT", "t\nexternal\nend\n guessp\n",
                "fort.34 fort.20 HESSOPT.DAT OPTINFO.DAT FREQINFO.DAT BORN.DAT");
    check_files("crystal", "m.d12", "t\nEXTERNAL\nEND\nGUESSP",
                "m.gui m.f9 m.HESSOPT.DAT HESSOPT.DAT m.OPTINFO.DAT OPTINFO.DAT "
                "m.FREQINFO.DAT FREQINFO.DAT m.BORN.DAT BORN.DAT");
    check_files("crystal", "INPUT", "t\nexternal\nend\nguessp\n",
                "fort.34 fort.20 HESSOPT.DAT OPTINFO.DAT FREQINFO.DAT BORN.DAT");
}

static void a_potcar_is_licensed_and_stopcar_ends_a_run(void **state) {
    (void)state;
    struct code_files files;
    assert_int_equal(code_files(code_by_name("vasp"), "INCAR", "", 0, NULL, &files), 0);
    assert_string_equal(files.licensed[0], "POTCAR");
    assert_null(files.licensed[1]);
    assert_string_equal(files.stop_file, "STOPCAR");
    assert_string_equal(files.stop_text, "LABORT = .TRUE.");
    code_files_deinit(&files);
}

static void no_word_of_a_name_is_read_by_the_shell(void **state) {
    (void)state;
    const struct code_start start = {.input = "a'b $(x).d12", .cores = 1};
    char **argv = code_command(code_by_name("crystal"), &start);
    assert_non_null(argv);
    assert_string_equal(argv[0], "/bin/sh");
    assert_non_null(strstr(argv[2], "i='a'\\''b $(x).d12'\nn='a'\\''b $(x)'\n"));
    assert_string_equal(argv[4], "crystal");
    assert_null(argv[5]);
    json_t *words = json_array();
    for (char **word = argv; *word; word++) {
        assert_int_equal(json_array_append_new(words, json_string(*word)), 0);
    }
    assert_int_equal(code_command_wrapped(words), 4);
    assert_int_equal(json_array_remove(words, 3), 0);
    assert_int_equal(code_command_wrapped(words), 0);
    json_decref(words);
    strv_free(argv);
}

static void jobs_are_called_after_the_input_or_its_folder(void **state) {
    (void)state;
    static const char *const cases[][4] = {
        {"quantum_espresso", "/a/b", "si.in", "si"},
        {"vasp", "/a/b", "INCAR", "b"},
        {"vasp", "/", "INCAR", "INCAR"},
        {"crystal", "/a/b", "INPUT", "b"},
        {"crystal", "/a/b", "mgo.d12", "mgo"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_free_ char *name =
            code_job_name(code_by_name(cases[i][0]), cases[i][1], cases[i][2]);
        assert_string_equal(name, cases[i][3]);
    }
}

static int make_all(void *data) {
    static const char *const codes[] = {"vasp", "crystal"};
    (void)data;
    for (size_t i = 0; i < 2; i++) {
        const struct code *code = code_by_name(codes[i]);
        const char *input = i ? "a.d12" : "INCAR";
        const struct code_start start = {.input = input, .cores = 1, .setup = "true"};
        struct code_files files;
        static const char text[] = "t\nEXTERNAL\nGUESSP\n";
        int r = code_files(code, input, text, strlen(text), NULL, &files);
        if (r < 0) {
            return r;
        }
        code_files_deinit(&files);
        char **argv = code_command(code, &start);
        if (!argv) {
            return -ENOMEM;
        }
        strv_free(argv);
    }
    return 0;
}

static void without_memory_there_is_no_command(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(make_all, NULL, -ENOMEM) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incar_is_cut_into_its_tags),
        cmocka_unit_test(the_kind_of_vasp_follows_from_spins_and_k_points),
        cmocka_unit_test(files_follow_from_what_the_input_asks_for),
        cmocka_unit_test(a_potcar_is_licensed_and_stopcar_ends_a_run),
        cmocka_unit_test(no_word_of_a_name_is_read_by_the_shell),
        cmocka_unit_test(jobs_are_called_after_the_input_or_its_folder),
        cmocka_unit_test(without_memory_there_is_no_command),
    };
    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
