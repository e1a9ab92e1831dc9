"""How jobs end on a cluster with accounting: told by sacct, where the batch script has left no word
and the controller has forgotten."""

import os
import signal

from slurm_site import SlurmSite
from support import contains, equal, lacks, main, test, wait_until

try:
    pass
finally:
    pass
