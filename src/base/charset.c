/* The C library takes a locale from files alone, so one that was brought along is put
 * into a folder of its own for the moment in which it is read: what is read is mapped,
 * and needs no name any more. */
#include "base/charset.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/static_data.h"
#include "base/str.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_utf8(void) {
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* What the environment asks for, in the order of setlocale(3). */
static bool utf8_is_wanted(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (!str_empty(value)) {
            const char *dot = strchr(value, '.');
            return dot && (strncasecmp(dot, ".utf-8", 6) == 0 ||
                           strncasecmp(dot, ".utf8", 5) == 0);
        }
    }
    return false;
}

static bool write_characters(const char *path) {
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 && fd_write_all(fd, static_characters, static_characters_size) == 0;
}

static void take_from(const char *folder) {
    _cleanup_free_ char *locale = NULL;
    _cleanup_free_ char *file = NULL;
    if (str_printf(&locale, "%s/C.UTF-8", folder) < 0 ||
        str_printf(&file, "%s/LC_CTYPE", locale) < 0 || mkdir(locale, 0700) < 0) {
        return;
    }
    if (write_characters(file) && setenv("LOCPATH", folder, 1) == 0) {
        (void)setlocale(LC_CTYPE, "C.UTF-8");
        (void)unsetenv("LOCPATH");
    }
    (void)unlink(file);
    (void)rmdir(locale);
}

static void take_own(void) {
    const char *places[] = {getenv("XDG_RUNTIME_DIR"), "/tmp", "/dev/shm"};
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !is_utf8(); i++) {
        _cleanup_free_ char *folder = NULL;
        if (str_empty(places[i]) ||
            str_printf(&folder, "%s/crystalmath-XXXXXX", places[i]) < 0 ||
            !mkdtemp(folder)) {
            continue;
        }
        take_from(folder);
        (void)rmdir(folder);
    }
}

bool charset_init(void) {
    bool known = setlocale(LC_CTYPE, "") != NULL;
    if ((!known || !is_utf8()) && static_characters_size > 0 && utf8_is_wanted()) {
        take_own();
    }
    return is_utf8();
}
