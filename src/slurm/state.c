/* Two tables: states, and reasons for waiting. The reasons are those of the manual page
 * of squeue of Slurm 20 to 24; sites add their own through plugins, and QOS and
 * association limits come in families, which are told by how they begin. */
#include "slurm/state.h"

#include "base/str.h"

#include <string.h>
#include <time.h>

struct name {
    const char *full, *brief;
    enum slurm_state state;
};

static const struct name names[] = {
    {"PENDING", "PD", SLURM_PENDING},
    {"CONFIGURING", "CF", SLURM_RUNNING},
    {"RUNNING", "R", SLURM_RUNNING},
    {"COMPLETING", "CG", SLURM_RUNNING},
    {"STAGE_OUT", "SO", SLURM_RUNNING},
    {"SIGNALING", "SI", SLURM_RUNNING},
    {"STOPPED", "ST", SLURM_SUSPENDED},
    {"SUSPENDED", "S", SLURM_SUSPENDED},
    {"REQUEUED", "RQ", SLURM_PENDING},
    {"REQUEUE_HOLD", "RH", SLURM_PENDING},
    {"REQUEUE_FED", "RF", SLURM_PENDING},
    {"SPECIAL_EXIT", "SE", SLURM_PENDING},
    {"RESV_DEL_HOLD", "RD", SLURM_PENDING},
    {"RESIZING", "RS", SLURM_RUNNING},
    {"POWER_UP_NODE", "PU", SLURM_RUNNING},
    {"COMPLETED", "CD", SLURM_COMPLETED},
    {"FAILED", "F", SLURM_FAILED},
    {"LAUNCH_FAILED", "LF", SLURM_FAILED},
    {"RECONFIG_FAIL", "RECONFIG_FAIL", SLURM_FAILED},
    {"CANCELLED", "CA", SLURM_CANCELLED},
    {"TIMEOUT", "TO", SLURM_TIMEOUT},
    {"OUT_OF_MEMORY", "OOM", SLURM_OUT_OF_MEMORY},
    {"NODE_FAIL", "NF", SLURM_NODE_FAIL},
    {"PREEMPTED", "PR", SLURM_PREEMPTED},
    {"BOOT_FAIL", "BF", SLURM_BOOT_FAIL},
    {"DEADLINE", "DL", SLURM_DEADLINE},
    {"REVOKED", "RV", SLURM_REVOKED},
};

enum slurm_state slurm_state_read(const char *text, size_t n) {
    size_t word = 0;
    while (word < n && text[word] != ' ' && text[word] != '+' && text[word]) {
        word++;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct name *name = &names[i];
        if ((strlen(name->full) == word && strncmp(name->full, text, word) == 0) ||
            (strlen(name->brief) == word && strncmp(name->brief, text, word) == 0)) {
            return name->state;
        }
    }
    return SLURM_UNKNOWN;
}

bool slurm_state_is_final(enum slurm_state state) {
    return state >= SLURM_COMPLETED && state < SLURM_STATES;
}

const char *slurm_state_name(enum slurm_state state) {
    static const char *const words[SLURM_STATES] = {
        [SLURM_UNKNOWN] = "UNKNOWN",     [SLURM_PENDING] = "PENDING",
        [SLURM_RUNNING] = "RUNNING",     [SLURM_SUSPENDED] = "SUSPENDED",
        [SLURM_COMPLETED] = "COMPLETED", [SLURM_FAILED] = "FAILED",
        [SLURM_CANCELLED] = "CANCELLED", [SLURM_TIMEOUT] = "TIMEOUT",
        [SLURM_NODE_FAIL] = "NODE_FAIL", [SLURM_OUT_OF_MEMORY] = "OUT_OF_MEMORY",
        [SLURM_PREEMPTED] = "PREEMPTED", [SLURM_BOOT_FAIL] = "BOOT_FAIL",
        [SLURM_DEADLINE] = "DEADLINE",   [SLURM_REVOKED] = "REVOKED",
    };
    return state < SLURM_STATES ? words[state] : words[SLURM_UNKNOWN];
}

const char *slurm_state_words(enum slurm_state state) {
    switch (state) {
    case SLURM_CANCELLED:
        return "cancelled in Slurm: by scancel, or by the site";
    case SLURM_TIMEOUT:
        return "Slurm ended it at its time limit; go on with it (crystalmath "
               "resubmit), "
               "or submit it again with a longer one (--time)";
    case SLURM_OUT_OF_MEMORY:
        return "it took more memory than it had asked for, and Slurm ended it; submit "
               "it again with more (--mem), or on more nodes (--nodes)";
    case SLURM_NODE_FAIL:
        return "a node that it ran on failed; that is no fault of the job: submit it "
               "again";
    case SLURM_PREEMPTED:
        return "Slurm took its nodes for a job that goes before (preempted); submit it "
               "again, or under another --qos or --partition";
    case SLURM_BOOT_FAIL:
        return "its node did not start; that is no fault of the job: submit it again";
    case SLURM_DEADLINE:
        return "Slurm ended it at its deadline";
    case SLURM_REVOKED:
        return "another cluster of the federation has it";
    default:
        return "";
    }
}

bool slurm_state_may_pass(enum slurm_state state) {
    return state == SLURM_NODE_FAIL || state == SLURM_PREEMPTED ||
           state == SLURM_BOOT_FAIL;
}

/* ---- reasons ---- */

struct reason {
    const char *word; /* where `begins` its beginning */
    const char *plain;
    bool begins;
};

static const struct reason reasons[] = {
    {"None", "waits for Slurm to look at it", false},
    {"Priority", "waits for jobs that go before it", false},
    {"Resources", "is next, and waits until enough is free", false},
    {"Dependency", "waits for another job", false},
    {"DependencyNeverSatisfied",
     "waits for a job that has ended otherwise; it can "
     "never start: cancel it",
     false},
    {"BeginTime", "waits for its time", false},
    {"Licenses", "waits for a licence", false},
    {"JobHeldUser", "is held in Slurm: scontrol release lets it go", false},
    {"JobHeldAdmin", "is held by the site; ask its administrators", false},
    {"JobHoldMaxRequeue",
     "was begun too often and is held: scontrol release lets it "
     "go",
     false},
    {"launch failed requeued held",
     "could not be started and is held: look at the "
     "site's messages, then scontrol release",
     false},
    {"PartitionDown", "waits: its partition is down", false},
    {"PartitionInactive", "waits: its partition takes no jobs now", false},
    {"PartitionTimeLimit",
     "asks for more time than its partition gives; it may never "
     "start: submit it with a shorter --time",
     false},
    {"PartitionNodeLimit",
     "asks for more nodes than its partition gives; it may never "
     "start: submit it with fewer --nodes",
     false},
    {"PartitionConfig", "asks for what its partition does not give; it may never start",
     false},
    {"NodeDown", "waits: a node that it needs is down", false},
    {"BadConstraints", "asks for what no node has; it can never start", false},
    {"ReqNodeNotAvail", "waits for nodes that are down, drained or reserved", true},
    {"Nodes required for job are DOWN",
     "waits for nodes that are down, drained or "
     "reserved",
     true},
    {"Reservation", "waits for its reservation", true},
    {"Cleaning", "is being put back into the queue", false},
    {"Prolog", "is being prepared on its nodes", false},
    {"SystemFailure", "waits after a failure of the site", false},
    {"InvalidAccount",
     "its account may not be used; it may never start: give another "
     "--account",
     false},
    {"InvalidQOS", "its qos may not be used; it may never start: give another --qos",
     false},
    {"QOSMaxJobsPerUserLimit",
     "waits: so many jobs of yours run already as the site's "
     "qos allows",
     false},
    {"QOSMaxCpuPerUserLimit",
     "waits: your jobs have so many cores as the site's qos "
     "allows",
     false},
    {"AssocMaxJobsLimit",
     "waits: so many jobs of your account run already as the site "
     "allows",
     false},
    {"AssocGrpCpuLimit",
     "waits: your account's jobs have so many cores as the site "
     "allows",
     false},
    {"AssocGrpCPUMinutesLimit", "waits: your account has used up its hours", false},
    {"JobArrayTaskLimit", "waits for other tasks of its array", false},
    {"QOS", "waits for a limit of the site's qos", true},
    {"MaxMemPerLimit", "asks for more memory than the site gives; it may never start",
     false},
    {"Assoc", "waits for a limit of your account", true},
    {"BurstBuffer", "waits for its burst buffer", true},
};

static const struct reason *find_reason(const char *word) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        const struct reason *one = &reasons[i];
        if (one->begins ? str_starts_with(word, one->word)
                        : strcmp(one->word, word) == 0) {
            return one;
        }
    }
    return NULL;
}

void slurm_reason_words(const char *reason, int64_t starts_at, struct errmsg *out) {
    const struct reason *known = find_reason(reason);
    char when[64] = "";
    time_t seconds = (time_t)(starts_at / 1000);
    struct tm tm;
    if (starts_at > 0 && localtime_r(&seconds, &tm)) {
        (void)strftime(when, sizeof when,
                       "; Slurm expects it to start at %Y-%m-%d %H:%M", &tm);
    }
    if (!known) {
        (void)errmsg_set(out, 0, "waits (%.200s)%s", *reason ? reason : "no reason",
                         when);
    } else if (known->begins || str_starts_with(known->word, "QOS") ||
               str_starts_with(known->word, "Assoc")) {
        (void)errmsg_set(out, 0, "%s (%.200s)%s", known->plain, reason, when);
    } else {
        (void)errmsg_set(out, 0, "%s%s", known->plain, when);
    }
}
