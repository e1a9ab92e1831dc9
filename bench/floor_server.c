/* The plain server: bind, listen, say so on descriptor 3, then echo, one client at a
 * time, until it is terminated. Arguments: SOCKET REQUEST-BYTES ANSWER-BYTES. */
#include "floor.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/unix_socket.h"

#include <sys/socket.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    struct floor_sizes sizes = {
        .request = strtoul(argv[2], NULL, 10),
        .answer = strtoul(argv[3], NULL, 10),
    };
    int listener = -1;
    if (unix_socket_bind(argv[1], &listener) < 0 ||
        fd_set_nonblock(listener, false) < 0 || listen(listener, 16) < 0 ||
        write(3, "R", 1) != 1) {
        return 1;
    }
    (void)close(3);
    for (;;) {
        _cleanup_close_ int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            return 1;
        }
        floor_answer(fd, sizes);
    }
}
