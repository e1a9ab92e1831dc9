/* The table of keys. Order matters: hints appear in this order as far as there is room,
 * and the help lists the lines of a group as they stand here. */
#include "tui/keymap.h"

#include <curses.h>

enum {
    MAX_KEYS = 4,
    KEY_ESCAPE = 27,
    KEY_CTRL_L = 12,
};

#define FUNCTION(code) (-(code))
/* Where one goes back from. */
#define KEYS_BELOW (KEYS_EVERYWHERE & ~KEYS_MAIN)

struct binding {
    enum action action;
    unsigned contexts;
    int keys[MAX_KEYS];
    const char *shown; /* how the keys are written; NULL: not in the help */
    const char *help;
    const char *hint; /* on the bottom line, where `hinted` says so */
    unsigned hinted;
};

struct group {
    const char *title;
    const struct binding *bindings;
    size_t n;
};

static const struct binding moving[] = {
    {ACTION_DOWN,
     KEYS_EVERYWHERE,
     {'j', FUNCTION(KEY_DOWN)},
     "j, Down",
     "next line",
     NULL,
     0},
    {ACTION_UP,
     KEYS_EVERYWHERE,
     {'k', FUNCTION(KEY_UP)},
     "k, Up",
     "line before",
     NULL,
     0},
    {ACTION_PAGE_DOWN,
     KEYS_EVERYWHERE,
     {FUNCTION(KEY_NPAGE), ' '},
     "PgDn, Space",
     "a page on",
     NULL,
     0},
    {ACTION_PAGE_UP,
     KEYS_EVERYWHERE,
     {FUNCTION(KEY_PPAGE), 'b'},
     "PgUp, b",
     "a page back",
     NULL,
     0},
    {ACTION_FIRST,
     KEYS_EVERYWHERE,
     {'g', FUNCTION(KEY_HOME)},
     "g, Home",
     "first line",
     NULL,
     0},
    {ACTION_LAST,
     KEYS_EVERYWHERE,
     {'G', FUNCTION(KEY_END)},
     "G, End",
     "last line",
     NULL,
     0},
    {ACTION_FOCUS_NEXT,
     KEYS_MAIN | KEYS_JOB,
     {'\t'},
     "Tab",
     "to the next pane: jobs, results, output",
     NULL,
     0},
    {ACTION_FOCUS_BACK,
     KEYS_MAIN | KEYS_JOB,
     {FUNCTION(KEY_BTAB)},
     NULL,
     NULL,
     NULL,
     0},
    {ACTION_NONE,
     0,
     {0},
     "Shift+drag",
     "select text: the mouse alone is ours",
     NULL,
     0},
    {ACTION_BACK,
     KEYS_BELOW,
     {KEY_ESCAPE, 'q'},
     "Esc, q",
     "back to where you came from",
     "back",
     KEYS_BELOW},
};

static const struct binding jobs[] = {
    {ACTION_OPEN,
     KEYS_MAIN,
     {'\r', '\n', FUNCTION(KEY_ENTER)},
     "Enter",
     "the selected job over the whole screen",
     "open",
     KEYS_MAIN},
    {ACTION_LOG,
     KEYS_MAIN | KEYS_JOB,
     {'l'},
     "l",
     "its output over the whole screen",
     "log",
     KEYS_MAIN | KEYS_JOB},
    {ACTION_FILES,
     KEYS_MAIN | KEYS_JOB | KEYS_LOG,
     {'o'},
     "o",
     "its files: choose one to be read",
     "files",
     KEYS_JOB | KEYS_LOG},
    {ACTION_NEW_JOB,
     KEYS_MAIN | KEYS_JOB,
     {'n'},
     "n",
     "new job: choose an input file",
     "new job",
     KEYS_MAIN},
    {ACTION_CANCEL,
     KEYS_MAIN | KEYS_JOB,
     {'c'},
     "c",
     "cancel the job (asks first)",
     "cancel",
     KEYS_MAIN | KEYS_JOB},
    {ACTION_RESUBMIT,
     KEYS_MAIN | KEYS_JOB,
     {'a'},
     "a",
     "go on with its run, from its restart files, as a new job (asks first)",
     NULL,
     0},
    {ACTION_TAGS,
     KEYS_MAIN | KEYS_JOB,
     {'t'},
     "t",
     "its tags, with commas between",
     NULL,
     0},
    {ACTION_RENAME, KEYS_MAIN | KEYS_JOB, {'R'}, "R", "its name", NULL, 0},
    {ACTION_NOTE, KEYS_MAIN | KEYS_JOB, {'N'}, "N", "a note on it", NULL, 0},
    {ACTION_REMOVE,
     KEYS_MAIN | KEYS_JOB,
     {'D', FUNCTION(KEY_DC)},
     "D, Delete",
     "forget the job (asks first); its files stay",
     NULL,
     0},
    {ACTION_CLUSTERS,
     KEYS_MAIN | KEYS_JOB,
     {'C'},
     "C",
     "the clusters that jobs can be sent to, and how it goes there",
     NULL,
     0},
    {ACTION_FILTER,
     KEYS_MAIN,
     {'/'},
     "/",
     "show only jobs whose name, state, code, number, folder or tags have these words",
     "filter",
     KEYS_MAIN},
    {ACTION_BACK, KEYS_MAIN, {KEY_ESCAPE}, "Esc", "show all jobs again", NULL, 0},
    {ACTION_PLOT,
     KEYS_MAIN | KEYS_JOB,
     {'p'},
     "p",
     "plot something else: accuracy, energy, forces, volume, frequencies",
     "plot",
     KEYS_JOB},
    {ACTION_RUN_BACK,
     KEYS_MAIN | KEYS_JOB,
     {'['},
     "[",
     "plot the SCF run before",
     NULL,
     0},
    {ACTION_RUN_NEXT,
     KEYS_MAIN | KEYS_JOB,
     {']'},
     "]",
     "plot the next SCF run; the newest one is followed",
     NULL,
     0},
};

static const struct binding log_keys[] = {
    {ACTION_FOLLOW,
     KEYS_LOG,
     {'f'},
     "f",
     "follow the end of the file as it grows",
     "follow",
     KEYS_LOG},
    {ACTION_SEARCH, KEYS_LOG, {'/'}, "/", "search", "search", KEYS_LOG},
    {ACTION_SEARCH_NEXT, KEYS_LOG, {'n'}, "n", "next match", "next", KEYS_LOG},
    {ACTION_SEARCH_BACK, KEYS_LOG, {'N'}, "N", "match before", NULL, 0},
    {ACTION_NEXT_FILE,
     KEYS_LOG,
     {'\t'},
     "Tab",
     "output, error output, input, and the file that was chosen",
     "next file",
     KEYS_LOG},
    {ACTION_LEFT,
     KEYS_LOG,
     {'h', FUNCTION(KEY_LEFT)},
     "h, Left",
     "towards line starts",
     NULL,
     0},
    {ACTION_RIGHT,
     KEYS_LOG,
     {'l', FUNCTION(KEY_RIGHT)},
     "l, Right",
     "towards line ends",
     NULL,
     0},
};

static const struct binding picker[] = {
    {ACTION_OPEN,
     KEYS_PICKER,
     {'\r', '\n', 'l', FUNCTION(KEY_RIGHT)},
     "Enter",
     "open the folder, or run the input",
     "choose",
     KEYS_PICKER},
    {ACTION_LEFT,
     KEYS_PICKER,
     {'h', FUNCTION(KEY_LEFT), FUNCTION(KEY_BACKSPACE), 127},
     "Backspace, h",
     "folder above",
     "folder above",
     KEYS_PICKER},
    {ACTION_NONE, 0, {0}, "Tab", "at the number of cores: on which cluster", NULL, 0},
    {ACTION_HIDDEN,
     KEYS_PICKER,
     {'.'},
     ".",
     "show or hide hidden files",
     "hidden files",
     KEYS_PICKER},
};

static const struct binding files[] = {
    {ACTION_OPEN,
     KEYS_FILES,
     {'\r', '\n', FUNCTION(KEY_ENTER)},
     "Enter",
     "read the file; as the job writes to it, it is followed",
     "read",
     KEYS_FILES},
};

static const struct binding clusters[] = {
    {ACTION_OPEN,
     KEYS_CLUSTERS,
     {'\r', '\n', FUNCTION(KEY_ENTER)},
     "Enter",
     "its queue: all of your jobs there",
     "queue",
     KEYS_CLUSTERS},
    {ACTION_TEST,
     KEYS_CLUSTERS,
     {'t'},
     "t",
     "test whether all is there that a job needs",
     "test",
     KEYS_CLUSTERS},
    {ACTION_LOGIN,
     KEYS_CLUSTERS,
     {'l'},
     "l",
     "log in: gives the terminal to ssh, for a password or a code",
     "log in",
     KEYS_CLUSTERS},
};

static const struct binding lineup[] = {
    {ACTION_OPEN,
     KEYS_LINEUP,
     {'\r', '\n', FUNCTION(KEY_ENTER)},
     "Enter",
     "the job, where it is one of the list",
     "open",
     KEYS_LINEUP},
    {ACTION_ADOPT,
     KEYS_LINEUP,
     {'a'},
     "a",
     "adopt it: take a job into the list that was submitted otherwise",
     "adopt",
     KEYS_LINEUP},
    {ACTION_CANCEL,
     KEYS_LINEUP,
     {'c'},
     "c",
     "cancel it, whoever submitted it (asks first)",
     "cancel",
     KEYS_LINEUP},
};

static const struct binding program[] = {
    {ACTION_HELP,
     KEYS_MAIN | (KEYS_BELOW & ~KEYS_HELP),
     {'?', FUNCTION(KEY_F(1))},
     "?",
     "this help",
     "help",
     KEYS_MAIN | (KEYS_BELOW & ~KEYS_HELP)},
    {ACTION_RECONNECT,
     KEYS_MAIN | KEYS_JOB | KEYS_LOG | KEYS_FILES | KEYS_CLUSTERS | KEYS_LINEUP,
     {'r'},
     "r",
     "ask the server again, or reconnect now",
     NULL,
     0},
    {ACTION_REPAINT,
     KEYS_EVERYWHERE,
     {KEY_CTRL_L},
     "Ctrl-L",
     "repaint the screen",
     NULL,
     0},
    {ACTION_QUIT,
     KEYS_MAIN,
     {'q'},
     "q, Ctrl-C",
     "leave; jobs go on without this program",
     "quit",
     KEYS_MAIN},
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const struct group groups[] = {
    {"Moving (also with the mouse)", moving, LENGTH(moving)},
    {"Jobs", jobs, LENGTH(jobs)},
    {"Log", log_keys, LENGTH(log_keys)},
    {"Files of a job", files, LENGTH(files)},
    {"New job", picker, LENGTH(picker)},
    {"Clusters", clusters, LENGTH(clusters)},
    {"Queue of a cluster", lineup, LENGTH(lineup)},
    {"Program", program, LENGTH(program)},
};

static bool binding_has_key(const struct binding *binding, int key) {
    for (size_t i = 0; i < MAX_KEYS && binding->keys[i]; i++) {
        if (binding->keys[i] == key) {
            return true;
        }
    }
    return false;
}

enum action keymap_action(enum key_context context, int key) {
    for (size_t g = 0; g < LENGTH(groups); g++) {
        for (size_t i = 0; i < groups[g].n; i++) {
            const struct binding *binding = &groups[g].bindings[i];
            if ((binding->contexts & context) && binding_has_key(binding, key)) {
                return binding->action;
            }
        }
    }
    return ACTION_NONE;
}

/* Groups from the second on come first: moving explains itself, except for the way
 * back. */
bool keymap_hint(enum key_context context, size_t n, struct key_line *out) {
    for (size_t g = 0; g < LENGTH(groups); g++) {
        const struct group *group = &groups[(g + 1) % LENGTH(groups)];
        for (size_t i = 0; i < group->n; i++) {
            const struct binding *binding = &group->bindings[i];
            if ((binding->hinted & context) && n-- == 0) {
                *out = (struct key_line){binding->shown, binding->hint};
                return true;
            }
        }
    }
    return false;
}

bool keymap_help(size_t n, struct key_line *out) {
    for (size_t g = 0; g < LENGTH(groups); g++) {
        if (n-- == 0) {
            *out = (struct key_line){NULL, groups[g].title};
            return true;
        }
        for (size_t i = 0; i < groups[g].n; i++) {
            const struct binding *binding = &groups[g].bindings[i];
            if (binding->shown && n-- == 0) {
                *out = (struct key_line){binding->shown, binding->help};
                return true;
            }
        }
    }
    return false;
}
