/* Layer groups, by way of the space groups that are called alike. */
#include "structure/layer_group.h"

static const char *const symbols[LAYER_GROUPS] = {
    "P 1",       "P -1",      "P 1 1 2",    "P 1 1 m",   "P 1 1 a",    "P 1 1 2/m",
    "P 1 1 2/a", "P 2 1 1",   "P 21 1 1",   "C 2 1 1",   "P m 1 1",    "P b 1 1",
    "C m 1 1",   "P 2/m 1 1", "P 21/m 1 1", "P 2/b 1 1", "P 21/b 1 1", "C 2/m 1 1",
    "P 2 2 2",   "P 21 2 2",  "P 21 21 2",  "C 2 2 2",   "P m m 2",    "P m a 2",
    "P b a 2",   "C m m 2",   "P m 2 m",    "P m 21 b",  "P b 21 m",   "P b 2 b",
    "P m 2 a",   "P m 21 n",  "P b 21 a",   "P b 2 n",   "C m 2 m",    "C m 2 e",
    "P m m m",   "P m a a",   "P b a n",    "P m a m",   "P m m a",    "P m a n",
    "P b a a",   "P b a m",   "P b m a",    "P m m n",   "C m m m",    "C m m e",
    "P 4",       "P -4",      "P 4/m",      "P 4/n",     "P 4 2 2",    "P 4 21 2",
    "P 4 m m",   "P 4 b m",   "P -4 2 m",   "P -4 21 m", "P -4 m 2",   "P -4 b 2",
    "P 4/m m m", "P 4/n b m", "P 4/m b m",  "P 4/n m m", "P 3",        "P -3",
    "P 3 1 2",   "P 3 2 1",   "P 3 m 1",    "P 3 1 m",   "P -3 1 m",   "P -3 m 1",
    "P 6",       "P -6",      "P 6/m",      "P 6 2 2",   "P 6 m m",    "P -6 m 2",
    "P -6 2 m",  "P 6/m m m",
};

bool layer_group_setting(int number, struct setting *out) {
    if (number < 1 || number > LAYER_GROUPS) {
        return false;
    }
    return symmetry_setting(symmetry_by_symbol(symbols[number - 1], "2"), out);
}

enum layer_lattice layer_group_lattice(int number) {
    return number <= 7    ? LAYER_OBLIQUE
           : number <= 48 ? LAYER_RECTANGULAR
           : number <= 64 ? LAYER_SQUARE
                          : LAYER_HEXAGONAL;
}

const char *layer_group_symbol(int number) {
    return symbols[number - 1];
}

bool layer_group_has_one_origin(int number) {
    return number != 20 && number != 39 && number != 46 && number != 52 &&
           number != 54 && number != 62 && number != 64;
}

bool layer_group_is_centred(int number) {
    return symbols[number - 1][0] == 'C';
}
