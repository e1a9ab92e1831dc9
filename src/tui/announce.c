/* What to tell, and how; who writes it to the terminal is the loop. Text comes out of
 * text_fit, so that no name of a job can end the sequence or begin another. A terminal
 * that is not known is asked for nothing unless the user wants it: some print what they
 * do not understand. */
#include "tui/announce.h"

#include "base/str.h"
#include "tui/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum {
    GATHER_MS = 500,
    COLUMNS = 60,
};

static bool is_set(const char *name) {
    return !str_empty(getenv(name));
}

static enum announce_way known_terminal(void) {
    static const char *const programs[] = {"iTerm.app", "WezTerm", "ghostty"};
    const char *term = getenv("TERM");
    const char *program = getenv("TERM_PROGRAM");

    term = term ? term : "";
    for (size_t i = 0; program && i < sizeof programs / sizeof *programs; i++) {
        if (strcmp(program, programs[i]) == 0) {
            return ANNOUNCE_OSC9;
        }
    }
    if (str_starts_with(term, "rxvt-unicode") || str_starts_with(term, "foot")) {
        return ANNOUNCE_OSC777;
    }
    return str_starts_with(term, "xterm-kitty") || is_set("WT_SESSION") ||
                   is_set("ConEmuPID")
               ? ANNOUNCE_OSC9
               : ANNOUNCE_NOT;
}

enum announce_way announce_way(enum config_desktop wanted) {
    const char *term = getenv("TERM");

    if (wanted == CONFIG_DESKTOP_NO) {
        return ANNOUNCE_NOT;
    }
    /* Variables that tell of a terminal may be those of another one that tmux or screen
     * was started in. */
    bool inside =
        is_set("TMUX") || is_set("STY") ||
        (term && (str_starts_with(term, "tmux") || str_starts_with(term, "screen")));
    if (inside) {
        return wanted == CONFIG_DESKTOP_YES && is_set("TMUX") ? ANNOUNCE_TMUX_OSC9
                                                              : ANNOUNCE_NOT;
    }
    enum announce_way way = known_terminal();
    return way == ANNOUNCE_NOT && wanted == CONFIG_DESKTOP_YES ? ANNOUNCE_OSC9 : way;
}

void announce_init(struct announce *announce, enum announce_way way) {
    *announce = (struct announce){.way = way, .due = INT64_MAX};
}

/* A name as bytes of the locale that a terminal shows and does nothing else with. */
static void clean(const char *name, char *out, size_t size) {
    wchar_t wide[TEXT_MAX_WCHARS];

    (void)text_fit(wide, name, strlen(name), 0, COLUMNS, L'~');
    size_t n = wcstombs(out, wide, size - 1);
    out[n == (size_t)-1 ? 0 : n] = '\0';
}

void announce_end(struct announce *announce, const struct summary *job, int64_t now) {
    if (announce->way == ANNOUNCE_NOT) {
        return;
    }
    if (announce->ended == 0) {
        bool vain = summary_is_in_vain(job);
        char name[COLUMNS * 3];
        clean(job->name, name, sizeof name);
        (void)snprintf(announce->only, sizeof announce->only,
                       "job %" PRId64 " (%s) %s%s", job->id, name,
                       summary_state_word(job->state), vain ? ", not converged" : "");
        announce->due = now + GATHER_MS;
    }
    announce->ended++;
    announce->failed += job->state == SUMMARY_FAILED;
    announce->lost += job->state == SUMMARY_LOST;
}

static void put_count(char *text, size_t size, size_t count, const char *word) {
    size_t n = strlen(text);

    if (count > 0) {
        (void)snprintf(text + n, size - n, ", %zu %s", count, word);
    }
}

size_t announce_take(struct announce *announce, int64_t now, char out[ANNOUNCE_SIZE]) {
    static const struct {
        const char *begin, *end;
    } ways[] = {
        [ANNOUNCE_NOT] = {"", ""},
        [ANNOUNCE_OSC9] = {"\033]9;CrystalMath: ", "\a"},
        [ANNOUNCE_OSC777] = {"\033]777;notify;CrystalMath;", "\a"},
        [ANNOUNCE_TMUX_OSC9] = {"\033Ptmux;\033\033]9;CrystalMath: ", "\a\033\\"},
    };
    char text[sizeof announce->only];

    if (now < announce->due) {
        return 0;
    }
    if (announce->ended == 1) {
        memcpy(text, announce->only, sizeof text);
    } else {
        (void)snprintf(text, sizeof text, "%zu jobs ended", announce->ended);
        put_count(text, sizeof text, announce->failed, "failed");
        put_count(text, sizeof text, announce->lost, "lost");
    }
    int n = snprintf(out, ANNOUNCE_SIZE, "%s%s%s", ways[announce->way].begin, text,
                     ways[announce->way].end);
    announce_init(announce, announce->way);
    return n > 0 && n < ANNOUNCE_SIZE ? (size_t)n : 0;
}
