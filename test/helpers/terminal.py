# How does a command behave on a terminal of its own? Runs argv there; lines on our stdin steer it:
#   type ^C        sends the terminal's interrupt key      kill NAME   signals the command alone
# Its output goes to our stdout; the last line is "status CODE" or "signal NAME".
# SPDX-License-Identifier: MPL-2.0
import os, pty, select, signal, sys

pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

steer = True
while True:
    ready, _, _ = select.select([master] + ([0] if steer else []), [], [])
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if not data:
            break
        os.write(1, data)
    if steer and 0 in ready:
        line = os.read(0, 4096).decode().split()
        if not line:
            steer = False
        elif line[0] == "type":
            os.write(master, b"\x03")
        elif line[0] == "kill":
            os.kill(pid, getattr(signal, line[1]))
_, status = os.waitpid(pid, 0)
if os.WIFSIGNALED(status):
    print("\nsignal", signal.Signals(os.WTERMSIG(status)).name)
else:
    print("\nstatus", os.WEXITSTATUS(status))
