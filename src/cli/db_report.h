/* What came of looking after the database, in words. Both return a status. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* CLI_OK when the database is as it should be. */
int db_report_check(const json_t *report, bool as_json);
int db_report_restore(const json_t *told, bool as_json);
