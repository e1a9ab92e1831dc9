/* The plain client as a command: connect, start the plain server where nobody listens,
 * one exchange, one line. Arguments: SOCKET SERVER REQUEST-BYTES ANSWER-BYTES. */
#include "floor.h"

#include "base/cleanup.h"

int main(int argc, char **argv) {
    if (argc != 5) {
        return 2;
    }
    struct floor_sizes sizes = {
        .request = strtoul(argv[3], NULL, 10),
        .answer = strtoul(argv[4], NULL, 10),
    };
    _cleanup_close_ int fd = floor_connect_or_start(argv[1], argv[2], sizes);
    floor_exchange(fd, sizes);
    return puts("pong") < 0;
}
