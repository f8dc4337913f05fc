"""What a show's chat loads before it is on the air."""

import subprocess
import sys

LOOK = """
import sys
from bot.show.chat_setup import load_words
from persona.intents import folded, intent_of
load_words()
before = set(sys.modules)
for text in ("多少钱？", "有没有黒色的", "How much is it, pls?", "嘎嘎嘎"):
    intent_of(folded(text))
print(sorted(set(sys.modules) - before))
"""


def test_no_viewer_waits_for_what_the_first_message_loads() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
