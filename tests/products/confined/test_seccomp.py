"""The filter over system calls, run by a small machine of the test's own: what passes and what does not."""

import errno

import pytest

from products.confined.seccomp import MACHINES, program

ALLOW, REFUSE, ABSENT, KILL = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
PID = 4321


def run(lines, number, arguments=(), audit=0xC000003E):
    """Classic BPF as the kernel runs it, as far as the filter uses it."""
    data = {0: number, 4: audit} | {16 + 8 * i: value for i, value in enumerate(arguments)}
    held, at = 0, 0
    while True:
        code, yes, no, k = lines[at]
        at += 1
        match code:
            case 0x20:
                held = data.get(k, 0) & 0xFFFFFFFF
            case 0x54:
                held &= k
            case 0x06:
                return k
            case _:
                holds = {0x15: held == k, 0x35: held >= k, 0x45: bool(held & k)}[code]
                at += yes if holds else no


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_what_it_lets_pass(name):
    machine = MACHINES[name]
    lines, call = program(machine, PID, network=True), machine.numbers
    assert len(lines) < 4096
    assert all(yes < 256 and no < 256 for _, yes, no, _ in lines)

    def comes_to(what, *arguments):
        return run(lines, call[what], arguments, machine.audit)

    for what in set(call) - {
        "clone",
        "clone3",
        "tgkill",
        "prlimit64",
        "sched_setaffinity",
        "socket",
        "sendto",
        "sendmsg",
        "sendmmsg",
    }:
        assert comes_to(what) == REFUSE, what
    assert comes_to("clone", 0x10000 | 0x100) == ALLOW, "a thread"
    assert comes_to("clone", 0x11) == REFUSE, "a process"
    assert comes_to("clone3") == ABSENT
    assert comes_to("tgkill", PID, 1) == ALLOW
    assert comes_to("tgkill", PID + 1, 1) == REFUSE
    assert comes_to("prlimit64", 0) == ALLOW
    assert comes_to("prlimit64", 1) == REFUSE
    assert comes_to("sendto", 3, 0, 9, 0) == ALLOW
    assert comes_to("sendto", 3, 0, 9, 0x20000000) == REFUSE, "TCP fast open passes Landlock by"
    assert comes_to("sendmsg", 3, 0, 0x20000000) == REFUSE
    tcp, nonblocking = 1, 1 | 0o2004000
    assert comes_to("socket", 2, tcp, 0) == comes_to("socket", 10, nonblocking, 6) == ALLOW
    for family, kind, protocol in (
        (2, 2, 0),
        (2, 3, 0),
        (1, 1, 0),
        (16, 1, 0),
        (2, 1, 262),
        (2, 1, 132),
        (17, 3, 0),
    ):
        assert comes_to("socket", family, kind, protocol) == REFUSE, (family, kind, protocol)
    assert run(program(machine, PID, network=False), call["socket"], (2, 1, 0), machine.audit) == REFUSE
    assert run(lines, 0, (), 0xDEAD) == KILL, "another machine's calls"
    unfiltered = 0 if name == "x86_64" else 63  # read
    assert run(lines, unfiltered, (), machine.audit) == ALLOW


def test_the_other_numbers_of_an_x86_are_no_way_round():
    lines = program(MACHINES["x86_64"], PID, network=True)
    assert run(lines, 0x40000000 | 57) == KILL
