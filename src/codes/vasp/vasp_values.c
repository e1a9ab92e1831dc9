/* Values of an INCAR that VASP can read and that are likely not meant. Its versions and
 * patches differ in what they take, so that these are warnings. Capital and small
 * letters do not differ. */
#include "codes/vasp/vasp_input.h"

#include "base/fortran.h"
#include "codes/code_check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_SIZE = 40 };

struct words {
    const char *tag;
    size_t n; /* how many characters of the value count; 0: all */
    const char *words;
};

static const struct words known[] = {
    {"GGA", 2,
     "91 PE PB PW LM RP RE PS AM HL CA PZ WI VW B3 B5 BF CO RA 03 05 10 20 PL OR BO MK "
     "ML CX LI SL HJ NO --"},
    {"METAGGA", 3,
     "TPS RTP M06 MS0 MS1 MS2 MSP MSR MSB RMS SCA RSC R2S R4S MBJ LMB TB0 OFR LAK HLE "
     "TAS MVS SRE V1- V2- V3- V1S V2S V3S LIB PBE LDA NON -- F .F. .FA FAL"},
    {"IVDW", 0,
     "0 1 2 3 4 10 11 12 13 14 15 16 20 21 22 26 101 102 103 111 112 113 202 212 263"},
    {"ISIF", 0, "0 1 2 3 4 5 6 7 8"},
    {"PREC", 1, "A N S M L H"},
    {"ALGO", 1, "N V F C A D E S T B G Q R O M L X I P 2"},
};

static bool is_known(const struct words *words, const char *value) {
    size_t n = strlen(value);
    size_t counts = words->n > 0 && n > words->n ? words->n : n;
    const char *at = words->words;
    while (*at) {
        size_t length = strcspn(at, " ");
        if (length == counts && strncasecmp(at, value, counts) == 0) {
            return true;
        }
        at += length;
        at += strspn(at, " ");
    }
    return false;
}

/* The first word, without quotes. */
static void first_word(const struct vasp_tag *tag, char word[WORD_SIZE]) {
    size_t quote = tag->n > 0 && strchr("'\"", tag->value[0]) ? 1 : 0;
    (void)snprintf(word, WORD_SIZE, "%.*s", (int)(tag->n - quote), tag->value + quote);
    word[strcspn(word, " \t\r\n\\'\"")] = '\0';
}

/* ---- numbers ---- */

static int check_number(const char *file, const struct vasp_tag *tag, const char *word,
                        struct code_findings *out) {
    static const char *const shares[] = {"KPAR", "NCORE", "NPAR"};
    long value = 0;
    if (!fortran_int(&word, &value)) {
        return 0;
    }
    if (strcmp(tag->name, "ISPIN") == 0 && value != 1 && value != 2) {
        return code_find(out, false, file, tag->line,
                         "ISPIN is 1 (no spin) or 2 (up and down), not %ld", value);
    }
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        if (strcmp(tag->name, shares[i]) == 0 && value < 1) {
            return code_find(out, false, file, tag->line, "%s is 1 or more, not %ld",
                             tag->name, value);
        }
    }
    return 0;
}

/* "1E6" where "1E-6" was meant: the first cycle is the last. */
static int check_ediff(const char *file, const struct vasp_tag *tag, const char *word,
                       struct code_findings *out) {
    double value = 0;
    return strcmp(tag->name, "EDIFF") == 0 && fortran_real(&word, &value) &&
                   *word == '\0' && value >= 1
               ? code_find(out, false, file, tag->line,
                           "EDIFF = %g eV ends an SCF that has not converged; common "
                           "is 1E-4 to 1E-8",
                           value)
               : 0;
}

int vasp_check_known(const char *file, const struct vasp_tag *tag,
                     struct code_findings *out) {
    char word[WORD_SIZE];
    first_word(tag, word);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (*word && strcmp(tag->name, known[i].tag) == 0 &&
            !is_known(&known[i], word)) {
            return code_find(out, false, file, tag->line,
                             "%s = %s is no value that is known here; is it what the "
                             "manual of VASP calls it?",
                             tag->name, word);
        }
    }
    int r = check_ediff(file, tag, word, out);
    return r ? r : check_number(file, tag, word, out);
}
