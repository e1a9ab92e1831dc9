/* Texts are as command.c wants them. */
#include "cli/command_jobs.h"

#include "cli/cmds.h"

#include <stdbool.h>

const struct command commands_of_jobs[] = {
    {
        .name = "submit",
        .operands = "FILE… | -- COMMAND [ARGUMENT]…",
        .operand_kind = ARG_FILE,
        .min_operands = 1,
        .max_operands = -1,
        .text = "run input files, or any command, as jobs",
        .details =
            "Each FILE is an input of a DFT code, or a folder with one (a run of "
            "VASP),\nand "
            "runs in its own folder. Behind "
            "-- stands\nany command; it runs in the current directory. The job gets "
            "the environment\nand the umask of the caller. Prints the id of each "
            "job.\n\n"
            "VALUES are from:to:step, as in ecutwfc=20:80:10, or a list with commas. "
            "Each job\nof a sweep has a folder of its own beside FILE, which is an "
            "input of pw.x.\n"
            "LIMIT is 90 for minutes, 1:30:00, 2-12 for days and hours, 2h or 1h30m. "
            "TIME is\n18:30, 2026-01-31, 2026-01-31T18:30 or +2h. ID has :ok, :any or "
            ":not-ok behind\nit for how that job has to end, ok without.\n\n"
            "  crystalmath submit si.in\n"
            "  crystalmath submit --after 12 --time 2h bands.in\n"
            "  crystalmath submit --cores 4 --wait relax.in\n"
            "  crystalmath submit --on slurm --ntasks 16 --time 1-0 relax.in\n"
            "  crystalmath submit --name sweep -- ./sweep.sh 10 20",
        .options =
            {{"name", 'n', "NAME", ARG_TEXT, "call the job NAME"},
             {"cores", 'c', "N", ARG_NUMBER, "cores that the job takes, 1 by default"},
             {"pools", 'k', "N", ARG_NUMBER, "pools of k points, for pw.x"},
             {"memory", 'm', "SIZE", ARG_TEXT, "memory that the job takes, such as 4G"},
             {"time", 't', "LIMIT", ARG_TEXT, "end the job after this time"},
             {"begin", 'b', "TIME", ARG_TEXT, "do not start before"},
             {"after", 'a', "ID", ARG_JOB,
              "start when that job has ended, may be repeated"},
             {"priority", 'p', "N", ARG_NUMBER,
              "larger ones start first, 0 by default"},
             {"retries", 'r', "N", ARG_NUMBER, "try again so often when it fails"},
             {"chain", 0, "N", ARG_NUMBER,
              "continue so often when the time limit ends it"},
             {"queue", 'q', NULL, ARG_NONE,
              "wait for jobs that write to the same files"},
             {"force", 0, NULL, ARG_NONE,
              "run an input although errors are found in it"},
             {"copy", 0, NULL, ARG_NONE, "run in a fresh folder, with copies of FILE"},
             {"hold", 0, NULL, ARG_NONE, "wait until it is released"},
             {"on", 'o', "CLUSTER", ARG_TEXT,
              "send it to a cluster; slurm is the one here"},
             {"dry-run", 0, NULL, ARG_NONE, "only print the batch script, with --on"},
             {"test-only", 0, NULL, ARG_NONE,
              "only ask Slurm whether and when it starts"},
             {"nodes", 0, "N", ARG_TEXT, "nodes of the cluster, such as 2 or 1-4"},
             {"ntasks", 0, "N", ARG_NUMBER, "processes on the cluster"},
             {"cpus", 0, "N", ARG_NUMBER, "cores of each process there"},
             {"mem", 0, "SIZE", ARG_TEXT, "memory of each node there, such as 4G"},
             {"partition", 0, "NAME", ARG_TEXT, "part of the cluster"},
             {"account", 0, "NAME", ARG_TEXT, "who pays there"},
             {"qos", 0, "NAME", ARG_TEXT, "quality of service there"},
             {"array", 0, "LIST", ARG_TEXT,
              "tasks of a command with these numbers, as 0-9%4"},
             {"tag", 0, "TAG", ARG_TEXT, "a word to find it by, may be repeated"},
             {"note", 0, "TEXT", ARG_TEXT, "your own words about it"},
             {"sweep", 's', "NAME=VALUES", ARG_TEXT,
              "a job for each value, may be repeated"},
             {"wait", 'w', NULL, ARG_NONE,
              "wait for the end and exit with the status of the job"},
             JSON_OPTION},
        .at_host = true,
        .run = cmd_submit,
    },
    {
        .name = "resubmit",
        .operands = "ID",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = 1,
        .text = "go on with the run of a job that has ended",
        .details =
            "For a run that its time limit, a cancel or a crash has ended: a new job "
            "goes on\nfrom the restart files, in the same folder, on as many cores. "
            "It is looked first\nwhether those files are whole. The input that goes on "
            "is a new file beside the\nold one, si.2.in for si.in, and its output is "
            "si.2.out; files of VASP, whose names\nare fixed, get a number before they "
            "are written anew.",
        .options = {{"time", 't', "LIMIT", ARG_TEXT,
                     "end the job after this time, that of the job before by default"},
                    {"chain", 0, "N", ARG_NUMBER,
                     "continue so often when the time limit ends it"},
                    {"dry-run", 0, NULL, ARG_NONE,
                     "tell what would be done, and do nothing"},
                    {"wait", 'w', NULL, ARG_NONE,
                     "wait for the end and exit with the status of the job"},
                    JSON_OPTION},
        .run = cmd_resubmit,
    },
    {
        .name = "jobs",
        .operands = "",
        .max_operands = 0,
        .text = "list jobs, newest first",
        .details =
            "STATE is one of held, queued, starting, running, cancelling, "
            "completed,\nfailed, cancelled and lost, or several of them with commas "
            "between.\n\n"
            "With several options a job meets all. TIME is 18:30, 2026-01-31 or both,\n"
            "2026-01-31T18:30; or 2h, 3d for so long ago. From a time on includes it, "
            "to "
            "a\ntime does not. Energies and convergence are those of jobs that have "
            "ended.\n\n"
            "In a pipe the columns are separated by tabs, without a heading: id, "
            "name,\nstate, cycle, energy change and energy in eV, seconds. - stands "
            "for what is\nnot known.",
        .options =
            {{"state", 's', "STATE", ARG_STATE, "only jobs in this state"},
             {"name", 0, "TEXT", ARG_TEXT, "with TEXT in their names"},
             {"code", 0, "CODE", ARG_TEXT,
              "of this code, such as quantum_espresso, or command"},
             {"directory", 'd', "DIR", ARG_FILE, "in this folder or below it"},
             {"tag", 't', "TAG", ARG_TEXT, "with this tag"},
             {"text", 0, "TEXT", ARG_TEXT, "with TEXT in name, folder, note or a tag"},
             {"submitted-from", 0, "TIME", ARG_TEXT, "submitted since then"},
             {"submitted-to", 0, "TIME", ARG_TEXT, "submitted before then"},
             {"ended-from", 0, "TIME", ARG_TEXT, "ended since then"},
             {"ended-to", 0, "TIME", ARG_TEXT, "ended before then"},
             {"energy-min", 0, "EV", ARG_TEXT, "with this energy or a higher one"},
             {"energy-max", 0, "EV", ARG_TEXT, "with this energy or a lower one"},
             {"converged", 0, "YES|NO", ARG_YES_NO,
              "whose calculation converged, or did not"},
             {"limit", 'n', "N", ARG_NUMBER, "at most N jobs, 100 by default"},
             {"before", 0, "ID", ARG_NUMBER, "older than this job: the next page"},
             JSON_OPTION},
        .run = cmd_jobs,
    },
    {
        .name = "show",
        .operands = "ID",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = 1,
        .text = "show all about a job",
        .details =
            "Its folder, files and command, its history, what was read from its "
            "output, and\nwhat went wrong with a remedy for it. With --input the input "
            "as it was at\nsubmission, whatever became of the file.\n\n"
            "  crystalmath show 7 --input | diff - si.in",
        .options = {{"input", 'i', NULL, ARG_NONE,
                     "print the input as it was at submission"},
                    {"file", 0, "NAME", ARG_TEXT,
                     "the same of another file that the input names"},
                    JSON_OPTION},
        .run = cmd_show,
    },
    {
        .name = "log",
        .operands = "ID",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = 1,
        .text = "print the output of a job, or another of its files",
        .details =
            "NAME is the path of a file from the job's folder. With --follow what is "
            "still\nwritten comes too, until the job ends; where the file is cut short "
            "or replaced\nmeanwhile, that is told and its new beginning follows. Only "
            "what is printed is\nread of a file, so it may be of any size.\n\n"
            "  crystalmath log 7 --files\n"
            "  crystalmath log 7 --file CRASH\n"
            "  crystalmath log 7 -f -n 20\n"
            "  crystalmath log 7 --from 1000 --lines 50",
        .options = {{"follow", 'f', NULL, ARG_NONE, "go on until the job ends"},
                    {"from", 0, "LINE", ARG_NUMBER, "begin with this line, from 1"},
                    {"offset", 0, "BYTES", ARG_NUMBER, "begin behind so many bytes"},
                    {"lines", 'n', "N", ARG_NUMBER,
                     "the last N lines, or N from there on"},
                    {"file", 0, "NAME", ARG_TEXT, "this file of the job"},
                    {"task", 0, "N", ARG_NUMBER, "the output of this task of an array"},
                    {"error", 0, NULL, ARG_NONE, "what it wrote to its standard error"},
                    {"input", 0, NULL, ARG_NONE, "its input file"},
                    {"files", 0, NULL, ARG_NONE, "list the files with their sizes"},
                    {"json", 0, NULL, ARG_NONE, "the list as JSON"}},
        .run = cmd_log,
    },
    {
        .name = "wait",
        .operands = "ID…",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = -1,
        .text = "wait until jobs have ended",
        .details =
            "The exit status is 0 when all completed, else that of the first job "
            "that did\nnot: its exit code, 128 and the signal that ended it, or 1 "
            "when it was\ncancelled or lost.",
        .options = {JSON_OPTION},
        .run = cmd_wait,
    },
    {
        .name = "cancel",
        .operands = "ID…",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = -1,
        .text = "end jobs",
        .details = "A queued job does not start; a running one is ended with all its "
                   "processes.",
        .run = cmd_cancel,
    },
    {
        .name = "hold",
        .operands = "ID…",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = -1,
        .text = "keep waiting jobs from starting",
        .details = "They wait until release. A job that has started is not held.",
        .run = cmd_hold,
    },
    {
        .name = "release",
        .operands = "ID…",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = -1,
        .text = "let held jobs start when their turn comes",
        .details = "The opposite of hold, and of submit --hold.",
        .run = cmd_release,
    },
    {
        .name = "priority",
        .operands = "N ID…",
        .operand_kind = ARG_JOB,
        .min_operands = 2,
        .max_operands = -1,
        .text = "change the order in which jobs start",
        .details = "Jobs with a larger N start first, 0 is usual, and less than 0 is "
                   "after all\nothers. Among equals the older job is first.",
        .run = cmd_priority,
    },
    {
        .name = "tag",
        .operands = "ID [+TAG | -TAG]…",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = -1,
        .dashed_operands = true,
        .text = "give tags to a job, or take them away",
        .details =
            "+TAG gives a tag, -TAG takes it away; without any the tags are shown. "
            "jobs --tag\nfinds the jobs that have one.\n\n"
            "  crystalmath tag 7 +silicon -draft",
        .run = cmd_tag,
    },
    {
        .name = "rename",
        .operands = "ID NAME",
        .operand_kind = ARG_JOB,
        .min_operands = 2,
        .max_operands = 2,
        .text = "call a job by another name",
        .details = "Only what it is called here. No file is renamed.",
        .run = cmd_rename,
    },
    {
        .name = "note",
        .operands = "ID [TEXT]",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = 2,
        .text = "put a note on a job, or show it",
        .details =
            "TEXT takes the place of the note before; '' takes that away. Without "
            "TEXT\nthe note is printed.",
        .run = cmd_note,
    },
    {
        .name = "remove",
        .operands = "ID…",
        .operand_kind = ARG_JOB,
        .min_operands = 1,
        .max_operands = -1,
        .text = "forget jobs that have ended",
        .details =
            "The files in their folders stay. What is known of the jobs goes, with "
            "what a\n"
            "command printed where that is in the record of the job. Asks before.",
        .options = {{"yes", 'y', NULL, ARG_NONE, "do not ask"}},
        .run = cmd_remove,
    },
    {
        .name = "import",
        .operands = "FOLDER…",
        .operand_kind = ARG_FILE,
        .min_operands = 1,
        .max_operands = -1,
        .text = "record runs that were made elsewhere",
        .details =
            "Every folder below is looked through for outputs of CRYSTAL, pw.x and "
            "VASP, and\n"
            "each run becomes a job that has ended, found and shown like others. No "
            "file is\n"
            "changed, and no link to a folder followed. What is there already is not "
            "recorded\n"
            "twice, and what may still be running is left out.",
        .options = {{"tag", 't', "TAG", ARG_TEXT,
                     "a word to find them by, may be repeated"},
                    {"dry-run", 'n', NULL, ARG_NONE,
                     "only tell what would be recorded"},
                    JSON_OPTION},
        .at_host = true,
        .run = cmd_import,
    },
    {
        .name = "adopt",
        .operands = "JOB",
        .operand_kind = ARG_NUMBER,
        .min_operands = 1,
        .max_operands = 1,
        .text = "take up a job that was handed to Slurm by hand",
        .details =
            "JOB is the number that squeue shows. It is followed like those that "
            "were submitted\nhere: log, wait, cancel, results. Prints its id in "
            "the list.\n\n"
            "  crystalmath adopt 123456 --output si.out",
        .options = {{"on", 'o', "CLUSTER", ARG_TEXT, "where it is, slurm by default"},
                    {"output", 0, "FILE", ARG_FILE,
                     "what its code writes, else what Slurm does"},
                    JSON_OPTION},
        .run = cmd_adopt,
    },
    {
        .name = "fetch",
        .operands = "ID FILE…",
        .operand_kind = ARG_JOB,
        .min_operands = 2,
        .max_operands = -1,
        .text = "bring a large file of a job here from its cluster",
        .details =
            "FILE is its name in the folder of the job there. What was broken off "
            "goes on\nwhere it was.\n\n"
            "  crystalmath fetch 12 tmp/si.save/wfc1.dat",
        .run = cmd_fetch,
    },
};

const size_t commands_of_jobs_count =
    sizeof commands_of_jobs / sizeof *commands_of_jobs;
