"""Runs commands in turn with those they are compared with, so that a machine whose speed drifts does so for both."""
import json
import os
import shutil
import statistics
import subprocess
import time

from dump import ENV, sh

ROOM = 12 << 30  # bytes that must be free before a run, or twice as many as the dump has
HYPERFINE = shutil.which("hyperfine")


class Timing:
    def __init__(self, work, runs):
        self.outs, self.runs = work + "/out", runs
        self.out, self.made, self.room = self.outs, 0, ROOM
        self.result = work + "/hyperfine.json"

    def fresh(self):
        """An empty folder for one run. What earlier runs wrote is deleted when room is needed or a pair is over: deleted just
        before a run it would hand it warm pages, and a filesystem that passes over what was deleted seconds ago.
        What is still on its way to the disk is waited for: it belongs to the run before."""
        if shutil.disk_usage(os.path.dirname(self.outs)).free < self.room:
            self.clean()
        os.sync()
        self.made += 1
        self.out = f"{self.outs}/{self.made}"
        os.makedirs(self.out)

    def once(self, command, good=(0, 1)):
        """Seconds. OUT in the command is an empty folder; good: the statuses that are no failure, 1 being a finding of ours."""
        self.fresh()
        command = command.replace("OUT", self.out)
        if HYPERFINE:
            subprocess.run([HYPERFINE, "-i", "-r", "1", "-N" if ";" not in command and "&&" not in command else "-Sbash",
                            "--export-json", self.result, command], check=True, capture_output=True, env=ENV)
            run = json.load(open(self.result))["results"][0]
            seconds, status = run["times"][0], run["exit_codes"][0]
        else:
            begin = time.monotonic()
            status = subprocess.run(["bash", "-c", command], capture_output=True, env=ENV).returncode
            seconds = time.monotonic() - begin
        if status not in good:
            raise RuntimeError(f"{command}: status {status}")
        return seconds

    def pair(self, ours, peer, before, delete=False):
        """The seconds of each; before is run ahead of every run, not timed. delete: what the run before wrote is deleted first.
        A peer may end with 2: so does 7-Zip for a link that leads out of the folder, which it leaves out."""
        a, b = [], []
        for i in range(self.runs + 1):
            for command, times, good in ((ours, a, (0, 1)), (peer, b, (0, 1, 2))):
                if delete:
                    self.clean()
                    os.sync()
                before()
                times.append(self.once(command, good))
        self.clean()
        return a[1:], b[1:]  # the first is for warming up

    def cost(self, args, runs=None, keep=False):
        """Median seconds and largest resident MiB of a program run without a shell. It is begun by a small program: what
        this one holds would count. keep: the output stays until clean."""
        seconds, memory = [], []
        for _ in range(runs or self.runs):
            self.fresh()
            p = subprocess.run(["/usr/bin/time", "-o", self.result, "-f", "%e %M", *self.placed(args)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if p.returncode not in (0, 1):
                raise RuntimeError(f"{args}: status {p.returncode}")
            told = open(self.result).read().split()[-2:]
            seconds.append(float(told[0]))
            memory.append(int(told[1]) / 1024)
        if not keep:
            self.clean()
        return statistics.median(seconds), max(memory)

    def read(self, args):
        """Milliseconds of the fastest run, and MiB read by system calls."""
        best, read = float("inf"), 0
        for _ in range(5):
            begin = time.monotonic()
            p = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
            best = min(best, time.monotonic() - begin)
            read = int(open(f"/proc/{p.pid}/io").read().split()[1])
            p.wait()
        return 1000 * best, read / (1 << 20)

    def placed(self, args):
        return [a.replace("OUT", self.out) for a in args]

    def clean(self):
        sh(f"rm -rf {self.outs}")


def warm(*paths):
    sh("cat %s > /dev/null" % " ".join(paths))


def cold(*paths):
    os.sync()
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def disk_of(path):
    """The numbers of the disk that holds path, not those of a partition."""
    dev = os.stat(path).st_dev
    sys = os.path.realpath(f"/sys/dev/block/{os.major(dev)}:{os.minor(dev)}")
    if os.path.exists(sys + "/partition"):
        sys = os.path.dirname(sys)
    return open(sys + "/dev").read().strip()


class Held:
    """A control group whose reads of the disk under path are held to a rate, in bytes a second. group: None where that cannot be."""

    def __init__(self, path, rate):
        self.group = None
        for root, limit, text in (("/sys/fs/cgroup/blkio", "blkio.throttle.read_bps_device", f"{rate}"),
                                  ("/sys/fs/cgroup", "io.max", f"rbps={rate}")):
            group = root + "/romsplit-bench"
            try:
                os.makedirs(group, exist_ok=True)
                with open(f"{group}/{limit}", "w") as f:
                    f.write(f"{disk_of(path)} {text}")
                self.group = group
                return
            except OSError:
                continue

    def command(self, command):
        return f"echo $$ > {self.group}/cgroup.procs; exec {command}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for root in ("/sys/fs/cgroup/blkio", "/sys/fs/cgroup"):
            try:
                os.rmdir(root + "/romsplit-bench")
            except OSError:
                pass
