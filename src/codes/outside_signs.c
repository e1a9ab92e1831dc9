/* What the kernel, the loader, shells, runtimes, MPI and batch systems print, as one
 * table, most exact first: the first words that are within a line decide. What is
 * printed of things that do not matter is in front, and means nothing. */
#include "codes/outside_signs.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct outside_sign signs[] = {
    /* what the loader can do without */
    {"cannot open shared object file", "ignored", OUTSIDE_NOTHING, false},
    {"couldn't load driver", NULL, OUTSIDE_NOTHING, false},
    /* the batch system */
    {"DUE TO TIME LIMIT", NULL, OUTSIDE_TIME, false},
    {"job killed: walltime", NULL, OUTSIDE_TIME, false},
    {"job killed: cput", NULL, OUTSIDE_TIME, false},
    {"TERM_RUNLIMIT", NULL, OUTSIDE_TIME, false},
    {"TERM_CPULIMIT", NULL, OUTSIDE_TIME, false},
    {"TERM_DEADLINE", NULL, OUTSIDE_TIME, false},
    {"exceeded hard wallclock time", NULL, OUTSIDE_TIME, false},
    {"CPU time limit exceeded", NULL, OUTSIDE_TIME, false},
    {"SIGXCPU", NULL, OUTSIDE_TIME, false},
    {"time limit for job execution has been reached", NULL, OUTSIDE_TIME, false},
    {"DUE TO NODE FAILURE", NULL, OUTSIDE_NODE, false},
    {"Node failure on", NULL, OUTSIDE_NODE, false},
    {"job killed: node", NULL, OUTSIDE_NODE, false},
    {"lost communication with a remote daemon", NULL, OUTSIDE_NODE, false},
    {"DUE TO PREEMPTION", NULL, OUTSIDE_PREEMPTED, false},
    {"TERM_PREEMPT", NULL, OUTSIDE_PREEMPTED, false},
    /* memory of a graphics card is asked for, and nobody is killed for it */
    {"CUDA", "out of memory", OUTSIDE_MEMORY, false},
    {"CUDA_ERROR_OUT_OF_MEMORY", NULL, OUTSIDE_MEMORY, false},
    {"cuMemAlloc", "emory", OUTSIDE_MEMORY, false},
    {"oom-kill", NULL, OUTSIDE_MEMORY_KILL, false},
    {"oom_kill", NULL, OUTSIDE_MEMORY_KILL, false},
    {"OOM kill", NULL, OUTSIDE_MEMORY_KILL, false},
    {"OOM Killed", NULL, OUTSIDE_MEMORY_KILL, false},
    {"out-of-memory", NULL, OUTSIDE_MEMORY_KILL, false},
    {"cgroup out of memory", NULL, OUTSIDE_MEMORY_KILL, false},
    {"Out Of Memory", NULL, OUTSIDE_MEMORY_KILL, false},
    {"Out of memory", NULL, OUTSIDE_MEMORY_KILL, false},
    {"OUT_OF_MEMORY", NULL, OUTSIDE_MEMORY_KILL, false},
    {"TERM_MEMLIMIT", NULL, OUTSIDE_MEMORY_KILL, false},
    {"TERM_SWAP", NULL, OUTSIDE_MEMORY_KILL, false},
    {"job killed: mem", NULL, OUTSIDE_MEMORY_KILL, false},
    {"job killed: vmem", NULL, OUTSIDE_MEMORY_KILL, false},
    {"Allocation would exceed memory", NULL, OUTSIDE_MEMORY, false},
    {"exceed", "memory limit", OUTSIDE_MEMORY_KILL, false},
    {"Exceed", "memory limit", OUTSIDE_MEMORY_KILL, false},
    {"mem limit exceeded", NULL, OUTSIDE_MEMORY_KILL, false},
    {"DUE TO JOB REQUEUE", NULL, OUTSIDE_CANCELLED, false},
    {"TERM_OWNER", NULL, OUTSIDE_CANCELLED, false},
    {"TERM_ADMIN", NULL, OUTSIDE_CANCELLED, false},
    {"TERM_FORCE", NULL, OUTSIDE_CANCELLED, false},
    {"CANCELLED AT", NULL, OUTSIDE_CANCELLED, false},
    /* memory and disk */
    {"Cannot allocate memory", NULL, OUTSIDE_MEMORY, false},
    {"insufficient virtual memory", NULL, OUTSIDE_MEMORY, false},
    {"ALLOCATE: ", "bytes requested", OUTSIDE_MEMORY, false},
    {"unable to request more memory", NULL, OUTSIDE_MEMORY, false},
    {"Unable to create step", "Memory required", OUTSIDE_MEMORY, false},
    {"failed: out of memory", NULL, OUTSIDE_MEMORY, false},
    {"std::bad_alloc", NULL, OUTSIDE_MEMORY, false},
    {"Error allocating", "bytes", OUTSIDE_MEMORY, false},
    {"No space left on device", NULL, OUTSIDE_DISK, false},
    {"isk quota exceeded", NULL, OUTSIDE_DISK, false},
    {"File size limit exceeded", NULL, OUTSIDE_DISK, false},
    {"File too large", NULL, OUTSIDE_DISK, false},
    {"error during write", NULL, OUTSIDE_DISK, false},
    {"Input/output error", NULL, OUTSIDE_STORAGE, false},
    {"Stale file handle", NULL, OUTSIDE_STORAGE, false},
    {"Stale NFS file handle", NULL, OUTSIDE_STORAGE, false},
    {"Read-only file system", NULL, OUTSIDE_STORAGE, false},
    {"Transport endpoint is not connected", NULL, OUTSIDE_STORAGE, false},
    {"Fortran runtime error: End of file", NULL, OUTSIDE_SHORT_FILE, false},
    {"end-of-file during read", NULL, OUTSIDE_SHORT_FILE, false},
    /* other limits */
    {"pthread_create failed", NULL, OUTSIDE_THREADS, false},
    {"necessary resources for OMP thread", NULL, OUTSIDE_THREADS, false},
    {"Thread creation failed", NULL, OUTSIDE_THREADS, false},
    {"fork: Resource temporarily unavailable", NULL, OUTSIDE_THREADS, false},
    {"Too many open files", NULL, OUTSIDE_THREADS, false},
    /* the program does not start */
    {"Unable to locate a modulefile", NULL, OUTSIDE_MODULE, true},
    {"he following module(s) are unknown", NULL, OUTSIDE_MODULE, true},
    {"exist but cannot be loaded as requested", NULL, OUTSIDE_MODULE, true},
    {"module: command not found", NULL, OUTSIDE_MODULE, true},
    {"module: not found", NULL, OUTSIDE_MODULE, true},
    {"error while loading shared libraries", NULL, OUTSIDE_LIBRARY, false},
    {"cannot open shared object file", NULL, OUTSIDE_LIBRARY, false},
    {"symbol lookup error", NULL, OUTSIDE_LIBRARY, false},
    {"version `", "not found", OUTSIDE_LIBRARY, false},
    {"MKL FATAL ERROR", NULL, OUTSIDE_LIBRARY, false},
    {"ommand not found", NULL, OUTSIDE_NO_PROGRAM, true},
    {": not found", NULL, OUTSIDE_NO_PROGRAM, true},
    {"env: ", "No such file or directory", OUTSIDE_NO_PROGRAM, true},
    {"failed to run command", "No such file or directory", OUTSIDE_NO_PROGRAM, true},
    {"execve", "No such file or directory", OUTSIDE_NO_PROGRAM, false},
    {"execvp", "No such file or directory", OUTSIDE_NO_PROGRAM, false},
    {"is not there after the lines of setup", NULL, OUTSIDE_NO_PROGRAM, false},
    {"unable to find the specified executable", NULL, OUTSIDE_NO_PROGRAM, false},
    {"could not find executable", NULL, OUTSIDE_NO_PROGRAM, false},
    {"could not find an executable", NULL, OUTSIDE_NO_PROGRAM, false},
    {"srun: fatal: Can not execute", NULL, OUTSIDE_NO_PROGRAM, false},
    {"sh: ", "No such file or directory", OUTSIDE_NO_FILE, true},
    {": line ", "No such file or directory", OUTSIDE_NO_FILE, true},
    {": cannot open ", "No such file", OUTSIDE_NO_FILE, true},
    {"Permission denied (publickey", NULL, OUTSIDE_MPI_START, false},
    {"sh: ", "Permission denied", OUTSIDE_NOT_ALLOWED, true},
    {": line ", "Permission denied", OUTSIDE_NOT_ALLOWED, true},
    {"failed to run command", "Permission denied", OUTSIDE_NOT_ALLOWED, true},
    {"execve", "Permission denied", OUTSIDE_NOT_ALLOWED, false},
    {"execvp", "Permission denied", OUTSIDE_NOT_ALLOWED, false},
    {"does not have execute permission", NULL, OUTSIDE_NOT_ALLOWED, false},
    {"specified application as it could not access", NULL, OUTSIDE_NOT_ALLOWED, false},
    {"xec format error", NULL, OUTSIDE_FORMAT, false},
    {"cannot execute binary file", NULL, OUTSIDE_FORMAT, false},
    {"cannot execute: required file not found", NULL, OUTSIDE_FORMAT, false},
    {"processor support Intel", NULL, OUTSIDE_INSTRUCTION, false},
    {"not built to run on the processor", NULL, OUTSIDE_INSTRUCTION, false},
    {"CUDA_ERROR_NO_DEVICE", NULL, OUTSIDE_DEVICE, false},
    {"cuInit returned error", NULL, OUTSIDE_DEVICE, false},
    {"no CUDA-capable device", NULL, OUTSIDE_DEVICE, false},
    {"CUDA driver version is insufficient", NULL, OUTSIDE_DEVICE, false},
    /* MPI does not start it */
    {"not enough slots available", NULL, OUTSIDE_MPI_SLOTS, false},
    {"allocated for this job are already filled", NULL, OUTSIDE_MPI_SLOTS, false},
    {"would result in binding more", NULL, OUTSIDE_MPI_SLOTS, false},
    {"Unable to create step", "More processors requested", OUTSIDE_MPI_SLOTS, false},
    {"Unable to create step", "Requested node configuration", OUTSIDE_MPI_SLOTS, false},
    {"attempt to run as root", NULL, OUTSIDE_MPI_ROOT, false},
    {"run: Error: unknown option", NULL, OUTSIDE_MPI_OPTION, false},
    {"unrecognized option was included on the", NULL, OUTSIDE_MPI_OPTION, false},
    {"srun: unrecognized option", NULL, OUTSIDE_MPI_OPTION, false},
    {"srun: invalid option", NULL, OUTSIDE_MPI_OPTION, false},
    {"[mpiexec@", "unrecognized argument", OUTSIDE_MPI_OPTION, false},
    {"[mpiexec@", "error parsing parameters", OUTSIDE_MPI_OPTION, false},
    {"was unable to reliably start", NULL, OUTSIDE_MPI_START, false},
    {"daemon has unexpectedly failed", NULL, OUTSIDE_MPI_START, false},
    {"daemon died unexpectedly", NULL, OUTSIDE_MPI_START, false},
    {"unable to launch the specified application", NULL, OUTSIDE_MPI_START, false},
    {"Host key verification failed", NULL, OUTSIDE_MPI_START, false},
    {"direct launched using \"srun\"", NULL, OUTSIDE_MPI_START, false},
    {"srun: error: Application launch failed", NULL, OUTSIDE_MPI_START, false},
    {"Invalid MPI type", NULL, OUTSIDE_MPI_START, false},
    {"cannot create mpi context", NULL, OUTSIDE_MPI_START, false},
    {"PMI2_Job_GetId failed", NULL, OUTSIDE_MPI_START, false},
    {"MPI_INIT failed for some reason", NULL, OUTSIDE_MPI_START, false},
    {"rror in MPI_Init", NULL, OUTSIDE_MPI_START, false},
    {"rror occurred in MPI_Init", NULL, OUTSIDE_MPI_START, false},
    {"rror in PMPI_Init", NULL, OUTSIDE_MPI_START, false},
    {"rror in internal_Init", NULL, OUTSIDE_MPI_START, false},
    /* the program fails */
    {"llegal instruction", NULL, OUTSIDE_INSTRUCTION, false},
    {"SIGILL", NULL, OUTSIDE_INSTRUCTION, false},
    {"process killed (SIG", NULL, OUTSIDE_TERMINATED, false},
    {"process interrupted (SIG", NULL, OUTSIDE_TERMINATED, false},
    {"Fortran runtime error", NULL, OUTSIDE_RUNTIME, false},
    {"egmentation fault", NULL, OUTSIDE_CRASH, false},
    {"SIGSEGV", NULL, OUTSIDE_CRASH, false},
    {"SIGBUS", NULL, OUTSIDE_CRASH, false},
    {"Bus error", NULL, OUTSIDE_CRASH, false},
    {"stack overflow", NULL, OUTSIDE_CRASH, false},
    {"stack smashing detected", NULL, OUTSIDE_CRASH, false},
    {"buffer overflow detected", NULL, OUTSIDE_CRASH, false},
    {"double free or corruption", NULL, OUTSIDE_CRASH, false},
    {"malloc(): ", NULL, OUTSIDE_CRASH, false},
    {"realloc(): ", NULL, OUTSIDE_CRASH, false},
    {"malloc_consolidate(): ", NULL, OUTSIDE_CRASH, false},
    {"free(): ", NULL, OUTSIDE_CRASH, false},
    {"munmap_chunk(): invalid", NULL, OUTSIDE_CRASH, false},
    {"corrupted size vs. prev_size", NULL, OUTSIDE_CRASH, false},
    {"corrupted double-linked list", NULL, OUTSIDE_CRASH, false},
    {"SIGFPE", NULL, OUTSIDE_ARITHMETIC, false},
    {"loating point exception", NULL, OUTSIDE_ARITHMETIC, false},
    {"erroneous arithmetic operation", NULL, OUTSIDE_ARITHMETIC, false},
    {"forrtl: error", "floating ", OUTSIDE_ARITHMETIC, false},
    {"integer divide by zero", NULL, OUTSIDE_ARITHMETIC, false},
    {"forrtl: severe", NULL, OUTSIDE_RUNTIME, false},
    {"FIO-F-", NULL, OUTSIDE_RUNTIME, false},
    {"UNRECOVERABLE library error", NULL, OUTSIDE_RUNTIME, false},
    {"on signal 11", NULL, OUTSIDE_CRASH, false},
    {"from signal 11", NULL, OUTSIDE_CRASH, false},
    {"SIGNAL: 11", NULL, OUTSIDE_CRASH, false},
    {"from signal 7", NULL, OUTSIDE_CRASH, false},
    {"SIGNAL: 7", NULL, OUTSIDE_CRASH, false},
    {"on signal 8", NULL, OUTSIDE_ARITHMETIC, false},
    {"from signal 8", NULL, OUTSIDE_ARITHMETIC, false},
    {"SIGNAL: 8", NULL, OUTSIDE_ARITHMETIC, false},
    {"on signal 4", NULL, OUTSIDE_INSTRUCTION, false},
    {"from signal 4", NULL, OUTSIDE_INSTRUCTION, false},
    {"SIGNAL: 4", NULL, OUTSIDE_INSTRUCTION, false},
    {"xited with exit code 127", NULL, OUTSIDE_NO_PROGRAM, false},
    {"xited with exit code 132", NULL, OUTSIDE_INSTRUCTION, false},
    {"xited with exit code 135", NULL, OUTSIDE_CRASH, false},
    {"xited with exit code 136", NULL, OUTSIDE_ARITHMETIC, false},
    {"xited with exit code 139", NULL, OUTSIDE_CRASH, false},
    {"EXIT CODE: 132", NULL, OUTSIDE_INSTRUCTION, false},
    {"EXIT CODE: 135", NULL, OUTSIDE_CRASH, false},
    {"EXIT CODE: 136", NULL, OUTSIDE_ARITHMETIC, false},
    {"EXIT CODE: 139", NULL, OUTSIDE_CRASH, false},
    /* how it ended, without a why */
    {"xited with exit code 137", NULL, OUTSIDE_KILLED, false},
    {"xited with exit code 143", NULL, OUTSIDE_TERMINATED, false},
    {"xited with exit code 134", NULL, OUTSIDE_ABORTED, false},
    {"signal 9", NULL, OUTSIDE_KILLED, false},
    {"SIGNAL: 9", NULL, OUTSIDE_KILLED, false},
    {"SIGKILL", NULL, OUTSIDE_KILLED, false},
    {"Killed", NULL, OUTSIDE_KILLED, false},
    {"signal 15", NULL, OUTSIDE_TERMINATED, false},
    {"SIGNAL: 15", NULL, OUTSIDE_TERMINATED, false},
    {"SIGTERM", NULL, OUTSIDE_TERMINATED, false},
    {"SIGHUP", NULL, OUTSIDE_TERMINATED, false},
    {": Terminated", NULL, OUTSIDE_TERMINATED, false},
    {": line ", " Terminated ", OUTSIDE_TERMINATED, false},
    {": line ", " Hangup ", OUTSIDE_TERMINATED, false},
    {"(Hangup)", NULL, OUTSIDE_TERMINATED, false},
    {"Hangup (signal", NULL, OUTSIDE_TERMINATED, false},
    {"(Interrupt)", NULL, OUTSIDE_TERMINATED, false},
    {"Interrupt (signal", NULL, OUTSIDE_TERMINATED, false},
    {"STEPD TERMINATED", NULL, OUTSIDE_TERMINATED, false},
    {": killing job...", NULL, OUTSIDE_TERMINATED, false},
    {"SIGABRT", NULL, OUTSIDE_ABORTED, false},
    {"on signal 6", NULL, OUTSIDE_ABORTED, false},
    {"from signal 6", NULL, OUTSIDE_ABORTED, false},
    {"SIGNAL: 6", NULL, OUTSIDE_ABORTED, false},
    {": Aborted", NULL, OUTSIDE_ABORTED, false},
    {": line ", " Aborted ", OUTSIDE_ABORTED, false},
    {"Abort trap", NULL, OUTSIDE_ABORTED, false},
    {"terminate called after throwing", NULL, OUTSIDE_ABORTED, false},
    {"MPI_ABORT", NULL, OUTSIDE_ABORTED, false},
    {"MPI_Abort", NULL, OUTSIDE_ABORTED, false},
    {"internal ABORT", NULL, OUTSIDE_ABORTED, false},
    {"MPI_ERRORS_ARE_FATAL", NULL, OUTSIDE_ABORTED, false},
    {"Fatal error in MPI_", NULL, OUTSIDE_ABORTED, false},
    {"Fatal error in PMPI_", NULL, OUTSIDE_ABORTED, false},
    {"Fatal error in internal_", NULL, OUTSIDE_ABORTED, false},
    {"BAD TERMINATION", NULL, OUTSIDE_ABORTED, false},
};

/* The bytes that occur in a line. */
struct letters {
    bool has[UCHAR_MAX + 1];
};

static struct letters letters_of(const char *line) {
    struct letters letters = {{false}};
    for (const unsigned char *at = (const unsigned char *)line; *at; at++) {
        letters.has[*at] = true;
    }
    return letters;
}

/* Few lines have even the letters of what is looked for in them. */
static bool may_hold(const struct letters *letters, const char *words) {
    const unsigned char *at = (const unsigned char *)words;
    while (*at && letters->has[*at]) {
        at++;
    }
    return !*at;
}

const struct outside_sign *outside_sign_of_line(const char *line) {
    struct letters letters = letters_of(line);
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (may_hold(&letters, signs[i].words) && strstr(line, signs[i].words) &&
            (!signs[i].also || strstr(line, signs[i].also))) {
            return signs[i].cause == OUTSIDE_NOTHING ? NULL : &signs[i];
        }
    }
    return NULL;
}
