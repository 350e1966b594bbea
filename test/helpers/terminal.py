# How does a command behave on a terminal of its own? Runs argv there; lines on our stdin steer it:
#   type ^C        sends the terminal's interrupt key      kill NAME   signals the command alone
#   keys "TEXT"    types a JSON text                       size R C    gives the terminal rows and columns
# Its output goes to our stdout; the last line is "status CODE" or "signal NAME".
# SPDX-License-Identifier: MPL-2.0
import fcntl, json, os, pty, select, signal, struct, sys, termios

pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def obey(line):
    word, _, rest = line.partition(" ")
    if word == "type":
        os.write(master, b"\x03")
    elif word == "kill":
        os.kill(pid, getattr(signal, rest))
    elif word == "keys":
        os.write(master, json.loads(rest).encode())
    elif word == "size":
        rows, columns = map(int, rest.split())
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


steer, asked = True, b""
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
        more = os.read(0, 4096)
        steer = more != b""
        *lines, asked = (asked + more).split(b"\n")
        for line in lines:
            obey(line.decode())
_, status = os.waitpid(pid, 0)
if os.WIFSIGNALED(status):
    print("\nsignal", signal.Signals(os.WTERMSIG(status)).name)
else:
    print("\nstatus", os.WEXITSTATUS(status))
