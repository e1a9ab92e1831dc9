/* Drawing: what the app holds, put on the screen. Views change nothing but the scroll
 * bounds that they find out. */
#pragma once

#include "tui/app.h"

/* One whole frame. */
void view_draw(struct app *app);

/* Its parts. */
void view_bars(struct app *app);
void view_list(struct app *app, const struct rect *rect);
void view_job(struct app *app, const struct rect *rect);
void view_plot(struct app *app, const struct rect *rect);
void view_reader(struct app *app, struct reader *reader, const struct rect *rect,
                 bool focused);
void view_log(struct app *app);
void view_picker(struct app *app);
void view_files(struct app *app);
void view_help(struct app *app);
void view_dialog(struct app *app);

/* Pieces that several use. */

/* "─ text ───── right ─" over the whole width. */
void view_heading(const struct app *app, int y, int x, int columns, bool focused,
                  const char *text, const char *right);
/* An empty box with a heading, in the middle of the screen. Returns its inside. */
struct rect view_box(const struct app *app, int rows, int columns, const char *title);
/* Text wrapped into a rectangle. Returns the lines used. */
int view_wrapped(const struct app *app, const struct rect *rect, attr_t attr,
                 const char *text);
