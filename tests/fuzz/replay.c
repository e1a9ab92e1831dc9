/* Feeds a fuzz target every file of a folder, as one test that passes when nothing
 * crashes. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        return -1;
    }
    enum { MOST = 1024 * 1024 };
    uint8_t *bytes = malloc(MOST);
    size_t n = bytes ? fread(bytes, 1, MOST, file) : 0;
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(bytes, n);
    free(bytes);
    return 0;
}

int main(int argc, char **argv) {
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    int count = 0;
    if (!dir) {
        (void)printf("Bail out! usage: replay FOLDER\n");
        return EXIT_FAILURE;
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] != '.' && replay(argv[1], entry->d_name) == 0) {
            count++;
        }
    }
    (void)closedir(dir);
    (void)printf("1..1\n%s 1 - %d inputs are survived\n", count > 0 ? "ok" : "not ok",
                 count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
