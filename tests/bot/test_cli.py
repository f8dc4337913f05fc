"""Every command is there; the one that is called is imported alone."""

import subprocess
import sys

import pytest
from typer.main import get_command

from bot.cli import COMMANDS, GROUPS, program


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_a_command_that_is_called_is_made_alone_and_is_the_same(name: str) -> None:
    alone, all_of_them = (get_command(program(called)) for called in (name, None))
    assert list(alone.commands) == [name]
    assert list(all_of_them.commands) == [*COMMANDS, *GROUPS]
    assert alone.commands[name].help == all_of_them.commands[name].help


def test_what_nobody_knows_brings_all_commands() -> None:
    assert list(get_command(program("nonsense")).commands) == [*COMMANDS, *GROUPS]


def test_a_quick_command_imports_nothing_of_a_show() -> None:
    code = (
        "import sys; sys.argv = ['castmate', 'keys', '--help']\n"
        "from bot.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*({'av', 'cv2', 'bot.commands.air', 'scipy'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[-1] == "", "loaded without need"
