/* One child, waited for; it shares our process group, so that Ctrl-C reaches it. */
#include "cli/child.h"

#include "cli/say.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int child_run(const json_t *words) {
    size_t n = json_array_size(words);
    char **argv = say_need(calloc(n + 1, sizeof(char *)));
    int told = 0;
    for (size_t i = 0; i < n; i++) {
        argv[i] = (char *)json_string_value(json_array_get(words, i));
    }
    pid_t pid = n > 0 ? fork() : -1;
    if (pid == 0) {
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &told, 0) < 0 && errno == EINTR) {
    }
    free(argv);
    return pid < 0 ? 127 : WIFEXITED(told) ? WEXITSTATUS(told) : 128 + WTERMSIG(told);
}
