"""Runs of commands: in turn with what they are compared with, so that a machine that drifts drifts for both."""
import json
import os
import shutil
import statistics
import subprocess
import time

from dump import ENV, sh

HYPERFINE = shutil.which("hyperfine")


class Timing:
    def __init__(self, work, runs):
        self.out, self.runs = work + "/out", runs
        self.result = work + "/hyperfine.json"

    def fresh(self):
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)

    def once(self, command):
        """Seconds. OUT in the command is an empty folder; a status of 1 is a finding, not a failure."""
        command = command.replace("OUT", self.out)
        self.fresh()
        if HYPERFINE:
            subprocess.run([HYPERFINE, "-i", "-r", "1", "-N" if ";" not in command and "&&" not in command else "-Sbash",
                            "--export-json", self.result, command], check=True, capture_output=True, env=ENV)
            run = json.load(open(self.result))["results"][0]
            seconds, status = run["times"][0], run["exit_codes"][0]
        else:
            begin = time.monotonic()
            status = subprocess.run(["bash", "-c", command], capture_output=True, env=ENV).returncode
            seconds = time.monotonic() - begin
        if status not in (0, 1):
            raise RuntimeError(f"{command}: status {status}")
        return seconds

    def pair(self, ours, peer, before):
        """The seconds of each; before is run ahead of every run, not timed."""
        a, b = [], []
        for i in range(self.runs + 1):
            for command, times in ((ours, a), (peer, b)):
                before()
                times.append(self.once(command))
        shutil.rmtree(self.out, ignore_errors=True)
        return a[1:], b[1:]  # the first is for warming up

    def cost(self, args):
        """Median seconds, largest resident MiB and MiB read by system calls, of one program run without a shell."""
        seconds, memory, read = [], [], 0
        for _ in range(self.runs):
            self.fresh()
            begin = time.monotonic()
            p = subprocess.Popen([a.replace("OUT", self.out) for a in args], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
            os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
            seconds.append(time.monotonic() - begin)
            read = int(open(f"/proc/{p.pid}/io").read().split()[1])
            if p.wait() not in (0, 1):
                raise RuntimeError(f"{args}: status {p.returncode}")
            memory.append(self.resident(args))
        shutil.rmtree(self.out, ignore_errors=True)
        return statistics.median(seconds), max(memory), read / (1 << 20)

    def resident(self, args):
        """In a run of its own, begun by a small program: what this one holds would count."""
        if not os.path.exists("/usr/bin/time"):
            return float("nan")
        self.fresh()
        subprocess.run(["/usr/bin/time", "-o", self.result, "-f", "%M"] + [a.replace("OUT", self.out) for a in args],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(open(self.result).read().split()[-1]) / 1024


def warm(*paths):
    sh("cat %s > /dev/null" % " ".join(paths))


def cold(*paths):
    os.sync()
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)
