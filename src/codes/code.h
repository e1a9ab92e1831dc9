/* The DFT codes behind one interface: recognise an input, say how it is run, read the
 * output as it grows. Pure: bytes in, results out; no file is opened here.
 *
 * A new code is a folder with one table `struct code` (code_internal.h) and an entry in
 * `codes` (code.c). */
#pragma once

#include "base/buf.h"
#include "base/errmsg.h"
#include "codes/results.h"

#include <stdbool.h>
#include <stddef.h>

struct code;    /* static, one per DFT code */
struct scanner; /* reads one output */

/* By wire name ("quantum_espresso"); NULL when there is none such. */
const struct code *code_by_name(const char *name);
const char *code_name(const struct code *code);
/* The name as people write it: "Quantum ESPRESSO". */
const char *code_title(const struct code *code);
/* The program that runs it, as looked for on PATH: "pw.x". */
const char *code_program(const struct code *code);

/* The code whose input or output this looks like (the first 64 KiB are enough); NULL
 * when none. */
const struct code *code_of_input(const char *text, size_t n);
/* The same for a file whose name may tell: an INCAR is VASP's and a .d12 CRYSTAL's,
 * whatever is in it. */
const struct code *code_of_input_file(const char *name, const char *text, size_t n);
const struct code *code_of_output(const char *text, size_t n);
/* The code to whose suite a program belongs that wrote this and that is not read, with
 * the name by which it goes ("PHONON"), cut to `room` with its NUL; else NULL. */
const struct code *code_of_sibling(const char *text, size_t n, char *name, size_t room);

enum {
    CODE_E_INPUT = 1, /* the input is wrong; the message names line and mend */
};

/* Check a whole input before it is run. `file` is the name used in the message,
 * "si.in:7: …". 0, CODE_E_INPUT with *line (1-based) and `msg`, or -ENOMEM. */
int code_check_input(const struct code *code, const char *file, const char *text,
                     size_t n, long *line, struct errmsg *msg);

/* What an input says of other files. Owns every pointer; all paths are relative to the
 * job's folder, or absolute. */
struct code_files {
    char *
        stop_file; /* to be written to end the run in good order; NULL: there is none */
    char *stop_text; /* what is written there */
    char **read;     /* that the run reads, NULL-terminated; as far as it is known */
    char **licensed; /* likewise, but their bytes may not be kept or copied */
};

/* For an input that was checked, with its name. `env` is the job's environment, where
 * defaults may stand. 0 or -ENOMEM; *out is to be released when 0. */
int code_files(const struct code *code, const char *input, const char *text, size_t n,
               char *const *env, struct code_files *out);
void code_files_deinit(struct code_files *files);

/* What an input allows its run, where the output does not tell. */
struct code_limits {
    long scf_cycles; /* 0: not known */
    double seconds;  /* NAN: as many as it takes */
};

/* For an input that was checked. */
struct code_limits code_limits(const struct code *code, const char *text, size_t n);
/* What a code calls the most cycles that an SCF may take: "NELM". Static. */
const char *code_cycle_limit_name(const struct code *code);

/* Append the input to `out` with a variable set to `value`; all else stays byte for
 * byte. For pw.x `name` is a variable of a namelist ("ecutwfc", "celldm(3)") or
 * "kpoints", the automatic grid, whose value is "4" or "4x4x2". Strings need no quotes.
 * 0, CODE_E_INPUT with `msg` when the input is wrong or cannot have it, or -ENOMEM. */
int code_set_value(const struct code *code, const char *file, const char *text,
                   size_t n, const char *name, const char *value, struct buf *out,
                   struct errmsg *msg);

/* The same with every folder that the input names for reading, and that is relative,
 * made absolute against `folder`: so it can be run from elsewhere. */
int code_move_input(const struct code *code, const char *file, const char *text,
                    size_t n, const char *folder, struct buf *out, struct errmsg *msg);

/* How somebody who may open files gives a code what stands beside its input: `name` is
 * relative to the input's folder, or absolute; at most `most` bytes are read, a longer
 * file is cut there. 0, -ENOENT, or another negative errno. */
struct code_beside {
    int (*read)(void *data, const char *name, size_t most, struct buf *out);
    void *data;
};

/* The programs that can run this input on so many cores, the fittest first;
 * NULL-terminated, static. */
const char *const *code_programs(const struct code *code, const char *text, size_t n,
                                 const struct code_beside *beside, int cores);
/* One of a code's programs, by what it is for. */
struct code_role {
    const char *name;            /* NULL: behind the last */
    const char *const *programs; /* as code_programs */
    int cores;                   /* that it is for, at least */
};
const struct code_role *code_roles(const struct code *code);
/* How one comes by the code; static. */
const char *code_how_to_get(const struct code *code);

/* Whether on one core it is another program, which takes no launcher. */
bool code_has_serial_program(const struct code *code);

/* A folder with the programs that a variable names: the value, or `below` in it. */
struct code_place {
    const char *variable;
    const char *below; /* NULL: the folder itself */
};
/* Ended by one without a variable; static. */
const struct code_place *code_places(const struct code *code);

/* How an input is started on this machine. All is borrowed. */
struct code_start {
    const char *input; /* a name in the job's folder */
    int cores;
    int pools;             /* of k points; 0: not said */
    char *const *program;  /* the program and words that always follow it; NULL: as
                              code_program */
    char *const *launcher; /* words that stand before it; NULL: none */
    const char *setup;     /* lines for the shell that run before; NULL: none */
};

/* The command line for that, as a NULL-terminated vector that strv_free frees; NULL
 * when memory runs out. */
char **code_command(const struct code *code, const struct code_start *start);
/* How many words of a job's command line, an array of strings, are such a shell's
 * around the command proper. */
size_t code_command_wrapped(const json_t *words);
/* Whether `pools` means something. */
bool code_has_pools(const struct code *code);

/* Whether stdout and stderr go into one file, because the code divides its output
 * between them. */
bool code_joins_errors(const struct code *code);
/* What to call a job with this input in this folder, without more being known: "si" for
 * "si.in"; the folder for an input that always has the same name. Freed by the caller;
 * NULL when memory runs out. */
char *code_job_name(const struct code *code, const char *folder, const char *input);

/* The name of the file that takes stdout, for an input's: "si.in" → "si.out". Freed by
 * the caller. */
char *code_output_name(const struct code *code, const char *input);

/* The names that the outputs of a run always have, the one that says most first; ended
 * by NULL. Empty for a code whose output is its stdout. */
const char *const *code_output_names(const struct code *code);

/* The i-th file, besides stdout, that tells of a run while it goes on: its name in the
 * job's folder, and the one that it has when the run has ended (*moved, NULL: the
 * same); *name is NULL where there are no more. Both are the caller's. 0 or -ENOMEM. */
int code_live_file(const struct code *code, const char *input, size_t i, char **name,
                   char **moved);
/* Whether the SCF runs in such a file come behind those of stdout; else they are the
 * same ones. */
bool code_live_adds(const struct code *code);
/* Whether an exit status of 0 does not mean that the run went well. */
bool code_exit_says_nothing(const struct code *code);

/* 0 or -ENOMEM. */
int scanner_new(struct scanner **out, const struct code *code);
/* Accepts NULL, returns NULL. */
struct scanner *scanner_free(struct scanner *scanner);
/* More bytes of the output, in pieces of any size; the results do not depend on how it
 * is cut. 0 or -ENOMEM (the scanner is then only good for scanner_free). */
int scanner_feed(struct scanner *scanner, const char *bytes, size_t n);
/* The output has ended: judge status, convergence, and what went wrong. 0 or -ENOMEM.
 */
int scanner_finish(struct scanner *scanner);
/* Whether the text, by what has been fed, is not a run's output but goes with one: what
 * it said on stdout or stderr while its results are in files of their own, a log that
 * it kept beside its output, or what a program that analyses found in what it left. */
bool scanner_is_capture(const struct scanner *scanner);
/* Valid until the next call on the scanner. */
const struct results *scanner_results(const struct scanner *scanner);
