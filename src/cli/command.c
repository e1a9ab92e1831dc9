/* The table, of two parts. Its order is the order of the help. Texts are one line,
 * begin with a small letter and end without a full stop; they hold no quotes, colons or
 * brackets, which some shell's completion would have to escape. */
#include "cli/command.h"

#include "cli/cmds.h"
#include "cli/command_jobs.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const struct option_spec global_options[] = {
    {"socket", 0, "PATH", ARG_FILE, "socket of the server, instead of the usual one"},
    {"host", 0, "HOST", ARG_TEXT, "work with the server on that host, through ssh"},
    {"no-start", 0, NULL, ARG_NONE, "connect only, start no server"},
    {"help", 'h', NULL, ARG_NONE, "show help and exit"},
    {"version", 'V', NULL, ARG_NONE, "show the version and exit"},
    {0},
};

static const struct command others[] = {
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
            "What submit\nwould refuse is an error, and the exit status is 1 then; "
            "what "
            "may be meant is a\nwarning. Needs no server; one that runs is asked "
            "whether "
            "a job of it that has not\nended writes to the same files.",
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
        .name = "cluster",
        .operands = "[list] | show|queue|add|set|test|login|remove NAME",
        .operand_kind = ARG_CLUSTER,
        .min_operands = 0,
        .max_operands = 2,
        .text = "describe the clusters that jobs can be sent to",
        .details =
            "Where this machine has sbatch, its Slurm is there without a word, and is "
            "called\nslurm. add describes a cluster, or says more of that one; set "
            "changes what is\ngiven, and takes a setting away where its value is "
            "empty. Jobs go there with\nsubmit --on NAME. test sees whether all is "
            "there that a job needs. login gives this\nterminal to ssh, for a password "
            "or a code; the server goes on with the connection.\nqueue shows all of "
            "your jobs there, also those that were submitted otherwise;\nadopt takes "
            "one up.\n\n"
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
            "  mkdir -p \"$(dirname \"$(crystalmath config --path)\")\"\n"
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
    N_OTHERS = sizeof others / sizeof *others,
};

const struct option_spec *command_global_options(void) {
    return global_options;
}

const struct command *command_at(size_t i) {
    return i < commands_of_jobs_count              ? &commands_of_jobs[i]
           : i - commands_of_jobs_count < N_OTHERS ? &others[i - commands_of_jobs_count]
                                                   : NULL;
}

const struct command *command_find(const char *name) {
    const struct command *command = NULL;
    for (size_t i = 0; (command = command_at(i)); i++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}
