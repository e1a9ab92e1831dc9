/* The commands: one file each, cmd_NAME.c. Every one returns a status. */
#pragma once

#include "cli/args.h"

int cmd_submit(const struct cli *cli, const struct args *args);
int cmd_resubmit(const struct cli *cli, const struct args *args);
int cmd_jobs(const struct cli *cli, const struct args *args);
int cmd_show(const struct cli *cli, const struct args *args);
int cmd_log(const struct cli *cli, const struct args *args);
int cmd_wait(const struct cli *cli, const struct args *args);
int cmd_cancel(const struct cli *cli, const struct args *args);
int cmd_hold(const struct cli *cli, const struct args *args);
int cmd_release(const struct cli *cli, const struct args *args);
int cmd_priority(const struct cli *cli, const struct args *args);
int cmd_tag(const struct cli *cli, const struct args *args);
int cmd_rename(const struct cli *cli, const struct args *args);
int cmd_note(const struct cli *cli, const struct args *args);
int cmd_remove(const struct cli *cli, const struct args *args);
int cmd_import(const struct cli *cli, const struct args *args);
int cmd_check(const struct cli *cli, const struct args *args);
int cmd_codes(const struct cli *cli, const struct args *args);
int cmd_parse(const struct cli *cli, const struct args *args);
int cmd_plot(const struct cli *cli, const struct args *args);
int cmd_structure(const struct cli *cli, const struct args *args);
int cmd_ping(const struct cli *cli, const struct args *args);
int cmd_proxy(const struct cli *cli, const struct args *args);
int cmd_call(const struct cli *cli, const struct args *args);
int cmd_adopt(const struct cli *cli, const struct args *args);
int cmd_fetch(const struct cli *cli, const struct args *args);
int cmd_cluster(const struct cli *cli, const struct args *args);
int cmd_db(const struct cli *cli, const struct args *args);
int cmd_config(const struct cli *cli, const struct args *args);
int cmd_server(const struct cli *cli, const struct args *args);
int cmd_completion(const struct cli *cli, const struct args *args);
int cmd_help(const struct cli *cli, const struct args *args);
