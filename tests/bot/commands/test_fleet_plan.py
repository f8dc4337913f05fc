"""castmate fleet plan and simulate, as somebody types them."""

import json

from typer.testing import CliRunner

from bot.cli import app


def test_a_plan_names_three_sizes_and_what_ends_first() -> None:
    said = CliRunner().invoke(app, ["fleet", "plan"], env={"COLUMNS": "200"}).output
    assert all(size in said for size in ("100", "1,000", "10,000"))
    assert "transactions/s" in said and "What ends first" in said and "connections" in said
    assert "--clones-per-gpu" in said and "money" not in said


def test_a_plan_as_json_tells_where_its_figures_come_from() -> None:
    words = [
        "fleet",
        "plan",
        "--shows",
        "7",
        "--hours",
        "8",
        "--per-core",
        "20",
        "--clones-per-gpu",
        "4",
        "--json",
    ]
    told = json.loads(CliRunner().invoke(app, words).output)
    assert told["bills"][0]["shows"] == 7 and told["bills"][0]["gpus"] == 2
    assert told["bills"][0]["money"] > 0 and told["plan"]["hours"] == 8.0
    assert told["measured"]["cores"] > 0 and len(told["limits"]) == 4


def test_a_small_world_comes_through_its_faults() -> None:
    words = ["fleet", "simulate", "--shows", "60", "--nodes", "10", "--deaths", "3", "--shops", "5"]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert "machine dies" in done.output and "10 nodes upgraded" in done.output
    assert "two senders at once: 0; not back: 0" in done.output


def test_a_world_without_room_says_so() -> None:
    words = ["fleet", "simulate", "--shows", "4", "--nodes", "2", "--regions", "3"]
    assert "regions" in str(CliRunner().invoke(app, words).exception)
