/* The table. Its order is the order of the help. Texts are one line, begin with a small
 * letter and end without a full stop; they hold no quotes, colons or brackets, which
 * some shell's completion would have to escape. */
#include "cli/command.h"

#include "cli/cmds.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define JSON_OPTION                                                                    \
    { "json", 0, NULL, ARG_NONE, "print JSON" }

static const struct option_spec global_options[] = {
    {"socket", 0, "PATH", ARG_FILE, "socket of the server, instead of the usual one"},
    {"host", 0, "HOST", ARG_TEXT, "work with the server on that host, through ssh"},
    {"no-start", 0, NULL, ARG_NONE, "connect only, start no server"},
    {"help", 'h', NULL, ARG_NONE, "show help and exit"},
    {"version", 'V', NULL, ARG_NONE, "show the version and exit"},
    {0},
};

static const struct command commands[] = {
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
            "Each job\nof a sweep has a folder of its own beside FILE.\n"
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
             {"nodes", 0, "N", ARG_TEXT, "nodes of the cluster, such as 2 or 1-4"},
             {"ntasks", 0, "N", ARG_NUMBER, "processes on the cluster"},
             {"cpus", 0, "N", ARG_NUMBER, "cores of each process there"},
             {"mem", 0, "SIZE", ARG_TEXT, "memory of each node there, such as 4G"},
             {"partition", 0, "NAME", ARG_TEXT, "part of the cluster"},
             {"account", 0, "NAME", ARG_TEXT, "who pays there"},
             {"qos", 0, "NAME", ARG_TEXT, "quality of service there"},
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
            "STATE is one of created, held, queued, starting, running, cancelling, "
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
        .name = "parse",
        .operands = "FILE | FOLDER",
        .operand_kind = ARG_FILE,
        .min_operands = 1,
        .max_operands = 1,
        .text = "read the output of a DFT code",
        .details =
            "FILE is an output, finished or not; - reads standard input. Of a FOLDER "
            "what\nthe files of its run say is put together. Needs no server.\n"
            "Energies are in eV, lengths in Å.",
        .options = {JSON_OPTION},
        .at_host = true,
        .run = cmd_parse,
    },
    {
        .name = "plot",
        .operands = "ID | FILE | FOLDER",
        .operand_kind = ARG_JOB_OR_FILE,
        .min_operands = 1,
        .max_operands = 1,
        .text = "draw how a calculation went, here or into a file",
        .details =
            "Of a job, or of an output as parse reads it; - is standard input, and "
            "./7 a file\nwith the name 7. WHAT is scf (change of the energy in each "
            "cycle), accuracy (what\nthe code itself estimates to be left), opt "
            "(energy of each geometry), forces,\nvolume or frequencies; without it, "
            "what the calculation is about. PLOT ends in .svg,\n.png or .txt, which "
            "says what is written; a file that is there is replaced.\n\n"
            "  crystalmath plot 7\n"
            "  crystalmath plot relax.out --what forces -o forces.svg",
        .options = {{"what", 'w', "WHAT", ARG_PLOT, "what to draw"},
                    {"scf", 0, "N", ARG_NUMBER,
                     "only the SCF of this number, -1 for the last"},
                    {"output", 'o', "PLOT", ARG_FILE, "write this file"}},
        .run = cmd_plot,
    },
    {
        .name = "structure",
        .operands = "ID | FILE | FOLDER",
        .operand_kind = ARG_JOB_OR_FILE,
        .min_operands = 1,
        .max_operands = 1,
        .text = "show the structure in a file with its space group, or write it",
        .details =
            "FILE is a POSCAR, CIF, XYZ, an input of pw.x or CRYSTAL (.d12, .gui); - "
            "is\n"
            "standard input, and ./7 a file with the name 7. Of a job, an output or "
            "the\n"
            "FOLDER of a run it is the last geometry. The space group is that of the "
            "atoms as\nthey stand, within 0.01 Å. Lengths are in Å.\n\n"
            "FORMAT is poscar, cif, pw (what pw.x reads of it), xyz or d12 (for "
            "CRYSTAL); "
            "without\nit, what the name of OUT ends with says. Without OUT it "
            "goes to standard "
            "output.\n\n"
            "  crystalmath structure POSCAR\n"
            "  crystalmath structure quartz.cif --to poscar -o POSCAR\n"
            "  crystalmath structure 7 --to cif -o relaxed.cif",
        .options = {JSON_OPTION,
                    {"primitive", 'p', NULL, ARG_NONE, "in the primitive cell"},
                    {"conventional", 'c', NULL, ARG_NONE, "in the conventional cell"},
                    {"supercell", 's', "AxBxC", ARG_TEXT,
                     "so many cells along a, b and c"},
                    {"to", 't', "FORMAT", ARG_STRUCTURE, "write in this format"},
                    {"output", 'o', "OUT", ARG_FILE, "write this file"},
                    {"force", 'f', NULL, ARG_NONE, "replace OUT where it is there"}},
        .at_host = true,
        .run = cmd_structure,
    },
    {
        .name = "check",
        .operands = "FILE | FOLDER…",
        .operand_kind = ARG_FILE,
        .min_operands = 1,
        .max_operands = -1,
        .text = "look for what would go wrong in a run before it begins",
        .details =
            "FILE is an input, FOLDER one with an input in it, as of VASP. Besides the "
            "input\nthe files that it reads are looked at, such as pseudopotentials. "
            "What "
            "submit would\nrefuse is an error, and the exit status is 1 then; what may "
            "be "
            "meant is a warning.\nNeeds no server.",
        .options = {JSON_OPTION},
        .at_host = true,
        .run = cmd_check,
    },
    {
        .name = "codes",
        .operands = "",
        .max_operands = 0,
        .text = "show what this machine has to run each code with",
        .details =
            "Programs with their versions, pseudopotentials, launchers, and how to get "
            "what is\nmissing, as a job that is submitted from this shell would find "
            "them. Each program is\nstarted once without input, in an empty folder.",
        .options = {JSON_OPTION},
        .at_host = true,
        .run = cmd_codes,
    },
    {
        .name = "ping",
        .operands = "",
        .max_operands = 0,
        .text = "ask the server for a sign of life",
        .details = "Starts the server when none runs.",
        .options = {{"count", 'c', "N", ARG_NUMBER, "ping N times and sum up"}},
        .run = cmd_ping,
    },
    {
        .name = "proxy",
        .operands = "",
        .max_operands = 0,
        .text = "copy between standard input and output and the server",
        .details =
            "What crystalmath --host runs at the other end. Any client that can start "
            "a program\nreaches a server on another machine with it:\n\n"
            "  ssh login1 crystalmath proxy",
        .run = cmd_proxy,
    },
    {
        .name = "call",
        .operands = "METHOD [PARAMS]",
        .operand_kind = ARG_METHOD,
        .min_operands = 1,
        .max_operands = 2,
        .text = "call a method of the server and print the result",
        .details =
            "PARAMS is a JSON object or array; - reads it from standard input. The "
            "methods\nare in crystalmath-protocol(7), and rpc.discover lists "
            "them.\n\n"
            "  crystalmath call jobs.get '{\"id\": 7}'",
        .run = cmd_call,
    },
    {
        .name = "server",
        .operands = "start | stop | restart | status | logs",
        .operand_kind = ARG_VERB,
        .min_operands = 1,
        .max_operands = 1,
        .text = "start, stop or look at the server",
        .details =
            "Every other command starts the server when it needs it, so this is "
            "seldom\nneeded. Stopping or restarting it ends no job: running jobs go "
            "on, and the\nnext server knows their end. status exits with 1 when no "
            "server runs.",
        .options = {{"json", 0, NULL, ARG_NONE, "status as JSON"},
                    {"follow", 'f', NULL, ARG_NONE, "logs goes on until interrupted"},
                    {"lines", 'n', "N", ARG_NUMBER,
                     "lines that logs begins with, 50 by default"}},
        .at_host = true,
        .run = cmd_server,
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
    {
        .name = "cluster",
        .operands = "[list] | show|add|set|test|login|remove NAME",
        .operand_kind = ARG_CLUSTER,
        .min_operands = 0,
        .max_operands = 2,
        .text = "describe the clusters that jobs can be sent to",
        .details =
            "Where this machine has sbatch, its Slurm is there without a word, and is "
            "called\nslurm. add describes a cluster, or says more of that one; set "
            "changes what is\ngiven, and takes a setting away where its value is "
            "empty. Jobs go there with\nsubmit --on NAME. test sees whether all is "
            "there "
            "that a job needs. login gives this\nterminal to ssh, for a password or a "
            "code; the server goes on with the connection.\n\n"
            "  crystalmath cluster add big --partition long --setup 'module load qe'\n"
            "  crystalmath cluster set big --max-jobs 50",
        .options =
            {{"ssh", 0, "HOST", ARG_TEXT, "the host, as ssh is given it"},
             {"workdir", 0, "DIR", ARG_TEXT,
              "folder there below which jobs get theirs"},
             {"partition", 0, "NAME", ARG_TEXT, "for jobs that name none"},
             {"account", 0, "NAME", ARG_TEXT, "likewise"},
             {"qos", 0, "NAME", ARG_TEXT, "likewise"},
             {"time", 0, "LIMIT", ARG_TEXT, "likewise, as sbatch is given it"},
             {"launcher", 0, "WORDS", ARG_TEXT,
              "what starts the processes, usually mpirun or srun"},
             {"max-jobs", 0, "N", ARG_NUMBER, "jobs that may be in its queue at once"},
             {"poll", 0, "SECONDS", ARG_NUMBER, "between two looks at its queue"},
             {"setup", 0, "LINE", ARG_TEXT,
              "a line before the program, may be repeated"},
             {"option", 0, "WORDS", ARG_TEXT,
              "a further option of sbatch, may be repeated"},
             {"template", 0, "FILE", ARG_FILE, "the batch script, with its places"},
             JSON_OPTION},
        .run = cmd_cluster,
    },
    {
        .name = "db",
        .operands = "check [FILE] | backup [FILE] | restore FILE",
        .operand_kind = ARG_DB,
        .min_operands = 1,
        .max_operands = 2,
        .text = "check, copy or put back the database of the jobs",
        .details =
            "check says whether the database, or a copy FILE of it, is whole, and what "
            "to\ntype where it is not; it exits with 1 then. backup copies it while "
            "the server\nworks on, beside the database where no FILE is named. restore "
            "makes a copy the\ndatabase again and keeps what it was before; no job "
            "that ran since runs again.\nIt is refused while jobs run.\n\n"
            "  crystalmath db backup ~/jobs.db",
        .options = {{"replace", 0, NULL, ARG_NONE, "backup may replace what is there"},
                    JSON_OPTION},
        .at_host = true,
        .run = cmd_db,
    },
    {
        .name = "config",
        .operands = "",
        .max_operands = 0,
        .text = "show the configuration and where it is from",
        .details =
            "Shows each value in force and what set it, of the running server where "
            "there\nis one. A server takes a changed file when it starts: crystalmath "
            "server restart.\nStarts no server. Exits with 1 when the file is "
            "wrong.\n\n"
            "  crystalmath config --sample >\"$(crystalmath config --path)\"",
        .options = {{"check", 0, NULL, ARG_NONE, "only tell what is wrong in the file"},
                    {"path", 0, NULL, ARG_NONE, "print where the file is"},
                    {"sample", 0, NULL, ARG_NONE,
                     "print a file with every key and its default, commented out"},
                    JSON_OPTION},
        .at_host = true,
        .run = cmd_config,
    },
    {
        .name = "completion",
        .operands = "bash | zsh | fish",
        .operand_kind = ARG_SHELL,
        .min_operands = 1,
        .max_operands = 1,
        .text = "print a completion script for a shell",
        .details = "  eval \"$(crystalmath completion bash)\"\n"
                   "  eval \"$(crystalmath completion zsh)\"\n"
                   "  crystalmath completion fish | source",
        .run = cmd_completion,
    },
    {
        .name = "help",
        .operands = "[COMMAND]",
        .operand_kind = ARG_COMMAND,
        .max_operands = 1,
        .text = "explain a command",
        .details = "Without COMMAND, lists the commands.",
        .run = cmd_help,
    },
};

enum {
    N_COMMANDS = sizeof commands / sizeof *commands,
};

const struct option_spec *command_global_options(void) {
    return global_options;
}

const struct command *command_at(size_t i) {
    return i < N_COMMANDS ? &commands[i] : NULL;
}

const struct command *command_find(const char *name) {
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}
