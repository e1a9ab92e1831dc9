/* Prints what rpc.discover answers. The build makes the protocol's page from it; no
 * server runs. */
#include "server/methods/methods.h"

#include "rpc/message.h"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    _cleanup_json_ json_t *document = discover_document();
    if (!document || json_dumpf(document, stdout, JSON_INDENT(1)) < 0 ||
        putchar('\n') == EOF || fflush(stdout) == EOF) {
        (void)fputs("the table of methods cannot be printed\n", stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
