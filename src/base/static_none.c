/* A program that uses the system's libraries uses its terminals and locales, too. */
#include "base/static_data.h"

const struct static_terminal static_terminals[] = {{NULL, NULL}};
const unsigned char static_characters[] = {0};
const size_t static_characters_size = 0;
