/* What is to be reached. Each line goes to the file that $BENCH_GOALS names, which
 * bench/run prints at the end; without one it is not kept. */
#pragma once

void goal_at_most(const char *what, double limit, double reached);
void goal_at_least(const char *what, double limit, double reached);
