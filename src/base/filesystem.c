/* Two tables: the numbers by which Linux tells its file systems (statfs(2),
 * linux/magic.h and the headers of those outside of the kernel), and the names of those
 * that several machines share. A file system in user space counts as shared unless it
 * lies on a block device: sshfs, s3fs and their like cannot be told from the rest. */
#include "base/filesystem.h"

#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

static const struct {
    uint32_t type;
    const char *name;
} types[] = {
    {0x6969, "nfs"},        {0x517B, "smb"},          {0xFF534D42, "cifs"},
    {0xFE534D42, "smb3"},   {0x0BD00BD0, "lustre"},   {0x47504653, "gpfs"},
    {0x5346414F, "afs"},    {0x6B414653, "afs"},      {0x65735546, "fuse"},
    {0x19830326, "beegfs"}, {0x00C36400, "ceph"},     {0x01021997, "9p"},
    {0x73757245, "coda"},   {0x7461636F, "ocfs2"},    {0x01161970, "gfs2"},
    {0xAAD7AAEA, "panfs"},  {0x20030528, "orangefs"}, {0x786F4256, "vboxsf"},
    {0xEF53, "ext4"},       {0x58465342, "xfs"},      {0x9123683E, "btrfs"},
    {0x2FC12FC1, "zfs"},    {0x01021994, "tmpfs"},    {0x794C7630, "overlay"},
    {0xF2F52010, "f2fs"},   {0xCA451A4E, "bcachefs"}, {0x858458F6, "ramfs"},
    {0xF15F, "ecryptfs"},
};

static const char *const shared[] = {
    "nfs",     "nfs4",    "smb",          "smb2",   "smb3",     "smbfs",
    "cifs",    "lustre",  "gpfs",         "afs",    "fuse",     "kafs",
    "ceph",    "9p",      "beegfs",       "coda",   "gfs2",     "ocfs2",
    "panfs",   "pvfs2",   "orangefs",     "vboxsf", "virtiofs", "webdav",
    "macfuse", "osxfuse", "beegfs_nodev", "wekafs", "davfs",    "afpfs",
};

const char *filesystem_type_name(uint64_t type) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type) {
            return types[i].name;
        }
    }
    return NULL;
}

static bool has_option(const char *options, const char *option) {
    size_t n = strlen(option);
    for (const char *at = options; *at;) {
        size_t len = strcspn(at, ",");
        if (len == n && strncmp(at, option, n) == 0) {
            return true;
        }
        at += len + (at[len] ? 1 : 0);
    }
    return false;
}

void filesystem_judge(const char *type, const char *options, struct filesystem *out) {
    *out = (struct filesystem){0};
    (void)snprintf(out->name, sizeof out->name, "%s", type);
    out->network = str_starts_with(type, "fuse.");
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        out->network = out->network || strcmp(type, shared[i]) == 0;
    }
    out->local_locks =
        out->network &&
        (has_option(options, "nolock") || has_option(options, "local_lock=flock") ||
         has_option(options, "local_lock=all") || has_option(options, "localflock"));
}

int filesystem_of(const char *path, struct filesystem *out) {
    char type[sizeof out->name];
    char options[2048];
    int r = platform_mount(path, type, sizeof type, options, sizeof options);
    if (r == 0) {
        filesystem_judge(type, options, out);
    }
    return r;
}

int64_t filesystem_free_bytes(const char *path) {
    struct statvfs fs;
    if (statvfs(path, &fs) < 0) {
        return -errno;
    }
    return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}
