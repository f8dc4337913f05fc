"""deploy/ is what its schemas want, fits together, and says nothing that the code does not know.

Kubernetes and Compose by their own schemas (tests/schemas/), Prometheus and Grafana by what the code tells.
"""

import importlib.util
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import promql_parser
import pytest
import typer.main
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bot.cli import app
from bot.fleet.leases import NodeSeen, ShowSeen
from bot.fleet.metrics import FleetCollector, FleetSeen, NodeCollector
from bot.fleet.node import NodeStats
from bot.metrics import KNOWN, ShowCollector, Shown
from bot.settings import SECRETS, Settings

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SCHEMAS = Path(__file__).with_name("schemas")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OBJECTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "castmate.yaml").read_text(encoding="utf-8")))
RAY = yaml.safe_load((DEPLOY / "kubernetes" / "ray.yaml").read_text(encoding="utf-8"))
RAY_PODS = [g["template"]["spec"] for g in (RAY["spec"]["headGroupSpec"], *RAY["spec"]["workerGroupSpecs"])]
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((DEPLOY / "grafana" / "castmate.json").read_text(encoding="utf-8"))
WORKLOADS = [o for o in OBJECTS if o["kind"] in ("Deployment", "StatefulSet", "Job")]
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]


def named(thing: dict[str, Any]) -> str:
    return f"{thing['kind']}/{thing['metadata']['name']}"


def kubernetes(thing: dict[str, Any]) -> list[str]:
    """What the schema says against it."""
    schema = json.loads((SCHEMAS / "kubernetes-1.37.json").read_text(encoding="utf-8"))
    root = {"$ref": f"#/$defs/{schema['kinds'][thing['kind']]}", "$defs": schema["$defs"]}
    return [str(error) for error in jsonschema_rs.validator_for(root).iter_errors(thing)]


@pytest.mark.parametrize("thing", OBJECTS, ids=named)
def test_kubernetes_takes_it(thing: dict[str, Any]) -> None:
    assert kubernetes(thing) == []


def test_that_schema_refuses_what_kubernetes_would() -> None:
    node = next(o for o in OBJECTS if named(o) == "StatefulSet/castmate-node")
    for path, value in (
        (("spec", "replica"), 3),  # misspelt
        (("spec", "replicas"), "three"),
        (("spec", "template", "spec", "containers", 0, "imagee"), "x"),
        (("spec", "template", "spec", "volumes", 0, "name"), None),
    ):
        broken = json.loads(json.dumps(node))
        at = broken
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        assert kubernetes(broken) != [], path


def kuberay(thing: dict[str, Any]) -> list[str]:
    """What the schema says against a RayCluster; of its pods Kubernetes' own."""
    schema = json.loads((SCHEMAS / "raycluster-v1.json").read_text(encoding="utf-8"))
    schema["$defs"] |= json.loads((SCHEMAS / "kubernetes-1.37.json").read_text(encoding="utf-8"))["$defs"]
    return [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(thing)]


def test_kuberay_takes_its_file_and_nothing_misspelt() -> None:
    assert kuberay(RAY) == []
    for path, value in (
        (("spec", "workerGroupSpecs", 0, "replica"), 3),
        (("spec", "workerGroupSpecs", 0, "rayStartParams", "num-cpus"), 4),  # words alone
        (("spec", "headGroupSpec", "template", "spec", "containers", 0, "imagee"), "x"),
        (("spec", "authOptions", "mode"), "tokens"),
    ):
        at = broken = json.loads(json.dumps(RAY))
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        assert kuberay(broken) != [], path


@pytest.mark.parametrize("spec", RAY_PODS, ids=["head", "node"])
def test_a_pod_of_ray_fits_together_and_has_no_right_that_it_does_not_need(spec: dict[str, Any]) -> None:
    assert spec["securityContext"]["runAsNonRoot"] and spec["automountServiceAccountToken"] is False
    (box,) = spec["containers"]
    assert {m["name"] for m in box["volumeMounts"]} == {v["name"] for v in spec["volumes"]}
    assert not box["securityContext"]["allowPrivilegeEscalation"]
    assert (
        box["securityContext"]["capabilities"]["drop"] == ["ALL"] and "memory" in box["resources"]["limits"]
    )
    files = {i["path"] for v in spec["volumes"] if "secret" in v for i in v["secret"]["items"]}
    assert files == {e["value"].rpartition("/")[2] for e in box["env"] if e["name"].endswith("_FILE")}
    assert "owner-database" not in files, "a node has its own role, not the owner's"


def test_ray_is_told_what_castmate_asks_it_for() -> None:
    (group,) = RAY["spec"]["workerGroupSpecs"]
    told = json.loads(json.loads(group["rayStartParams"]["resources"]))  # quoted once for the shell
    assert told == {"region=eu": 1, "egress_mbps": 900}
    text = (DEPLOY / "kubernetes" / "ray.yaml").read_text(encoding="utf-8")
    command = next(line for line in text.splitlines() if "castmate fleet up" in line)
    assert "--cores 4" in command and group["rayStartParams"]["num-cpus"] == "4" and "region=eu" in command
    assert RAY["metadata"]["namespace"] == OBJECTS[0]["metadata"]["name"]


def test_compose_takes_its_file() -> None:
    schema = json.loads((SCHEMAS / "compose.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    assert [str(e) for e in validator.iter_errors(COMPOSE)] == []
    broken = json.loads(json.dumps(COMPOSE))
    broken["services"]["node"]["comand"] = ["fleet", "node"]
    assert not validator.is_valid(broken)


@pytest.mark.parametrize("work", WORKLOADS, ids=named)
def test_a_workload_fits_together_and_runs_with_no_right_it_does_not_need(work: dict[str, Any]) -> None:
    pod = work["spec"]["template"]
    selector = work["spec"].get("selector", {}).get("matchLabels", {})
    assert selector.items() <= pod["metadata"]["labels"].items()
    spec = pod["spec"]
    volumes = {v["name"] for v in spec["volumes"]}
    volumes |= {c["metadata"]["name"] for c in work["spec"].get("volumeClaimTemplates", ())}
    assert spec["securityContext"]["runAsNonRoot"] and spec["automountServiceAccountToken"] is False
    (box,) = spec["containers"]
    mounts = {m["name"]: m["mountPath"] for m in box["volumeMounts"]}
    assert set(mounts) == volumes, "each volume is mounted, each mount is there"
    held = box["securityContext"]
    assert held["readOnlyRootFilesystem"] and not held["allowPrivilegeEscalation"]
    assert held["capabilities"]["drop"] == ["ALL"] and "memory" in box["resources"]["limits"]
    ports = {p["name"] for p in box.get("ports", ())}
    for probe in ("readinessProbe", "livenessProbe"):
        for way in ("httpGet", "tcpSocket"):
            if way in box.get(probe, {}):
                assert box[probe][way]["port"] in ports
    files = {i["path"] for v in spec["volumes"] if "secret" in v for i in v["secret"]["items"]}
    used = {e["value"].rpartition("/")[2] for e in box["env"] if e["name"].endswith("_FILE")}
    assert used == files, "a pod is given the secrets that it reads and no other"


def test_services_find_their_pods() -> None:
    for service in (o for o in OBJECTS if o["kind"] == "Service"):
        wanted = service["spec"]["selector"].items()
        pods = [w["spec"]["template"] for w in WORKLOADS]
        found = [p["spec"] for p in pods if wanted <= p["metadata"]["labels"].items()]
        ports = {p["name"]: p["containerPort"] for s in found for c in s["containers"] for p in c["ports"]}
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"]


def test_what_services_of_compose_name_is_there() -> None:
    services, script = COMPOSE["services"], (DEPLOY / "secrets.sh").read_text(encoding="utf-8")
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./") and source != "./shows":  # secrets.sh makes that one
                assert (DEPLOY / source).exists(), source
            elif not source.startswith((".", "/")):
                assert source in COMPOSE["volumes"]
    assert {f"make {name}" in script for name in COMPOSE["secrets"]} == {True}


def test_the_secrets_are_made_once(tmp_path: Path) -> None:
    (tmp_path / "secrets.sh").write_text(
        (DEPLOY / "secrets.sh").read_text(encoding="utf-8"), encoding="utf-8"
    )
    made = []
    for _ in range(2):
        subprocess.run(["sh", "secrets.sh"], cwd=tmp_path, check=True, timeout=60)
        made.append({p.name: p.read_text() for p in (tmp_path / "secrets").iterdir()})
    assert made[0] == made[1] and set(made[0]) == set(COMPOSE["secrets"])
    assert made[0]["owner-password"] in made[0]["owner-database"] and len(made[0]["link-token"]) == 48


def commands() -> Iterator[tuple[str, list[str]]]:
    for line in (DEPLOY / "kubernetes" / "ray.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") and " -- castmate " in line:
            yield "ray.yaml", line.partition(" -- castmate ")[2].split()
    for name, service in COMPOSE["services"].items():
        if service["image"] == "castmate":
            yield f"compose {name}", service["command"]
    for work in WORKLOADS:
        yield named(work), work["spec"]["template"]["spec"]["containers"][0]["args"]


@pytest.mark.parametrize(("where", "words"), list(commands()), ids=lambda v: v if isinstance(v, str) else "")
def test_each_command_exists_with_its_options(where: str, words: list[str]) -> None:
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
    given = {w.split("=")[0] for w in rest if w.startswith("--")}
    assert (given and given <= known) or (not given and not rest)


def environments() -> Iterator[Mapping[str, str]]:
    yield from (s.get("environment", {}) for s in COMPOSE["services"].values())
    for work in WORKLOADS:
        (box,) = work["spec"]["template"]["spec"]["containers"]
        yield {e["name"]: e["value"] for e in box["env"]}
    yield from ({e["name"]: e["value"] for e in spec["containers"][0]["env"]} for spec in RAY_PODS)


def test_each_variable_is_a_setting() -> None:
    known = {f"CASTMATE_{n.upper()}" for n in Settings.model_fields}
    known |= {f"CASTMATE_{n.upper()}_FILE" for n in SECRETS}
    given = {n for e in environments() for n in e if n.startswith("CASTMATE_")}
    assert given <= known and len(given) >= 4


def exposed() -> dict[str, set[str]]:
    """Every metric of the code, with its labels."""
    node = NodeSeen("a-1", "a", 4, 1, False, 10.0, 1.0)
    show = ShowSeen("evening", "wanted", False, "a-1", "a", 3, 7, "1.2-a", "", True)
    figures = {k.figure + (".x" if k.of else ""): 1.0 for k in KNOWN}
    collectors: tuple[Collector, ...] = (
        FleetCollector(lambda: FleetSeen((node,), (show,))),
        NodeCollector("a", NodeStats),
        ShowCollector(lambda: (Shown("evening", figures),)),
    )
    found: dict[str, set[str]] = {}
    for collector in collectors:
        registry = CollectorRegistry()
        registry.register(collector)
        for family in text_string_to_metric_families(generate_latest(registry).decode()):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


EXPRESSIONS = [(r["alert"], r["expr"]) for r in RULES] + [
    (p["title"], t["expr"]) for p in DASHBOARD["panels"] for t in p["targets"]
]


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS, ids=[t for t, _ in EXPRESSIONS])
def test_each_figure_that_is_asked_for_is_told_by_the_code(title: str, expression: str) -> None:
    told = exposed()
    used = re.findall(r"(castmate_\w+)(?:\{([^}]*)\})?", expression)
    assert used, expression
    for metric, labels in used:
        assert metric in told, f"{title}: no such metric"
        assert {p.split("=")[0].strip(" ~!") for p in labels.split(",") if p} <= told[metric]
    promql_parser.parse(expression)  # raises ValueError, by Prometheus' own grammar


@pytest.mark.parametrize(
    "wrong",
    ["sum by show (castmate_up)", "rate(castmate_air_ticks_total)", "castmate_up[5x]", "castmate_up > > 1"],
)
def test_that_grammar_refuses_what_prometheus_would(wrong: str) -> None:
    with pytest.raises(ValueError):
        promql_parser.parse(wrong)


def test_what_a_legend_or_a_message_names_is_a_label_of_its_figure() -> None:
    told = exposed()
    texts = [(r["expr"], " ".join(r["annotations"].values())) for r in RULES]
    texts += [(t["expr"], t["legendFormat"]) for p in DASHBOARD["panels"] for t in p["targets"]]
    for expression, text in texts:
        labels = set().union(*(told[m] for m in re.findall(r"castmate_\w+", expression)))
        asked = set(re.findall(r"\{\{\s*\$labels\.(\w+)\s*\}\}|\{\{(\w+)\}\}", text))
        assert {a or b for a, b in asked} <= labels, text


def test_an_alarm_says_what_to_do() -> None:
    assert len({r["alert"] for r in RULES}) == len(RULES) >= 8
    for rule in RULES:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert all(rule["annotations"][word].strip() for word in ("summary", "remedy"))
        assert re.fullmatch(r"\d+[sm]", rule.get("for", "0s"))


def test_the_dashboard_is_as_its_script_draws_it() -> None:
    spec = importlib.util.spec_from_file_location("write_dashboard", ROOT / "scripts" / "write_dashboard.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.dashboard() == DASHBOARD, "run `make docs`"
    places = [p["gridPos"] for p in DASHBOARD["panels"]]
    cells = [
        (x, y) for g in places for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24, "no panel lies on another"


def test_prometheus_reads_where_something_listens() -> None:
    read = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert all((DEPLOY / "prometheus" / f).is_file() for f in read["rule_files"])
    places = set()
    for job in read["scrape_configs"]:
        for static in job.get("static_configs", ()):
            places |= set(static["targets"])
        for dns in job.get("dns_sd_configs", ()):
            places |= {f"{name}:{dns['port']}" for name in dns["names"]}
    port = Settings.model_fields["port"].default
    node = COMPOSE["services"]["node"]["command"]
    assert places == {f"console:{port}", "figures:9109", f"node:{node[node.index('--metrics') + 1]}"}


def test_the_image_is_made_of_files_that_are_there_and_is_not_root() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY "):
            assert (ROOT / line.split()[1]).exists()
    assert "USER castmate" in lines and any("--require-hashes" in line for line in lines)
