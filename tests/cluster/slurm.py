"""A Slurm of this machine alone: real daemons, two nodes, four devices that pass for GPUs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

CONFIGURATION = Path("/etc/slurm/slurm.conf")
"""Where commands inside a job look; Slurm strips the variable that would tell them another place."""
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
DATABASE = ("slurmdbd", "mariadbd", "mariadb-install-db")
NODES = ("node1", "node2")
GPUS = 2
"""Of each node."""
_SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing(programs: Sequence[str] = PROGRAMS) -> str:
    """Why there can be no cluster on this machine; nothing when there can."""
    if os.geteuid() != 0:
        return "needs root, to start Slurm's daemons"
    lacking = [name for name in programs if shutil.which(name, path=f"{os.environ['PATH']}:{_SBIN}") is None]
    if lacking:
        return (
            f"needs {', '.join(lacking)}: apt-get install slurmctld slurmd slurm-client munge slurmdbd mariadb-server"
        )
    if CONFIGURATION.exists() and not CONFIGURATION.is_symlink():
        return f"{CONFIGURATION} is that of another cluster"
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.mknod(f"{folder}/gpu", 0o20666, os.makedev(1, 3))
        except OSError:
            return "needs the right to make device files, which pass for GPUs"
    return ""


def wait_for(what: Callable[[], object], described: str, seconds: float = 60) -> None:
    """Until ``what()`` is true; TimeoutError after ``seconds``."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds:g} s for {described}")
        time.sleep(0.1)


class Process(NamedTuple):
    """A process of this machine."""

    number: int
    arguments: list[str]
    environment: dict[str, str]


def processes() -> Iterator[Process]:
    """Every process that has arguments."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_text(errors="replace").rstrip("\0").split("\0")
            environment = (folder / "environ").read_text(errors="replace").split("\0")
        except OSError:
            continue
        if arguments[0]:
            pairs = (entry.partition("=") for entry in environment)
            yield Process(int(folder.name), arguments, {name: value for name, _, value in pairs})


def scripts(job: str) -> list[Process]:
    """The processes of a Slurm job that run a rule's script."""
    mine = (process for process in processes() if process.environment.get("SLURM_JOB_ID") == job)
    return [process for process in mine if any("/.snakemake/scripts/" in word for word in process.arguments[1:3])]


class Slurm:
    """The daemons, under ``folder``; with ``accounts``, slurmdbd keeps accounts of jobs and sacct works."""

    def __init__(self, folder: Path, cpus: int, accounts: bool = False) -> None:
        self.folder, self._accounts, self._cpus = folder, accounts, cpus
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Write the configuration and start everything; returns when the nodes are idle."""
        self.folder.mkdir(parents=True)
        for node in NODES:
            (self.folder / node).mkdir()
            for number in range(GPUS):
                os.mknod(self.folder / node / f"gpu{number}", 0o20666, os.makedev(1, 3))
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o600)
        (self.folder / "slurm.conf").write_text(self._configuration(), encoding="utf-8")
        (self.folder / "gres.conf").write_text(
            "".join(
                f"NodeName={node} Name=gpu Type=fake File={self.folder}/{node}/gpu[0-{GPUS - 1}]\n" for node in NODES
            ),
            encoding="utf-8",
        )
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.unlink(missing_ok=True)
        CONFIGURATION.symlink_to(self.folder / "slurm.conf")
        self._munge()
        if self._accounts:
            self._database()
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        self.wait_until_idle()

    def stop(self) -> None:
        """End every daemon and whatever jobs they run."""
        if "slurmctld" in self._running:
            subprocess.run(["scancel", "--user", "root"], check=False, timeout=30)
            time.sleep(1)
        for name in reversed(list(self._running)):
            self._end(name, signal.SIGTERM)
        CONFIGURATION.unlink(missing_ok=True)

    def start_controller(self) -> None:
        """Start slurmctld and wait until it answers."""
        self._start("slurmctld", "-D")
        wait_for(lambda: "UP" in self.ask("scontrol", "ping"), "slurmctld")

    def start_node(self, node: str) -> None:
        """Start a node's slurmd."""
        self._start(node, "-D", "-N", node, program="slurmd")

    def kill_controller(self) -> None:
        """SIGKILL slurmctld."""
        self._end("slurmctld", signal.SIGKILL)

    def kill_node(self, node: str) -> None:
        """What a node does that loses its power: its daemon and all that its jobs started are gone at once."""
        self._end(node, signal.SIGKILL)
        for process in processes():
            stepd = process.arguments[0].startswith("slurmstepd") and self._started(process)
            if stepd or process.environment.get("SLURMD_NODENAME") == node:
                with suppress(ProcessLookupError):
                    os.kill(process.number, signal.SIGKILL)

    def wait_until_idle(self) -> None:
        """Until no job is there and every node can take one."""
        wait_for(lambda: set(self.ask("sinfo", "-hN", "-o", "%N %t").split()[1::2]) == {"idle"}, "idle nodes", 90)

    def ask(self, *command: str) -> str:
        """What a command of Slurm prints; nothing when it fails."""
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout

    def _started(self, process: Process) -> bool:
        return process.environment.get("SLURM_CONF") == f"{self.folder}/slurm.conf"

    def _munge(self) -> None:
        options = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid"}
        options |= {"log-file": "munge.log", "seed-file": "munge.seed"}
        self._start("munged", "--foreground", "--force", *(f"--{k}={self.folder}/{v}" for k, v in options.items()))
        wait_for((self.folder / "munge.socket").exists, "munged")

    def _database(self) -> None:
        data, socket = self.folder / "mariadb", self.folder / "mariadb.socket"
        install = ["mariadb-install-db", f"--datadir={data}", "--user=root", "--auth-root-authentication-method=normal"]
        subprocess.run(install, check=True, capture_output=True, timeout=120)
        self._start(
            "mariadbd", "--no-defaults", f"--datadir={data}", "--user=root", f"--socket={socket}", "--port=6820"
        )
        wait_for(socket.exists, "mariadbd")
        written = self.folder / "slurmdbd.conf"
        lines = ["AuthType=auth/munge", f"AuthInfo=socket={self.folder}/munge.socket", "DbdHost=localhost"]
        lines += ["StorageType=accounting_storage/mysql", "StorageHost=127.0.0.1", "StoragePort=6820"]
        lines += ["StorageUser=root", "SlurmUser=root", f"PidFile={self.folder}/slurmdbd.pid"]
        written.write_text("\n".join([*lines, f"LogFile={self.folder}/slurmdbd.log", ""]), encoding="utf-8")
        written.chmod(0o600)
        self._start("slurmdbd", "-D")
        wait_for(lambda: "test" in self._known_clusters(), "slurmdbd")

    def _known_clusters(self) -> str:
        self.ask("sacctmgr", "-i", "add", "cluster", "test")
        return self.ask("sacctmgr", "-n", "show", "cluster", "format=cluster")

    def _configuration(self) -> str:
        lines = [
            "ClusterName=test",
            "SlurmctldHost=localhost(127.0.0.1)",
            "SlurmUser=root",
            "SlurmdUser=root",
            "AuthType=auth/munge",
            # A job that is requeued waits until its old credential has expired.
            f"AuthInfo=socket={self.folder}/munge.socket,cred_expire=10",
            f"StateSaveLocation={self.folder}/state",
            f"SlurmdSpoolDir={self.folder}/%n/spool",
            f"SlurmctldPidFile={self.folder}/slurmctld.pid",
            f"SlurmdPidFile={self.folder}/%n/slurmd.pid",
            f"SlurmctldLogFile={self.folder}/slurmctld.log",
            f"SlurmdLogFile={self.folder}/%n/slurmd.log",
            "ProctrackType=proctrack/linuxproc",
            "TaskPlugin=task/none",
            "MpiDefault=none",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_Core_Memory",
            "SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=100000",
            "GresTypes=gpu",
            "ReturnToService=2",
            "SlurmdTimeout=10",
            "KillWait=20",
            "MinJobAge=300",
            "SlurmdParameters=config_overrides",  # more CPUs and memory than this machine has
        ]
        lines += (
            [
                "AccountingStorageType=accounting_storage/slurmdbd",
                "AccountingStorageHost=localhost",
                f"AccountingStoragePass={self.folder}/munge.socket",
                "AccountingStoreFlags=job_comment",
                "AccountingStorageTRES=gres/gpu",
                "JobAcctGatherType=jobacct_gather/linux",
                "JobAcctGatherFrequency=1",
            ]
            if self._accounts
            else ["AccountingStorageType=accounting_storage/none"]
        )
        lines += [
            f"NodeName={node} NodeAddr=127.0.0.1 NodeHostname=localhost Port={17001 + number} CPUs={self._cpus} "
            f"RealMemory=64000 Gres=gpu:fake:{GPUS}"
            for number, node in enumerate(NODES)
        ]
        lines += [f"PartitionName=all Nodes={','.join(NODES)} Default=YES MaxTime=INFINITE State=UP"]
        return "\n".join([*lines, ""])

    def _start(self, name: str, *arguments: str, program: str = "") -> None:
        environment = {**os.environ, "PATH": f"{os.environ['PATH']}:{_SBIN}", "SLURM_CONF": f"{self.folder}/slurm.conf"}
        with (self.folder / f"{name}.out").open("ab") as out:
            self._running[name] = subprocess.Popen(
                # What is left when the tests are killed would hold the ports.
                ["setpriv", "--pdeathsig", "KILL", program or name, *arguments],
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
            )

    def _end(self, name: str, number: signal.Signals) -> None:
        process = self._running.pop(name)
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
