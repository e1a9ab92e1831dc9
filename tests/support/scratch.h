/* A private folder for one test. */
#pragma once

/* Make a fresh folder; its path is freed by scratch_remove. Fails the test when it
 * cannot. */
char *scratch_make(void);
/* Remove the folder and all that is in it. Returns NULL. */
char *scratch_remove(char *path);
/* path/name; the caller frees. */
char *scratch_path(const char *path, const char *name);
