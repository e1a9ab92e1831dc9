/* Drawing: what the app holds, put on the screen. Views change nothing but the scroll
 * bounds that they find out. */
#pragma once

#include "tui/app.h"

/* One whole frame. */
void view_draw(struct app *app);

/* Its parts. */
void view_bars(struct app *app);
void view_prompt(struct app *app);
void view_list(struct app *app, const struct rect *rect);
void view_job(struct app *app, const struct rect *rect);
void view_plot(struct app *app, const struct rect *rect);
void view_reader(struct app *app, struct reader *reader, const struct rect *rect,
                 bool focused);
void view_log(struct app *app);
void view_picker(struct app *app);
void view_files(struct app *app);
void view_clusters(struct app *app);
void view_lineup(struct app *app);
void view_help(struct app *app);
void view_dialog(struct app *app);

/* Pieces that several use. */

/* "─ text ───── right ─" over the whole width. */
void view_heading(const struct app *app, int y, int x, int columns, bool focused,
                  const char *text, const char *right);
/* An empty box with a heading, in the middle of the screen. Returns its inside. */
struct rect view_box(const struct app *app, int rows, int columns, const char *title);
struct facts;
/* Lines that they take in a rectangle so wide; those of the background as wished. */
int view_facts_lines(const struct facts *facts, const struct rect *rect,
                     bool background);
/* Facts, below the state of a job where one is given. */
void view_facts(struct app *app, const struct rect *rect, struct scroll *scroll,
                const struct summary *job, const struct facts *facts);
/* Text wrapped into a rectangle. Returns the lines used. */
int view_wrapped(const struct app *app, const struct rect *rect, attr_t attr,
                 const char *text);
