/* What goes wrong in CRYSTAL: its own word, one line that names a routine and tells
 * what, and those of others in the same text. CRYSTAL's remedies are suggestions. */
#include "codes/crystal/crystal_scan.h"

#include <stdio.h>
#include <string.h>

#define INPUT_REMEDY "Suggestion: compare the input near there with the manual."
#define GUESS_REMEDY                                                                   \
    "Suggestion: put the wave function of an earlier run in place (fort.9, or "        \
    "fort.98 "                                                                         \
    "formatted; for GUESSP fort.20)."
#define BASIS_REMEDY                                                                   \
    "Suggestions: take out or contract the most diffuse shells (exponents below "      \
    "0.1), "                                                                           \
    "tighten TOLINTEG; in an optimisation see that the cell did not collapse."
#define LIMIT_REMEDY                                                                   \
    "Suggestion: raise the limit by the keyword that the message names, in the third " \
    "block of the input."
#define DISTANCE_REMEDY                                                                \
    "Suggestion: look at the geometry; atoms are too close, often by a wrong unit, "   \
    "setting or coordinate of a symmetric site."
#define MEMORY_REMEDY                                                                  \
    "Suggestions: more memory or fewer processes a node, MPPcrystal for a large "      \
    "system, LOWMEM."
#define TIME_REMEDY                                                                    \
    "Suggestion: ask for more time, and go on from fort.20 (GUESSP) or, in an "        \
    "optimisation, with RESTART and OPTINFO.DAT."
#define KILLED_REMEDY                                                                  \
    "Often the batch system, at a limit of time or memory: see its messages. "         \
    "Suggestion: go on from fort.20 (GUESSP) or, in an optimisation, with RESTART "    \
    "and "                                                                             \
    "OPTINFO.DAT."
#define CRASH_REMEDY                                                                   \
    "CRYSTAL itself stumbled: check the input; suggestions: unlimited stack "          \
    "(`ulimit -s unlimited`), fewer processes."

/* The first whose words are in the line decides. */
static const struct {
    const char *words;
    const char *category;
    const char *remedy;
} own[] = {
    {"SCF FAILED", "scf_not_converged",
     "Suggestions: see in SCFOUT.LOG how the last SCF went; raise MAXCYCLE, mix more "
     "(FMIXING), add LEVSHIFT, give metals SMEAR, or start from a better geometry."},
    {"TOO MANY CYCLES", "scf_not_converged",
     "Suggestions: raise MAXCYCLE, mix more (FMIXING), add LEVSHIFT."},
    {"TOO MANY ITERATIONS", "scf_not_converged",
     "Suggestions: raise MAXCYCLE, mix more (FMIXING), add LEVSHIFT."},
    {"GEOMETRY OPTIMIZATION FAILED", "geometry_not_converged",
     "Suggestions: go on from the last geometry (RESTART in OPTGEOM, with "
     "OPTINFO.DAT), raise MAXCYCLE in OPTGEOM."},
    {"LINEARLY DEPENDENT", "diagonalization_error", BASIS_REMEDY},
    {"CHOLSK", "diagonalization_error", BASIS_REMEDY},
    {"POTRF CALL FAILED", "diagonalization_error", BASIS_REMEDY},
    {"NOT NEUTRAL", "input_error",
     "Suggestion: make the shells' occupations of the basis set add up to the nuclear "
     "charges, or say CHARGED in the basis set block if a charge is meant."},
    {"CLOSED SHELL RUN", "input_error",
     "Suggestion: ask for open shells (SPIN in the DFT block, UHF with Hartree-Fock): "
     "the number of electrons is odd."},
    {"OPEN SHELLS OF THE SAME SYMMETRY", "input_error",
     "Suggestion: correct the occupations of the atom's shells in the basis set."},
    {"SMALL DIST", "input_error", DISTANCE_REMEDY},
    {"SMALLDIST", "input_error", DISTANCE_REMEDY},
    {"DISTANCE TOO SMALL", "input_error", DISTANCE_REMEDY},
    {"**** NEIGHB ****", "input_error", DISTANCE_REMEDY},
    {"COLLAPSE", "internal_error", DISTANCE_REMEDY},
    {"ILASIZE", "internal_error", LIMIT_REMEDY},
    {"BIPOSIZE", "internal_error", LIMIT_REMEDY},
    {"EXCHSIZE", "internal_error", LIMIT_REMEDY},
    {"NEIGHBOR LIST TOO BIG", "internal_error",
     "Suggestions: raise the limit of neighbours with LIMBEK in the DFT block; look "
     "whether the cell has collapsed or the basis set is too diffuse."},
    {"ALL G-VECTORS USED", "internal_error",
     "Suggestions: look whether the cell has collapsed; keep the criteria of the first "
     "geometry (FIXINDEX), loosen TOLINTEG."},
    {"MODEL HESSIAN", "input_error",
     "Suggestion: begin the optimisation with HESSIDEN: the model Hessian does not "
     "know "
     "one of the elements."},
    {"FERMI ENERGY NOT IN INTERVAL", "internal_error",
     "Suggestions: give metals SMEAR and a denser SHRINK; look whether the basis set "
     "is "
     "too diffuse."},
    {"SHRINKING FACTOR", "input_error",
     "Suggestion: give SHRINK a factor for each direction, 0 in front of them."},
    {"RECIPROCAL", "internal_error",
     "Suggestion: the sums over the reciprocal lattice need more terms (MADELIND); "
     "look "
     "whether the cell has collapsed."},
    {"END OF DATA", "input_error",
     "Suggestion: the input ends too early; look for a missing END or a missing row."},
    {"FORMAT ERROR", "input_error", INPUT_REMEDY},
    {"INSUFFICIENT MEMORY", "out_of_memory", MEMORY_REMEDY},
    {"OUT OF MEMORY", "out_of_memory", MEMORY_REMEDY},
    {"ALLOCAT", "out_of_memory", MEMORY_REMEDY},
    {"DATA FILE NOT FOUND", "input_error",
     "Suggestion: put the geometry in place (fort.34), or say CRYSTAL, SLAB, POLYMER "
     "or MOLECULE for EXTERNAL."},
    {"avefunction file", "read_error", GUESS_REMEDY},
    {"WAVEFUNCTION", "read_error", GUESS_REMEDY},
    {"WAVE FUNCTION", "read_error", GUESS_REMEDY},
    {"NOT FOUND", "read_error",
     "Suggestion: put the file that is meant into the folder of the run."},
    {"READING", "read_error", INPUT_REMEDY},
    {"DIAGONALIZ", "diagonalization_error", BASIS_REMEDY},
    {"NOT ALLOWED", "input_error", INPUT_REMEDY},
    {"KEYWORD", "input_error", INPUT_REMEDY},
    {"**** INP", "input_error", INPUT_REMEDY},
    {"**** READ", "input_error", INPUT_REMEDY},
    {"**** CHEMOD ****", "input_error", INPUT_REMEDY},
};

static bool has_category(const struct results *results, const char *category) {
    for (size_t i = 0; i < results->n_problems; i++) {
        if (strcmp(results->problems[i].category, category) == 0) {
            return true;
        }
    }
    return false;
}

/* Before its first cycle CRYSTAL can only be unhappy with what it was given. */
static const char *category_by_place(const struct crystal_scan *scan) {
    bool began = scan->results->n_scf > 0 || scan->end.properties;
    return began ? "internal_error" : "input_error";
}

/* Of the program that analyses, which scripts start behind one that has computed: its
 * results stand. */
static bool is_afterthought(const struct crystal_scan *scan, const char *rest) {
    return scan->end.computed && scan->end.idle &&
           crystal_behind(rest, "init_properties");
}

/* "INP12B **** INCONSISTENT ITOL SIZE", behind "ERROR **** " */
static int take_error(struct crystal_scan *scan, const char *rest) {
    char message[256];
    (void)snprintf(message, sizeof(message), "ERROR **** %.220s", rest);
    const char *category = category_by_place(scan);
    const char *remedy = strcmp(category, "input_error") == 0 ? INPUT_REMEDY : NULL;
    scan->end.error = !is_afterthought(scan, rest);
    scan->end.done |= !scan->end.error;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strstr(message, own[i].words)) {
            category = own[i].category;
            remedy = own[i].remedy;
            break;
        }
    }
    /* That it did not converge has been said with its cause. */
    if (strstr(category, "_not_converged") && has_category(scan->results, category)) {
        return 0;
    }
    return results_add_problem(scan->results, category, message, scan->line, remedy);
}

/* Of runcry, which misses a wave function. Of a run that came to its end it misses one
 * that nobody asked for; of another it says that it broke off, and whoever knows more
 * may speak later or have spoken in words that are kept for the end. */
static int take_abnormal_end(struct crystal_scan *scan, const char *rest) {
    struct crystal_end *end = &scan->end;
    if (!end->done) {
        end->unsaved = scan->line;
        (void)snprintf(end->complaint, sizeof(end->complaint), "SCF abnormal end%.200s",
                       rest);
    }
    return 0;
}

static int note_abnormal_end(struct crystal_scan *scan) {
    struct crystal_end *end = &scan->end;
    end->error = true;
    if (scan->results->n_problems > 0) {
        return 0;
    }
    return results_add_problem(
        scan->results, "internal_error", end->complaint, end->unsaved,
        "Look above this line for what CRYSTAL complained of. "
        "Where there is nothing, it was killed: see the messages "
        "of the batch system, and go on from fort.20 (GUESSP) "
        "or, in an optimisation, with RESTART and OPTINFO.DAT.");
}

const struct crystal_rule crystal_error_rules[] = {
    {"ERROR **** ", take_error},
    {"SCF abnormal end", take_abnormal_end},
    {NULL, NULL},
};

/* ---- words of others ---- */

static const struct outside_advice advice[] = {
    {OUTSIDE_TIME, TIME_REMEDY},
    {OUTSIDE_MEMORY_KILL, MEMORY_REMEDY},
    {OUTSIDE_MEMORY, MEMORY_REMEDY},
    {OUTSIDE_CANCELLED, KILLED_REMEDY},
    {OUTSIDE_KILLED, KILLED_REMEDY},
    {OUTSIDE_TERMINATED, KILLED_REMEDY},
    {OUTSIDE_DISK,
     "Suggestion: the disk or the quota is full; free room where the scratch files "
     "are."},
    {OUTSIDE_SHORT_FILE,
     "Suggestion: a file is shorter than it should be, perhaps left half-written by a "
     "run that was killed."},
    {OUTSIDE_RUNTIME, CRASH_REMEDY},
    {OUTSIDE_CRASH, CRASH_REMEDY},
    {OUTSIDE_ABORTED,
     "CRYSTAL gave no reason in this text: look for one in fort.87, and in the other "
     "output of the job."},
    {OUTSIDE_NOTHING, NULL},
};

static int take_over(struct crystal_scan *scan, int r) {
    scan->end.killed |= scan->end.outside.killed;
    scan->end.error |= scan->end.outside.crashed;
    return r;
}

/* What CRYSTAL itself writes is indented; what stands at the margin may be anybody's.
 * Behind its end nothing can stop it. */
int crystal_error_foreign(struct crystal_scan *scan, const char *line) {
    return line[0] == ' ' || scan->end.done
               ? 0
               : take_over(scan, outside_take(&scan->end.outside, scan->results, advice,
                                              line, scan->line));
}

int crystal_error_end(struct crystal_scan *scan) {
    const struct crystal_end *end = &scan->end;
    if (end->done || end->error || end->killed) {
        return 0;
    }
    int r = take_over(scan, outside_finish(&scan->end.outside, scan->results, advice));
    bool open = end->unsaved > 0 && !end->error && !end->killed;
    return r == 0 && open ? note_abnormal_end(scan) : r;
}
