/* ncurses at work. The library keeps one current terminal in its own globals; this file
 * is the only one that sets it up and takes it down. Signals are not handled here: the
 * loop blocks them and reads them, so none of ncurses' handlers ever runs. */
#include "tui/screen.h"

#include "base/charset.h"
#include "base/str.h"
#include "tui/terminfo.h"
#include "tui/text.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    ESCAPE_DELAY_MS = 25, /* between Esc and the rest of a key's sequence */
};

enum pair {
    PAIR_ACTIVE = 1,
    PAIR_GOOD,
    PAIR_WARN,
    PAIR_BAD,
};

static void open_colours(struct screen *screen) {
    screen->colour = str_empty(getenv("NO_COLOR")) && has_colors() &&
                     start_color() == OK && use_default_colors() == OK;
    if (screen->colour) {
        (void)init_pair(PAIR_ACTIVE, COLOR_CYAN, -1);
        (void)init_pair(PAIR_GOOD, COLOR_GREEN, -1);
        (void)init_pair(PAIR_WARN, COLOR_YELLOW, -1);
        (void)init_pair(PAIR_BAD, COLOR_RED, -1);
    }
}

/* Terminals and their descriptions often disagree about these two keys. */
static void define_home_and_end(void) {
    static const char *const home[] = {"\033[1~", "\033[7~", "\033[H", "\033OH"};
    static const char *const end[] = {"\033[4~", "\033[8~", "\033[F", "\033OF"};

    for (size_t i = 0; i < sizeof home / sizeof *home; i++) {
        (void)define_key(home[i], KEY_HOME);
        (void)define_key(end[i], KEY_END);
    }
}

static void open_input(bool mouse) {
    (void)cbreak();
    (void)noecho();
    (void)nonl();
    (void)intrflush(stdscr, FALSE);
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    define_home_and_end();
    (void)set_escdelay(ESCAPE_DELAY_MS);
    if (mouse) {
        (void)mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        (void)mouseinterval(0);
    }
    (void)curs_set(0);
}

int screen_open(struct screen *screen, bool mouse, struct errmsg *msg) {
    const char *term = getenv("TERM");

    *screen = (struct screen){0};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        return errmsg_set(msg, -ENOTTY,
                          "The job screen needs a terminal, but input or output is not "
                          "one. For a list of the jobs type: crystalmath jobs");
    }
    screen->utf8 = charset_init();
    screen->term = terminfo_open();
    if (!screen->term) {
        return errmsg_set(msg, -ENODEV,
                          "The terminal type TERM=%s is not known here, or is one "
                          "whose cursor cannot be placed. Try: TERM=xterm crystalmath",
                          term ? term : "");
    }
    open_input(mouse);
    open_colours(screen);
    getmaxyx(stdscr, screen->rows, screen->columns);
    return 0;
}

void screen_close(struct screen *screen) {
    if (screen->term) {
        (void)endwin();
        delscreen(screen->term);
        screen->term = NULL;
    }
}

void screen_measure(struct screen *screen) {
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
        size.ws_col > 0) {
        (void)resizeterm(size.ws_row, size.ws_col);
    }
    getmaxyx(stdscr, screen->rows, screen->columns);
}

void screen_lend(struct screen *screen) {
    (void)screen;
    (void)endwin();
}

void screen_take_back(struct screen *screen) {
    screen_measure(screen);
    screen_repaint();
}

void screen_suspend(struct screen *screen) {
    screen_lend(screen);
    (void)raise(SIGSTOP);
    screen_take_back(screen);
}

void screen_repaint(void) {
    (void)clearok(stdscr, TRUE);
}

void screen_begin(void) {
    (void)erase();
}

void screen_end(void) {
    (void)refresh();
}

static attr_t colour_attr(enum style style) {
    switch (style) {
    case STYLE_HEADING:
        return (attr_t)COLOR_PAIR(PAIR_ACTIVE) | A_BOLD;
    case STYLE_ACTIVE:
        return (attr_t)COLOR_PAIR(PAIR_ACTIVE);
    case STYLE_GOOD:
        return (attr_t)COLOR_PAIR(PAIR_GOOD);
    case STYLE_WARN:
        return (attr_t)COLOR_PAIR(PAIR_WARN);
    case STYLE_BAD:
        return (attr_t)COLOR_PAIR(PAIR_BAD);
    default:
        return A_NORMAL;
    }
}

attr_t screen_attr(const struct screen *screen, enum style style) {
    switch (style) {
    case STYLE_TEXT:
        return A_NORMAL;
    case STYLE_QUIET:
        return A_DIM;
    case STYLE_TITLE:
    case STYLE_KEY:
        return A_BOLD;
    case STYLE_SELECTED:
    case STYLE_FOUND:
        return A_REVERSE;
    default:
        break;
    }
    if (screen->colour) {
        return colour_attr(style);
    }
    return style == STYLE_HEADING || style == STYLE_BAD ? A_BOLD : A_NORMAL;
}

const char *screen_glyph(const struct screen *screen, enum glyph glyph) {
    static const char *const glyphs[GLYPH_COUNT][2] = {
        [GLYPH_ACROSS] = {"-", "─"},      [GLYPH_DOWN] = {"|", "│"},
        [GLYPH_TEE] = {"+", "┬"},         [GLYPH_BRANCH] = {"+", "├"},
        [GLYPH_CORNERS] = {"+", "┌"},     [GLYPH_CORNERS + 1] = {"+", "┐"},
        [GLYPH_CORNERS + 2] = {"+", "└"}, [GLYPH_CORNERS + 3] = {"+", "┘"},
        [GLYPH_AXIS] = {"|", "│"},        [GLYPH_TICK] = {"+", "┤"},
        [GLYPH_ORIGIN] = {"+", "└"},      [GLYPH_MARK] = {"+", "┴"},
        [GLYPH_POINTER] = {">", "▸"},     [GLYPH_ELLIPSIS] = {"~", "…"},
        [GLYPH_DOT] = {"-", "·"},         [GLYPH_CURSOR] = {"_", "▏"},
        [GLYPH_ABOVE] = {"^", "↑"},       [GLYPH_BELOW] = {"v", "↓"},
        [GLYPH_DELTA] = {"d", "Δ"},
    };

    return glyphs[glyph][screen->utf8];
}

const char *screen_job_glyph(const struct screen *screen, const struct summary *job) {
    static const char *const glyphs[SUMMARY_N_STATES][2] = {
        [SUMMARY_HELD] = {"=", "‖"},       [SUMMARY_QUEUED] = {".", "○"},
        [SUMMARY_STARTING] = {":", "◌"},   [SUMMARY_RUNNING] = {"*", "●"},
        [SUMMARY_CANCELLING] = {"-", "◐"}, [SUMMARY_COMPLETED] = {"+", "✓"},
        [SUMMARY_FAILED] = {"!", "✗"},     [SUMMARY_CANCELLED] = {"x", "⊘"},
        [SUMMARY_LOST] = {"?", "?"},       [SUMMARY_UNKNOWN] = {"?", "?"},
    };

    return summary_is_in_vain(job) ? "~" : glyphs[job->state][screen->utf8];
}

enum style screen_job_style(const struct summary *job) {
    switch (job->state) {
    case SUMMARY_STARTING:
    case SUMMARY_RUNNING:
        return STYLE_ACTIVE;
    case SUMMARY_COMPLETED:
        return summary_is_in_vain(job) ? STYLE_WARN : STYLE_GOOD;
    case SUMMARY_FAILED:
    case SUMMARY_LOST:
        return STYLE_BAD;
    case SUMMARY_CANCELLING:
        return STYLE_WARN;
    case SUMMARY_HELD:
    case SUMMARY_QUEUED:
    case SUMMARY_CANCELLED:
    case SUMMARY_UNKNOWN:
        break;
    }
    return STYLE_QUIET;
}

static void put_wide(int y, int x, attr_t attr, const wchar_t *text) {
    (void)attrset((int)attr);
    (void)mvaddwstr(y, x, text);
    (void)attrset((int)A_NORMAL);
}

int screen_put(const struct screen *screen, int y, int x, int columns, attr_t attr,
               const char *text) {
    wchar_t wide[TEXT_MAX_WCHARS];
    int used =
        text_fit(wide, text, strlen(text), 0, columns, screen->utf8 ? L'…' : L'~');

    put_wide(y, x, attr, wide);
    return used;
}

void screen_put_right(const struct screen *screen, int y, int x, int columns,
                      attr_t attr, const char *text) {
    int width = text_columns(text, strlen(text));
    int indent = width < columns ? columns - width : 0;

    (void)screen_put(screen, y, x + indent, columns - indent, attr, text);
}

int screen_put_part(const struct screen *screen, int y, int x, int columns, attr_t attr,
                    const char *text, size_t n, int skip) {
    wchar_t wide[TEXT_MAX_WCHARS];
    int used = text_fit(wide, text, n, skip, columns, 0);

    (void)screen;
    put_wide(y, x, attr, wide);
    return used;
}

void screen_put_char(int y, int x, attr_t attr, wchar_t c) {
    wchar_t text[2] = {c, L'\0'};

    put_wide(y, x, attr, text);
}

void screen_blank(int y, int x, int columns, attr_t attr) {
    (void)attrset((int)attr);
    (void)mvhline(y, x, ' ' | (chtype)attr, columns);
    (void)attrset((int)A_NORMAL);
}

void screen_line(const struct screen *screen, int y, int x, int columns, attr_t attr) {
    wchar_t c = screen->utf8 ? L'─' : L'-';

    for (int i = 0; i < columns; i++) {
        screen_put_char(y, x + i, attr, c);
    }
}
