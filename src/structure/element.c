/* The periodic table, as far as symbols go. */
#include "structure/element.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char symbols[][3] = {
    "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si",
    "P",  "S",  "Cl", "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni",
    "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo",
    "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe", "Cs", "Ba",
    "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb",
    "Lu", "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po",
    "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf",
    "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn",
    "Nh", "Fl", "Mc", "Lv", "Ts", "Og",
};

int element_number(const char *element) {
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (strcmp(symbols[i], element) == 0) {
            return (int)i + 1;
        }
    }
    return 0;
}

const char *element_symbol(int number) {
    bool known = number >= 1 && number <= (int)(sizeof(symbols) / sizeof(symbols[0]));
    return known ? symbols[number - 1] : "X";
}

static bool is_symbol(const char *candidate) {
    return element_number(candidate) > 0;
}

void element_of_label(const char *label, char element[ATOM_ELEMENT_SIZE]) {
    char candidate[3] = {0};
    if (isalpha((unsigned char)label[0])) {
        candidate[0] = (char)toupper((unsigned char)label[0]);
        if (isalpha((unsigned char)label[1])) {
            candidate[1] = (char)tolower((unsigned char)label[1]);
        }
    }
    if (candidate[1] && !is_symbol(candidate)) {
        candidate[1] = '\0';
    }
    (void)snprintf(element, ATOM_ELEMENT_SIZE, "%s",
                   is_symbol(candidate) ? candidate : "X");
}
