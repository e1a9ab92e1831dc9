/* Completion scripts, made from the table of commands: what it gains, they know. Each
 * prints to stdout. */
#pragma once

void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);
