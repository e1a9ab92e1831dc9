/* Words of trouble in VASP's outputs. VASP frames most of them:
 *
 *      -----------------------------------------------------------------------------
 *     |     EEEEEEE  RRRRRR   RRRRRR   OOOOOOO  RRRRRR      ###     ###     ###     |
 *     |     Error reading item NSW from file INCAR.                                 |
 *      -----------------------------------------------------------------------------
 *
 * and says by large letters whether it is an error, a warning or advice. A frame's
 * words are collected, and told when it ends. Others stand in a line of their own, or
 * ("VERY BAD NEWS!") in two. Each process may print the same; the same words count
 * once. */
#include "codes/vasp/vasp_scan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Add words to the message, one blank between; what does not fit is left out. */
static void append_words(struct vasp_message *message, const char *words, size_t n) {
    size_t have = strlen(message->text);
    (void)snprintf(message->text + have, sizeof(message->text) - have, "%s%.*s",
                   have > 0 ? " " : "", (int)n, words);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static void trim(const char **words, size_t *n) {
    while (*n > 0 && is_blank(**words)) {
        (*words)++;
        (*n)--;
    }
    while (*n > 0 && (is_blank((*words)[*n - 1]) || (*words)[*n - 1] == '|')) {
        (*n)--;
    }
}

/* Large letters are made of small ones: each word repeats a single character. */
static bool is_drawn(const char *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        bool same = i == 0 || words[i] == words[i - 1] || words[i] == ' ' ||
                    words[i - 1] == ' ';
        if (!same || islower((unsigned char)words[i]) ||
            isdigit((unsigned char)words[i])) {
            return false;
        }
    }
    return true;
}

#define DRAWN_ERROR "EEEEEEE  RRRRRR"
#define LAST_WORDS "I REFUSE TO CONTINUE WITH THIS SICK JOB"

int vasp_message_boxed(struct vasp_scan *scan, const char *text) {
    struct vasp_message *message = &scan->message;
    const char *words = text;
    size_t n = strlen(text);
    trim(&words, &n);
    if (message->box == VASP_BOX_NONE) {
        int r = vasp_message_flush(scan);
        if (r < 0) {
            return r;
        }
        message->box = VASP_BOX_PLAIN;
    }
    if (memmem(words, n, LAST_WORDS, strlen(LAST_WORDS))) {
        message->box = VASP_BOX_ERROR;
        message->closed = true;
    }
    if (vasp_behind(words, DRAWN_ERROR)) {
        message->box = VASP_BOX_ERROR;
    }
    if (!message->closed && !is_drawn(words, n)) {
        message->line = message->text[0] ? message->line : scan->line;
        append_words(message, words, n);
    }
    return 0;
}

/* An error that nobody knows: it is the input's when it names the input. */
static const struct vasp_trouble *unknown_error(const char *text) {
    static const struct vasp_trouble input = {
        "", "input_error", VASP_STOPS,
        "Correct what the message names in the input files, and submit again."};
    static const struct vasp_trouble internal = {
        "", "internal_error", VASP_STOPS,
        "VASP itself stumbled: look the message up in the VASP wiki and forum."};
    static const char *const files[] = {"INCAR", "POSCAR", "KPOINTS", "POTCAR"};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        if (strstr(text, files[i])) {
            return &input;
        }
    }
    return &internal;
}

/* The same trouble comes from every process, or in every cycle with other numbers. */
static bool is_noted(const struct results *results,
                     const struct vasp_trouble *trouble) {
    for (size_t i = 0; i < results->n_problems; i++) {
        const struct problem *problem = &results->problems[i];
        if (strcmp(problem->category, trouble->category) == 0 && problem->remedy &&
            strcmp(problem->remedy, trouble->remedy) == 0) {
            return true;
        }
    }
    return false;
}

/* Said of the SCF run that has just ended; one that follows may do better. */
static void take_unconverged(struct vasp_scan *scan) {
    struct scf_run *run = results_last_scf(scan->results);
    if (run && scan->results->n_scf > scan->end.first_scf) {
        run->converged = TRUTH_NO;
    }
}

static int note(struct vasp_scan *scan, const struct vasp_trouble *trouble,
                const char *words, long line) {
    struct vasp_end *end = &scan->end;
    end->error |= trouble->ending == VASP_STOPS;
    end->trouble |= trouble->ending != VASP_HINTS;
    if (strcmp(trouble->category, "scf_not_converged") == 0) {
        take_unconverged(scan);
    }
    return is_noted(scan->results, trouble)
               ? 0
               : results_add_problem(scan->results, trouble->category, words, line,
                                     trouble->remedy);
}

int vasp_message_flush(struct vasp_scan *scan) {
    struct vasp_message message = scan->message;
    scan->message.box = VASP_BOX_NONE;
    scan->message.text[0] = '\0';
    scan->message.two_lines = false;
    scan->message.closed = false;
    if (!message.text[0]) {
        return 0;
    }
    const struct vasp_trouble *trouble =
        vasp_trouble_own(&scan->troubles, message.text);
    if (!trouble && (message.box == VASP_BOX_ERROR || message.two_lines)) {
        trouble = unknown_error(message.text);
    }
    /* What is no error in the table is one when the frame says so. */
    scan->end.error |= message.box == VASP_BOX_ERROR;
    return trouble ? note(scan, trouble, message.text, message.line) : 0;
}

static int begin_two_lines(struct vasp_scan *scan, const char *words, size_t n) {
    int r = vasp_message_flush(scan);
    scan->message.two_lines = true;
    scan->message.line = scan->line;
    append_words(&scan->message, words, n);
    return r;
}

/* ---- words of others ---- */

#define MEMORY_REMEDY                                                                  \
    "Use more nodes or fewer processes a node, a smaller KPAR, or NCORE near the "     \
    "square root of the number of cores."

static const struct outside_advice advice[] = {
    {OUTSIDE_TIME,
     "Ask for more time, or write LSTOP = .TRUE. to STOPCAR before it is over; go on "
     "with CONTCAR as POSCAR."},
    {OUTSIDE_MEMORY_KILL, MEMORY_REMEDY},
    {OUTSIDE_MEMORY, MEMORY_REMEDY},
    {OUTSIDE_CANCELLED,
     "The job was cancelled; submit it again, with CONTCAR as POSCAR where the atoms "
     "had moved."},
    {OUTSIDE_SHORT_FILE,
     "A file is shorter than it should be: an input, or a CHGCAR or WAVECAR that a "
     "killed run left half-written."},
    {OUTSIDE_DISK,
     "Free room where the run writes, or set LWAVE and LCHARG to .FALSE.."},
    {OUTSIDE_LIBRARY, "Load the modules that VASP was built with before it starts."},
    {OUTSIDE_RUNTIME,
     "VASP itself stumbled: check the input near what the message names."},
    {OUTSIDE_NOTHING, NULL},
};

static int take_over(struct vasp_scan *scan, int r) {
    struct vasp_end *end = &scan->end;
    end->killed |= end->outside.killed;
    end->error |= end->outside.crashed;
    end->trouble |= end->killed || end->error;
    return r;
}

int vasp_message_end(struct vasp_scan *scan) {
    const struct vasp_end *end = &scan->end;
    return end->finished || end->error || end->killed
               ? 0
               : take_over(scan,
                           outside_finish(&scan->end.outside, scan->results, advice));
}

/* "ERROR: the following files does not exist POSCAR", of a few that are not indented.
 */
static bool is_error_line(const char *line, const char *words) {
    return vasp_behind(words, "ERROR: ") || vasp_behind(words, "Error reading ") ||
           (*line == ' ' && vasp_behind(words, "ERROR "));
}

int vasp_message_look(struct vasp_scan *scan, const char *line) {
    const char *words = line;
    size_t n = strlen(line);
    trim(&words, &n);
    if (vasp_behind(words, "VERY BAD NEWS!")) {
        return begin_two_lines(scan, words, n);
    }
    if (scan->message.two_lines) {
        append_words(&scan->message, words, n);
        return vasp_message_flush(scan);
    }
    const struct vasp_trouble *trouble = vasp_trouble_own(&scan->troubles, words);
    if (trouble) {
        char message[VASP_MESSAGE_SIZE];
        (void)snprintf(message, sizeof(message), "%.*s", (int)(n < 400 ? n : 400),
                       words);
        return note(scan, trouble, message, scan->line);
    }
    if (is_error_line(line, words)) {
        struct vasp_trouble unknown = *unknown_error(words);
        unknown.ending = VASP_GOES_ON; /* unless nothing follows */
        char message[VASP_MESSAGE_SIZE];
        (void)snprintf(message, sizeof(message), "%.*s", (int)(n < 400 ? n : 400),
                       words);
        return note(scan, &unknown, message, scan->line);
    }
    /* What VASP itself writes is indented; what stands at the margin may be anybody's.
     */
    return *line == ' '
               ? 0
               : take_over(scan, outside_take(&scan->end.outside, scan->results, advice,
                                              line, scan->line));
}
