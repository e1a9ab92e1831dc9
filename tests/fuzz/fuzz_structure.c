/* A file of any name that may hold anything, and what is made of the structure in it.
 */
#include "codes/structure_file.h"
#include "structure/contact.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct bytes {
    const uint8_t *data;
    size_t n;
};

static int give(void *data, const char *name, size_t most, struct buf *out) {
    const struct bytes *bytes = data;
    (void)name;
    return buf_append(out, bytes->data, bytes->n < most ? bytes->n : most);
}

static void read_one(const char *name, const uint8_t *data, size_t n) {
    _cleanup_structure_ struct structure got = STRUCTURE_NULL;
    struct bytes bytes = {data, n};
    const struct code_beside beside = {give, &bytes};
    struct errmsg msg = ERRMSG_NULL;
    struct contact contact;
    const char *format = NULL;
    int r =
        structure_file_read(name, (const char *)data, n, &beside, &got, &format, &msg);
    if (r < 0 || (r == STRUCTURE_E_INPUT && !msg.text[0]) || (r != 0 && got.atoms)) {
        abort();
    }
    if (r == 0 && got.n_atoms < 100) {
        (void)contact_closest(&got, NULL, &contact);
    }
    for (int i = 0; r == 0 && got.n_atoms < 30 && i < STRUCTURE_N_FORMATS; i++) {
        _cleanup_buf_ struct buf text = BUF_NULL;
        struct errmsg note = ERRMSG_NULL;
        if (structure_file_write(&got, (enum structure_format)i, &text, &note, &msg) <
            0) {
            abort();
        }
    }
    char *formula = r == 0 ? cell_formula(got.atoms, got.n_atoms) : NULL;
    free(formula);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static const char *const names[] = {"POSCAR", "x.xyz", "x.cif",
                                        "x.in",   "x.d12", "x.gui"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        read_one(names[i], data, n);
    }
    return 0;
}
