/* Inside of store/: the SQL function of searches by words. */
#pragma once

#include <sqlite3.h>

struct words;

/* has_words(WORDS, TEXT, …): 1 when one of the texts has the words in it, in any case
 * as LIKE has it (of ASCII's letters), else 0; NULL is no text. WORDS is bound by
 * words_bind. An SQLite result code. */
int words_register(sqlite3 *db);

/* What is looked for; new, freed with free(). NULL when memory runs out. */
struct words *words_new(const char *text);

/* Bind it; borrowed until the statement is finalized. An SQLite result code. */
int words_bind(sqlite3_stmt *statement, int at, struct words *words);
