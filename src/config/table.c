/* The one table of keys, in the order in which people read them. Texts are whole
 * sentences and hold nothing that a comment of the file or a manual page would have to
 * escape. */
#include "config/config.h"

#include <limits.h>
#include <string.h>

static const char *const levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const events[] = {"completed", "not_converged", "failed",
                                     "lost",      "cancelled",     NULL};
static const char *const desktop[] = {"no", "yes", "auto", NULL};
static const char *const yes_no[] = {"no", "yes", NULL};

/* What fits into the places where seconds are used. */
#define MS_MAX ((int64_t)INT_MAX / 1000 * 1000)

/* What is the same for every code. */
#define CODE_KEYS(KEY, section, launched)                                              \
    [KEY##                                                                             \
        _LAUNCHER] = {section,                                                         \
                      "launcher",                                                      \
                      CONFIG_TEXT,                                                     \
                      "mpirun",                                                        \
                      NULL,                                                            \
                      0,                                                               \
                      0,                                                               \
                      NULL,                                                            \
                      false,                                                           \
                      "What starts the processes of a job on several cores: mpirun, "  \
                      "srun, none, or a command in which {cores} stands for their "    \
                      "number. " launched},                                            \
  [KEY##_SETUP] = {section,                                                            \
                   "setup",                                                            \
                   CONFIG_LINES,                                                       \
                   "",                                                                 \
                   NULL,                                                               \
                   0,                                                                  \
                   0,                                                                  \
                   NULL,                                                               \
                   false,                                                              \
                   "Lines for the shell that run before the program, such as "         \
                   "module load. The key may stand several times; each is a line."},   \
  [KEY##_ENVIRONMENT] = {section,                                                      \
                         "environment",                                                \
                         CONFIG_PAIRS,                                                 \
                         "",                                                           \
                         NULL,                                                         \
                         0,                                                            \
                         0,                                                            \
                         NULL,                                                         \
                         false,                                                        \
                         "Variables that a job of the code gets over those of its "    \
                         "submission. For a value with blanks use setup."}

#define CODE_LAUNCHED "A launcher named here starts jobs on one core as well."

static const struct config_entry table[CONFIG_KEYS] = {
    [CONFIG_SERVER_TIMEOUT] =
        {"server", "timeout", CONFIG_SECONDS, "300", NULL, 0, MS_MAX, NULL, false,
         "The server ends when it had neither clients nor jobs for so long. With 0 it "
         "never does."},
    [CONFIG_SERVER_STALL_TIMEOUT] =
        {"server", "stall_timeout", CONFIG_SECONDS, "120", NULL, 1000, MS_MAX, NULL,
         false,
         "A client is dropped when it has left a request unfinished, or its answers "
         "unread, for so long."},
    [CONFIG_SERVER_CORES] = {"server", "cores", CONFIG_COUNT, NULL,
                             "those of the machine", 1, 65536, NULL, false,
                             "How many cores all jobs together may take."},
    [CONFIG_SERVER_MEMORY] = {"server", "memory", CONFIG_SIZE, NULL,
                              "that of the machine", 1 << 20, INT64_C(1) << 50, NULL,
                              false,
                              "How much memory all jobs together may take. It counts "
                              "what each said at its submission."},
    [CONFIG_SERVER_LOG_LEVEL] = {"server", "log_level", CONFIG_CHOICE, "info", NULL, 0,
                                 0, levels, false,
                                 "The least that the log of the server tells. debug "
                                 "has each connection and call."},
    [CONFIG_JOBS_RETRIES] = {"jobs", "retries", CONFIG_COUNT, "0", NULL, 0, 100, NULL,
                             false,
                             "How often a job is tried again after an end that another "
                             "try may mend, when its submission does not say."},
    [CONFIG_JOBS_GRACE] = {"jobs", "grace", CONFIG_SECONDS, "10", NULL, 1000,
                           86400 * 1000, NULL, false,
                           "How long the processes of a cancelled job have between "
                           "SIGTERM and SIGKILL."},
    [CONFIG_JOBS_TIME_LIMIT] = {"jobs", "time_limit", CONFIG_SECONDS, "0", NULL, 0,
                                MS_MAX, NULL, false,
                                "How long a job may run when its submission does not "
                                "say. With 0 there is no limit."},
    [CONFIG_JOBS_COPY_DIRECTORY] =
        {"jobs", "copy_directory", CONFIG_PATH, NULL, "$XDG_DATA_HOME/crystalmath/jobs",
         0, 0, NULL, false, "Where jobs submitted with --copy have their folders."},
    [CONFIG_JOBS_KEEP_INPUTS_MAX] = {"jobs", "keep_inputs_max", CONFIG_SIZE, "4M", NULL,
                                     0, INT64_C(1) << 30, NULL, false,
                                     "A larger input file is not kept as it was at "
                                     "submission, only its checksum is."},
    [CONFIG_NOTIFY_COMMAND] =
        {"notify", "command", CONFIG_TEXT, "", NULL, 0, 0, NULL, false,
         "A command for the shell, run by the server when a job has ended, with the "
         "job "
         "as JSON on its standard input. The whole line belongs to it, with any ; and "
         "#."},
    [CONFIG_NOTIFY_ON] = {"notify", "on", CONFIG_CHOICES,
                          "completed, not_converged, failed, lost", NULL, 0, 0, events,
                          false, "The ends of jobs that the command is run for."},
    [CONFIG_NOTIFY_TIME_LIMIT] = {"notify", "time_limit", CONFIG_SECONDS, "60", NULL,
                                  1000, 3600000, NULL, false,
                                  "How long the command may take; then it is killed."},
    [CONFIG_NOTIFY_DESKTOP] = {"notify", "desktop", CONFIG_CHOICE, "auto", NULL, 0, 0,
                               desktop, true,
                               "Whether the screen asks the terminal for a desktop "
                               "notification when a job ends. With auto it does where "
                               "the terminal is known to understand that."},
    [CONFIG_TUI_MOUSE] = {"tui", "mouse", CONFIG_CHOICE, "yes", NULL, 0, 0, yes_no,
                          true,
                          "Whether the screen takes clicks and the wheel. With no they "
                          "are left to the terminal, which can then mark text."},
    [CONFIG_CRYSTAL_COMMAND] =
        {"code.crystal", "command", CONFIG_TEXT, "", NULL, 0, 0, NULL, false,
         "The program for jobs on one core, with arguments if it needs any. When it is "
         "not given, crystal is looked for on PATH and in CRY23_EXEDIR."},
    [CONFIG_CRYSTAL_PARALLEL_COMMAND] =
        {"code.crystal", "parallel_command", CONFIG_TEXT, "", NULL, 0, 0, NULL, false,
         "The program for jobs on several cores. When it is not given, Pcrystal and "
         "then MPPcrystal are looked for beside command, on PATH and in CRY23_EXEDIR."},
    CODE_KEYS(CONFIG_CRYSTAL, "code.crystal",
              "The program for one core is started without."),
    [CONFIG_QUANTUM_ESPRESSO_COMMAND] =
        {"code.quantum_espresso", "command", CONFIG_TEXT, "", NULL, 0, 0, NULL, false,
         "The program, with arguments if it needs any. When it is not given, pw.x is "
         "looked for on PATH and in the folder bin of ESPRESSO_ROOT."},
    CODE_KEYS(CONFIG_QUANTUM_ESPRESSO, "code.quantum_espresso", CODE_LAUNCHED),
    [CONFIG_VASP_COMMAND] =
        {"code.vasp", "command", CONFIG_TEXT, "", NULL, 0, 0, NULL, false,
         "The program, with arguments if it needs any. Where its name holds std, gam "
         "or ncl takes its place as the input needs it. When it is not given, "
         "vasp_std, vasp_gam and vasp_ncl are looked for on PATH and in the folder bin "
         "of VASP_ROOT."},
    CODE_KEYS(CONFIG_VASP, "code.vasp", CODE_LAUNCHED),
    [CONFIG_SSH_COMMAND] = {"ssh", "command", CONFIG_TEXT, "ssh", NULL, 0, 0, NULL,
                            true,
                            "What ssh is called, with options that it always gets. "
                            "Hosts, keys and jumps belong into the configuration of "
                            "ssh itself."},
    [CONFIG_HOST_PROGRAM] = {"host", "program", CONFIG_TEXT, "crystalmath", NULL, 0, 0,
                             NULL, true,
                             "What crystalmath is called on the host of --host, where "
                             "it is neither on the PATH there nor in ~/.local/bin or "
                             "~/bin."},
};

const struct config_entry *config_entry(enum config_key key) {
    return &table[key];
}

enum config_key config_find(const char *section, const char *name) {
    enum config_key key = 0;
    while (key < CONFIG_KEYS && (strcmp(table[key].section, section) != 0 ||
                                 strcmp(table[key].name, name) != 0)) {
        key++;
    }
    return key;
}

enum config_key config_code(const char *code, const char *name) {
    enum config_key key = 0;
    size_t n = strlen("code.");
    while (key < CONFIG_KEYS && (strncmp(table[key].section, "code.", n) != 0 ||
                                 strcmp(table[key].section + n, code) != 0 ||
                                 strcmp(table[key].name, name) != 0)) {
        key++;
    }
    return key;
}
