/* Walking through folders, and the folders below them. */
#pragma once

/* Hand every folder of the tree to `fn`, which returns a status: the folder itself,
 * then those in it in order of their names. Folders whose name begins with a dot, those
 * in which pw.x saves (PREFIX.save), and links are passed over. One that cannot be read
 * is told of, and the walk goes on. CLI_OK; CLI_FAILED where a folder could not be
 * read; or what `fn` returned when that was another status, with which the walk ends.
 */
int import_tree(const char *folder, int (*fn)(const char *folder, void *data),
                void *data);
