/* The server's log file, which is there whether a server runs or not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Print its last `lines` lines, and with `follow` what comes behind them until the
 * program is interrupted or nobody reads any more. Returns a status. */
int server_logs(int64_t lines, bool follow);
