"""The accounting of a private Slurm: slurmdbd, and a MariaDB of its own that it writes to, with ports,
a socket and folders of their own, ended with the site.

    site = SlurmSite(box, accounting=True)     # sacct tells what has been
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile

from support import Skip, check, wait_until

PROGRAMS = ("slurmdbd", "sacct", "sacctmgr", "mariadbd", "mariadb-install-db", "mariadb")
QUICK = ("--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-doublewrite=0",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync")
ROOM = 100 << 20


def _folder(site):
    """In memory where there is room: a new database waits for the disk hundreds of times."""
    memory = "/dev/shm"
    state = os.statvfs(memory) if os.access(memory, os.W_OK) else None
    if state and state.f_bavail * state.f_frsize > ROOM:
        folder = tempfile.mkdtemp(prefix="cm-", dir=memory)
        site.box.at_close.append(lambda: shutil.rmtree(folder, ignore_errors=True))
        return folder
    return site.file("mariadb")


def _start_database(site, port, password):
    data = os.path.join(_folder(site), "data")
    made = subprocess.run(
        [site.find("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal", f"--user={site.user}", *QUICK],
        env=site.environment(), cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False)
    check(made.returncode == 0, f"mariadb-install-db: {made.stdout[-2000:]}{made.stderr[-2000:]}")
    begin = site.file("accounts.sql")
    with open(begin, "w", encoding="utf-8") as file:
        file.write("CREATE DATABASE accounts;\n"
                   f"GRANT ALL ON accounts.* TO slurm@'127.0.0.1' IDENTIFIED BY '{password}';\n")
    path = site.file("mariadb.socket")
    site.start("mariadbd", "--no-defaults", f"--datadir={data}", f"--user={site.user}", f"--socket={path}",
               "--bind-address=127.0.0.1", f"--port={port}", f"--pid-file={site.file('mariadb.pid')}",
               "--skip-name-resolve", "--skip-log-bin", f"--init-file={begin}", *QUICK)
    wait_until(lambda: site.runs("mariadbd") and os.path.exists(path), "mariadbd")


def set_state(site, number, state, exit_code):
    """What sacct tells of a job from now on, for what ends no job here: Slurm's number of the state
    (slurm.h, enum job_states)."""
    done = site.command("mariadb", "--no-defaults", f"--socket={site.file('mariadb.socket')}", "--user=root",
                        "accounts", "-e", f"UPDATE test_job_table SET state = {state}, "
                        f"exit_code = {exit_code} WHERE id_job = {number}")
    check(done.returncode == 0, done.stderr)


def start_accounting(site, port, database_port):
    """Start both; what slurm.conf has to say of them is returned."""
    for program in PROGRAMS:
        if not site.find(program):
            raise Skip(f"{program} is not installed")
    password = secrets.token_hex(8)
    _start_database(site, database_port, password)
    conf = site.file("slurmdbd.conf")  # looked for beside slurm.conf
    with open(conf, "w", encoding="utf-8") as file:
        os.chmod(conf, 0o600)
        file.write(f"""AuthType=auth/munge
AuthInfo=socket={site.file("munge.socket")}
DbdHost={site.host}
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={site.user}
PidFile={site.file("slurmdbd.pid")}
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser=slurm
StoragePass={password}
StorageLoc=accounts
""")
    site.start("slurmdbd", "-D")

    def listens():
        with socket.socket() as probe:
            return site.runs("slurmdbd") and probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, "slurmdbd")
    return {"AccountingStorageType": "accounting_storage/slurmdbd",
            "AccountingStorageHost": "127.0.0.1", "AccountingStoragePort": port,
            "AccountingStoragePass": site.file("munge.socket")}
