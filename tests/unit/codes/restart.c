/* How runs go on: which files have to be whole, how the input changes, and what is done
 * in the folder. Files are in memory. */
#include "codes/code_restart.h"

#include "base/str.h"
#include "support/alloc_fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { THEN = 1000000, NOW = 2000000, FILES = 24 };

struct file {
    const char *name;
    const char *bytes;
    size_t n;
    int64_t at;
};

#define TEXT(name, text)                                                               \
    { name, text, sizeof(text) - 1, NOW }

struct folder {
    struct file files[FILES]; /* ended by one without a name */
};

static const struct file *find(void *data, const char *name) {
    const struct folder *folder = data;
    for (const struct file *file = folder->files; file->name; file++) {
        if (strcmp(file->name, name) == 0) {
            return file;
        }
    }
    return NULL;
}

/* How many looks are answered before it is not known yet; -1: all. */
static int answered = -1;

static bool is_known(void) {
    answered -= answered > 0;
    return answered != 0;
}

static int state_of(void *data, const char *name, int64_t *size, int64_t *modified) {
    const struct file *file = find(data, name);
    if (!is_known()) {
        return -EAGAIN;
    }
    if (file) {
        *size = (int64_t)file->n;
        *modified = file->at;
    }
    return file ? 0 : -ENOENT;
}

static int read_from(void *data, const char *name, int64_t offset, size_t n,
                     struct buf *out) {
    const struct file *file = find(data, name);
    if (!is_known()) {
        return -EAGAIN;
    }
    if (!file) {
        return -ENOENT;
    }
    size_t left = (size_t)offset < file->n ? file->n - (size_t)offset : 0;
    return buf_append(out, file->bytes + (left ? offset : 0), left < n ? left : n);
}

static void put_plan(const struct code_restart *restart, struct buf *out) {
    assert_int_equal(buf_printf(out, "%s > %s\n", restart->input, restart->output), 0);
    for (size_t i = 0; i < restart->n_steps; i++) {
        const struct code_step *step = &restart->steps[i];
        static const char *const kinds[] = {"keep", "link", "write"};
        assert_int_equal(buf_printf(out, "%s %s%s%s\n", kinds[step->kind],
                                    step->from ? step->from : "", step->from ? " " : "",
                                    step->to),
                         0);
    }
}

struct attempt {
    const char *code, *input, *text;
    const struct folder *folder;
    int cores;
    bool again;
    struct buf plan; /* owned by the test */
    struct buf made; /* likewise: the input that goes on */
    struct errmsg msg;
};

static int try(void *data) {
    struct attempt *attempt = data;
    char *env[] = {NULL};
    const struct code_look look = {state_of, read_from, (void *)attempt->folder};
    const struct code_stopped stopped = {
        .input = attempt->input,
        .text = attempt->text,
        .n = strlen(attempt->text),
        .env = env,
        .cores = attempt->cores ? attempt->cores : 1,
        .since_ms = NOW - 10,
        .until_ms = NOW,
        .again = attempt->again,
        .look = &look,
    };
    struct code_restart restart = {.text = BUF_NULL};
    int r =
        code_restart(code_by_name(attempt->code), &stopped, &restart, &attempt->msg);
    if (r == 0) {
        put_plan(&restart, &attempt->plan);
        assert_int_equal(buf_append(&attempt->made, buf_bytes(&restart.text),
                                    buf_len(&restart.text)),
                         0);
    }
    code_restart_deinit(&restart);
    return r;
}

static void goes_on(struct attempt attempt, const char *plan, const char *made) {
    int r = try(&attempt);
    assert_string_equal(attempt.msg.text, "");
    assert_int_equal(r, 0);
    _cleanup_free_ char *got = buf_take_string(&attempt.plan);
    _cleanup_free_ char *input = buf_take_string(&attempt.made);
    assert_string_equal(got, plan);
    assert_string_equal(input, made);
}

static void does_not(struct attempt attempt, const char *words) {
    assert_int_equal(try(&attempt), CODE_E_RESTART);
    assert_string_equal(attempt.msg.text, words);
}

/* ---- pw.x ---- */

#define SI(more)                                                                       \
    "&control\n prefix='si', outdir='t'" more                                          \
    "\n/\n&system\n ibrav=1, celldm(1)=9, nat=1, "                                     \
    "ntyp=1, ecutwfc=20\n/\n&electrons\n/\nATOMIC_SPECIES\n Si 28 Si.UPF\n"            \
    "ATOMIC_POSITIONS\n Si 0 0 0\nK_POINTS gamma\n"
#define XML "<qes:espresso>\n</qes:espresso>\n"
#define RECORDS "\x03\0\0\0abc\x03\0\0\0\x01\0\0\0d\x01\0\0\0"

static const struct folder si_left = {{TEXT("t/si.save/data-file-schema.xml", XML),
                                       TEXT("t/si.save/charge-density.dat", RECORDS)}};

static void pwx_goes_on_by_a_variable(void **state) {
    (void)state;
    goes_on((struct attempt){.code = "quantum_espresso",
                             .input = "si.in",
                             .text = SI(""),
                             .folder = &si_left},
            "si.2.in > si.2.out\nwrite si.2.in\n", SI("\n  restart_mode = 'restart'"));
    goes_on((struct attempt){.code = "quantum_espresso",
                             .input = "si.in",
                             .text = SI(", restart_mode='from_scratch'"),
                             .folder = &si_left},
            "si.2.in > si.2.out\nwrite si.2.in\n", SI(", restart_mode='restart'"));
}

static void numbers_of_names_are_free_and_go_up(void **state) {
    (void)state;
    struct folder folder = si_left;
    folder.files[2] = (struct file)TEXT("si.2.in", "x");
    folder.files[3] = (struct file)TEXT("si.3.out", "x");
    struct attempt attempt = {.code = "quantum_espresso",
                              .input = "si.in",
                              .text = SI(", restart_mode='restart'"),
                              .folder = &folder};
    goes_on(attempt, "si.4.in > si.4.out\nwrite si.4.in\n", attempt.text);
    attempt.input = "si.2.in";
    attempt.again = true;
    goes_on(attempt, "si.4.in > si.4.out\nwrite si.4.in\n", attempt.text);
    attempt.again = false; /* the number is the user's */
    goes_on(attempt, "si.2.2.in > si.2.2.out\nwrite si.2.2.in\n", attempt.text);
    attempt.input = "INPUT";
    goes_on(attempt, "INPUT.2 > INPUT.2.out\nwrite INPUT.2\n", attempt.text);
}

static void pwx_needs_its_files_whole(void **state) {
    (void)state;
    struct folder folder = si_left;
    struct attempt attempt = {.code = "quantum_espresso",
                              .input = "si.in",
                              .text = SI(""),
                              .folder = &folder};
    folder.files[0].n -= 3;
    does_not(attempt, "t/si.save/data-file-schema.xml is not whole: it ends in the "
                      "middle, as when a run is ended while it writes");
    folder.files[0] = si_left.files[0];
    folder.files[0].at = THEN;
    does_not(attempt,
             "t/si.save/data-file-schema.xml is older than the run, and so another "
             "run's: this one was ended before it wrote its own");
    folder.files[0].at = NOW + 60000;
    does_not(attempt, "t/si.save/data-file-schema.xml is newer than the end of the "
                      "run, and so another run's: one with the same names was there "
                      "since");
    folder.files[0] = si_left.files[0];
    for (size_t n = 1; n < sizeof RECORDS - 1; n++) {
        folder.files[1].n = n;
        if (n == sizeof "\x03\0\0\0abc\x03\0\0\0" - 1) {
            continue; /* between two records: what a file without the second would be */
        }
        does_not(attempt, "t/si.save/charge-density.dat is not whole: it ends in the "
                          "middle, as when a run is ended while it writes");
    }
    folder.files[1].n = 0;
    does_not(attempt, "t/si.save/charge-density.dat is not whole: it is empty, as when "
                      "a run is ended before it has written anything");
    folder.files[1].name = NULL;
    does_not(attempt, "t/si.save/charge-density.dat cannot be used: it is not there");
    folder.files[0].name = NULL;
    does_not(attempt, "t/si.save/data-file-schema.xml is not there: pw.x was ended "
                      "before it had kept anything to go on from");
}

static void
an_scf_that_goes_on_in_its_middle_needs_the_waves_of_each_process(void **state) {
    (void)state;
    struct folder folder = si_left;
    folder.files[2] = (struct file)TEXT("t/si.restart_scf", "1 2 3\n");
    folder.files[3] = (struct file)TEXT("t/si.wfc1", "waves");
    struct attempt attempt = {.code = "quantum_espresso",
                              .input = "si.in",
                              .text = SI(""),
                              .folder = &folder,
                              .cores = 2};
    does_not(attempt, "t/si.wfc2 cannot be used: it is not there");
    folder.files[4] = (struct file)TEXT("t/si.wfc2", "waves");
    goes_on(attempt, "si.2.in > si.2.out\nwrite si.2.in\n",
            SI("\n  restart_mode = 'restart'"));
    folder.files[4].name = NULL;
    attempt.text = SI(", disk_io='nowf'");
    goes_on(attempt, "si.2.in > si.2.out\nwrite si.2.in\n",
            SI(", disk_io='nowf'\n  restart_mode = 'restart'"));
}

static void bands_begin_with_what_another_run_has_left(void **state) {
    (void)state;
    struct folder folder = si_left;
    folder.files[0].at = folder.files[1].at = THEN;
    goes_on((struct attempt){.code = "quantum_espresso",
                             .input = "si.in",
                             .text = SI(", calculation='nscf'"),
                             .folder = &folder},
            "si.2.in > si.2.out\nwrite si.2.in\n",
            SI(", calculation='nscf'\n  restart_mode = 'restart'"));
}

/* ---- VASP ---- */

#define CELL "Si\n1.0\n4 0 0\n0 4 0\n0 0 4\nSi\n2\n"
#define CONTCAR CELL "Direct\n 0.0 0.0 0.0\n 0.25 0.25 0.25\n\n 0 0 0\n"
#define OUTPUTS(number)                                                                \
    "keep CONTCAR CONTCAR." number "\nkeep OUTCAR OUTCAR." number                      \
    "\nkeep OSZICAR OSZICAR." number "\nkeep vasprun.xml vasprun.xml." number          \
    "\nkeep vaspout.h5 vaspout.h5." number "\nkeep XDATCAR XDATCAR." number            \
    "\nkeep EIGENVAL EIGENVAL." number "\nkeep DOSCAR DOSCAR." number                  \
    "\nkeep PROCAR PROCAR." number "\nkeep IBZKPT IBZKPT." number                      \
    "\nkeep PCDAT PCDAT." number "\nkeep REPORT REPORT." number "\n"

/* Two records of a head and, for one spin, one k point and one band, two more. */
enum { RECORD = 24 };
static char wavecar[4 * RECORD];

static void fill_wavecar(void) {
    const double first[] = {RECORD, 1, 45200};
    const double second[] = {1, 1, 400};
    memcpy(wavecar, first, sizeof first);
    memcpy(wavecar + RECORD, second, sizeof second);
}

static void vasp_goes_on_from_contcar(void **state) {
    (void)state;
    static const struct folder left = {
        {TEXT("CONTCAR", CONTCAR), TEXT("POSCAR", "older"), TEXT("OUTCAR", "x")}};
    struct attempt attempt = {
        .code = "vasp", .input = "INCAR", .text = "NSW = 9\n", .folder = &left};
    goes_on(attempt,
            "INCAR > vasp.2.out\n" OUTPUTS("1") "keep POSCAR POSCAR.1\nwrite POSCAR\n",
            "NSW = 9\n");
    struct folder folder = left;
    folder.files[3] = (struct file)TEXT("XDATCAR.1", "x");
    folder.files[4] = (struct file)TEXT("vasp.3.out", "x");
    attempt.folder = &folder;
    goes_on(attempt,
            "INCAR > vasp.4.out\n" OUTPUTS("3") "keep POSCAR POSCAR.3\nwrite POSCAR\n",
            "NSW = 9\n");
}

static void vasp_reads_its_waves_although_the_incar_forbade_it(void **state) {
    (void)state;
    fill_wavecar();
    const struct folder left = {{{"WAVECAR", wavecar, sizeof wavecar, NOW}}};
    struct attempt attempt = {.code = "vasp",
                              .input = "INCAR",
                              .text = "ICHARG = 2 # atoms\nISTART=0;NSW=0\n",
                              .folder = &left};
    goes_on(attempt,
            "INCAR > vasp.2.out\n" OUTPUTS("1") "keep INCAR INCAR.1\nwrite INCAR\n",
            "ICHARG = 0 # atoms\nISTART=1;NSW=0\n");
    attempt.text = "ICHARG = 12\nISTART = 1\n";
    goes_on(attempt, "INCAR > vasp.2.out\n" OUTPUTS("1"), "ICHARG = 12\nISTART = 1\n");
}

static void vasp_needs_its_files_whole(void **state) {
    (void)state;
    fill_wavecar();
    struct folder folder = {{TEXT("CONTCAR", CONTCAR)}};
    struct attempt attempt = {
        .code = "vasp", .input = "INCAR", .text = "NSW = 9\n", .folder = &folder};
    folder.files[0].n = sizeof(CELL "Direct\n 0.0 0.0 0.0\n 0.25 0.2") - 1;
    does_not(attempt, "CONTCAR is not whole: it ends after 1 of 2 positions");
    folder.files[0].n = sizeof CELL - 1;
    does_not(attempt, "CONTCAR is not whole: it ends after 0 of 2 positions");
    folder.files[0].n = sizeof CELL - 4;
    does_not(attempt, "CONTCAR is not whole: it ends before the numbers of its atoms");
    folder.files[0].n = 0;
    does_not(attempt, "the run has left no CONTCAR with anything in it and no WAVECAR: "
                      "it was ended before the end of its first step");
    folder.files[1] = (struct file){"WAVECAR", wavecar, sizeof wavecar - 1, NOW};
    does_not(attempt, "WAVECAR is not whole: it ends in the middle, as when a run is "
                      "ended while it writes");
    folder.files[1].n = 20;
    does_not(attempt, "WAVECAR is not whole: it ends in the middle, as when a run is "
                      "ended while it writes");
    folder.files[1].n = 0;
    folder.files[0].n = sizeof CONTCAR - 1;
    does_not(attempt,
             "WAVECAR is not whole: it is empty, as when a run is ended before "
             "it has written anything. To go on from CONTCAR with new "
             "orbitals: rm WAVECAR");
    folder.files[1].name = NULL;
    attempt.text = "ICHARG = 1\n";
    does_not(attempt, "CHGCAR cannot be used: it is not there");
}

/* ---- CRYSTAL ---- */

#define MGO(geometry, scf)                                                             \
    "MgO\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0 0 0\n8 .5 .5 .5\n" geometry               \
    "END\n99 0\nEND\nSHRINK\n8 8\n" scf "END\n"

static void crystal_goes_on_with_its_density_matrix(void **state) {
    (void)state;
    static const struct folder left = {
        {TEXT("mgo.f9", RECORDS), TEXT("mgo.gui", "g"), TEXT("mgo.2.out", "x")}};
    struct attempt attempt = {
        .code = "crystal", .input = "mgo.d12", .text = MGO("", ""), .folder = &left};
    static const char plan[] = "mgo.3.d12 > mgo.3.out\nwrite mgo.3.d12\n"
                               "link mgo.f9 mgo.3.f9\nlink mgo.gui mgo.3.gui\n";
    goes_on(attempt, plan, MGO("", "GUESSP\n"));
    attempt.text = MGO("", "GUESSP\n");
    goes_on(attempt, plan, attempt.text);
    attempt.text = MGO("", "guessp\n");
    goes_on(attempt, plan, attempt.text);
}

static void crystal_goes_on_with_an_optimisation(void **state) {
    (void)state;
    /* As a kill has left them. */
    static const struct folder left = {{TEXT("mgo.scratch/OPTINFO.DAT", "1 2 3\n"),
                                        TEXT("mgo.scratch/fort.9", RECORDS),
                                        TEXT("mgo.f9", "older")}};
    struct attempt attempt = {.code = "crystal",
                              .input = "mgo.d12",
                              .text = MGO("OPTGEOM\nFULLOPTG\nENDOPT\n", ""),
                              .folder = &left};
    static const char plan[] = "mgo.2.d12 > mgo.2.out\nwrite mgo.2.d12\n"
                               "link mgo.scratch/OPTINFO.DAT mgo.2.OPTINFO.DAT\n"
                               "link mgo.scratch/fort.9 mgo.2.f9\n";
    goes_on(attempt, plan, MGO("OPTGEOM\nRESTART\nFULLOPTG\nENDOPT\n", "GUESSP\n"));
    attempt.text = MGO("OPTGEOM\nRESTART\nENDOPT\n", "GUESSP\n");
    goes_on(attempt, plan, attempt.text);
    attempt.text = MGO("optgeom\nendopt\n", "guessp\n");
    goes_on(attempt, plan, MGO("optgeom\nRESTART\nendopt\n", "guessp\n"));
}

static void an_input_that_was_laid_out_by_hand_stays_where_it_is(void **state) {
    (void)state;
    static const struct folder left = {
        {TEXT("fort.9", RECORDS), TEXT("fort.20", RECORDS), TEXT("OPTINFO.DAT", "1")}};
    goes_on((struct attempt){.code = "crystal",
                             .input = "INPUT",
                             .text = MGO("OPTGEOM\nENDOPT\n", ""),
                             .folder = &left},
            "INPUT > INPUT.2.out\nkeep INPUT INPUT.2\nwrite INPUT\n"
            "keep fort.20 fort.20.2\nlink fort.9 fort.20\n",
            MGO("OPTGEOM\nRESTART\nENDOPT\n", "GUESSP\n"));
}

static void crystal_needs_its_files_whole(void **state) {
    (void)state;
    struct folder folder = {{TEXT("mgo.f9", RECORDS)}};
    struct attempt attempt = {
        .code = "crystal", .input = "mgo.d12", .text = MGO("", ""), .folder = &folder};
    folder.files[0].n--;
    does_not(attempt, "mgo.f9 is not whole: it ends in the middle, as when a run is "
                      "ended while it writes");
    folder.files[0].name = "mgo.OPTINFO.DAT";
    does_not(attempt, "the run has left neither a density matrix (fort.9, kept as "
                      ".f9): it was ended before the end of its first SCF");
    folder.files[0].n = 0;
    attempt.text = MGO("OPTGEOM\nENDOPT\n", "");
    does_not(attempt, "mgo.OPTINFO.DAT is not whole: it is empty, as when a run is "
                      "ended before it has written anything");
}

/* ---- the command line ---- */

static void check_command(const char *code, const struct code_start *start,
                          const char *with) {
    const struct code *one = code_by_name(code);
    struct code_start other = *start;
    other.input = with;
    char **before = code_command(one, start);
    char **want = code_command(one, &other);
    char **got = NULL;
    assert_int_equal(code_command_with(one, before, start->input, with, &got), 0);
    assert_int_equal(strv_length(got), strv_length(want));
    for (size_t i = 0; want[i]; i++) {
        assert_string_equal(got[i], want[i]);
    }
    (void)strv_free(before);
    (void)strv_free(want);
    (void)strv_free(got);
}

static void a_command_line_is_as_it_would_be_for_the_other_input(void **state) {
    (void)state;
    char run[] = "mpirun";
    char *launcher[] = {run, NULL};
    const struct code_start start = {
        .input = "a 'b'.d12", .cores = 2, .pools = 2, .launcher = launcher};
    struct code_start set_up = start;
    set_up.setup = "module load x";
    static const char *const codes[] = {"quantum_espresso", "vasp", "crystal"};
    for (size_t i = 0; i < 3; i++) {
        check_command(codes[i], &start, "a 'b'.2.d12");
        check_command(codes[i], &set_up, "a 'b'.2.d12");
    }
    char word[] = "true";
    char *foreign[] = {word, word, word, NULL};
    char *none[] = {NULL};
    char **got = NULL;
    for (size_t i = 0; i < 3; i += 2) {
        const struct code *code = code_by_name(codes[i]);
        assert_int_equal(code_command_with(code, foreign, "a", "b", &got), -EINVAL);
        assert_int_equal(code_command_with(code, none, "a", "b", &got), -EINVAL);
    }
}

/* ---- memory ---- */

static int try_all(void *data) {
    (void)data;
    static const struct folder vasp = {{TEXT("CONTCAR", CONTCAR)}};
    static const struct folder crystal = {
        {TEXT("mgo.f9", RECORDS), TEXT("fort.9", RECORDS), TEXT("fort.20", "x")}};
    struct attempt attempts[] = {
        {"quantum_espresso", "si.in", SI(""), &si_left, 1, false, BUF_NULL, BUF_NULL,
         ERRMSG_NULL},
        {"vasp", "INCAR", "NSW = 9\n", &vasp, 1, false, BUF_NULL, BUF_NULL,
         ERRMSG_NULL},
        {"crystal", "mgo.d12", MGO("", ""), &crystal, 1, false, BUF_NULL, BUF_NULL,
         ERRMSG_NULL},
        {"crystal", "INPUT", MGO("", ""), &crystal, 1, false, BUF_NULL, BUF_NULL,
         ERRMSG_NULL},
    };
    char *env[] = {NULL};
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof attempts / sizeof *attempts; i++) {
        const struct attempt *one = &attempts[i];
        const struct code_look look = {state_of, read_from, (void *)one->folder};
        const struct code_stopped stopped = {.input = one->input,
                                             .text = one->text,
                                             .n = strlen(one->text),
                                             .env = env,
                                             .cores = 1,
                                             .look = &look};
        struct code_restart restart = {.text = BUF_NULL};
        r = code_restart(code_by_name(one->code), &stopped, &restart, NULL);
        code_restart_deinit(&restart);
    }
    char word[] = "si.in";
    char *argv[] = {word, word, word, NULL};
    char **words = NULL;
    r = r ? r
          : code_command_with(code_by_name("quantum_espresso"), argv, "si.in", "b",
                              &words);
    (void)strv_free(words);
    return r;
}

static void what_is_not_known_yet_is_asked_for_at_once(void **state) {
    (void)state;
    int asked = 1;
    for (int r = -EAGAIN; r != 0; asked++) {
        answered = asked;
        r = try_all(NULL);
        assert_true(r == 0 || r == -EAGAIN);
        assert_true(r == 0 || answered == 0);
    }
    answered = -1;
    assert_in_range(asked, 30, 1000);
}

static void links_can_be_left_to_others(void **state) {
    (void)state;
    struct code_restart restart = {.text = BUF_NULL};
    assert_int_equal(code_step_link(&restart, "a", "b"), 0);
    assert_int_equal(code_step_keep(&restart, "c", "d"), 0);
    assert_int_equal(code_step_link(&restart, "e", "f"), 0);
    assert_int_equal(code_step_write(&restart, "g", "text", 4), 0);
    code_restart_drop_links(&restart);
    assert_int_equal(restart.n_steps, 2);
    assert_string_equal(restart.steps[0].from, "c");
    assert_string_equal(restart.steps[1].to, "g");
    code_restart_deinit(&restart);
}

static void without_memory_nothing_goes_on(void **state) {
    (void)state;
    assert_true(alloc_fault_sweep(try_all, NULL, -ENOMEM) > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pwx_goes_on_by_a_variable),
        cmocka_unit_test(numbers_of_names_are_free_and_go_up),
        cmocka_unit_test(pwx_needs_its_files_whole),
        cmocka_unit_test(
            an_scf_that_goes_on_in_its_middle_needs_the_waves_of_each_process),
        cmocka_unit_test(bands_begin_with_what_another_run_has_left),
        cmocka_unit_test(vasp_goes_on_from_contcar),
        cmocka_unit_test(vasp_reads_its_waves_although_the_incar_forbade_it),
        cmocka_unit_test(vasp_needs_its_files_whole),
        cmocka_unit_test(crystal_goes_on_with_its_density_matrix),
        cmocka_unit_test(crystal_goes_on_with_an_optimisation),
        cmocka_unit_test(an_input_that_was_laid_out_by_hand_stays_where_it_is),
        cmocka_unit_test(crystal_needs_its_files_whole),
        cmocka_unit_test(a_command_line_is_as_it_would_be_for_the_other_input),
        cmocka_unit_test(what_is_not_known_yet_is_asked_for_at_once),
        cmocka_unit_test(links_can_be_left_to_others),
        cmocka_unit_test(without_memory_nothing_goes_on),
    };
    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
