"""Files around the code: nothing private in them, every decision listed, every lock whole."""

from __future__ import annotations

import re
import tomllib

from tests.architecture.source import ROOT, text_files

#: Written in parts, so that this file does not hold what it looks for.
SECRETS = [
    "/" + "work/",
    "/" + "root/",
    "pypi.org/" + "simple",
    "files." + "pythonhosted.org",
    "registry." + "npmjs.org",
    "index" + "-url",
    "find" + "-links",
    '"resolved' + '":',
]
#: Options of the lock compiler that keep such addresses out.
ALLOWED = ["--no-emit-index" + "-url", "--no-emit-find" + "-links"]

ADR = ROOT / "docs" / "adr"


def test_no_file_names_a_package_index_or_a_folder_of_a_machine() -> None:
    wrong = []
    for name, text in text_files():
        for number, line in enumerate(text.splitlines(), 1):
            rest = line
            for option in ALLOWED:
                rest = rest.replace(option, "")
            wrong += [f"{name}:{number} {secret}" for secret in SECRETS if secret in rest]

    assert not wrong


def test_every_decision_record_is_in_the_index() -> None:
    records = sorted(path.name for path in ADR.glob("[0-9]*.md"))
    listed = re.findall(r"\]\(([0-9]{4}-[\w-]+\.md)\)", (ADR / "README.md").read_text("utf-8"))

    assert listed == records
    assert [name[:4] for name in records] == [f"{n:04}" for n in range(1, len(records) + 1)]


def test_every_dependency_has_its_reason() -> None:
    reasons = "\n".join(path.read_text("utf-8") for path in ADR.glob("[0-9]*.md"))
    without = [name for name in _dependencies(extras=True) if f"- **{name}**" not in reasons]

    assert not without


def test_locks_pin_every_dependency_with_hashes() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"^(?=[^\s#])", lock.read_text("utf-8"), flags=re.MULTILINE)[1:]
        loose = [e for e in entries if not re.match(r"[\w.-]+==.*\\\n +--hash=sha256:", e)]

        assert not loose
        assert _dependencies() <= {entry.split("==")[0] for entry in entries}, lock.name


def test_every_ignored_style_rule_has_its_reason() -> None:
    without = [
        f"{name}: {line.strip()}"
        for name in ("pyproject.toml", "tests/ruff.toml")
        for line in (ROOT / name).read_text("utf-8").splitlines()
        if re.match(r'\s+"[A-Z]+[0-9]*",', line) and not re.search(r"# \S", line)
    ]

    assert not without


def _dependencies(*, extras: bool = False) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    if extras:
        wanted += [name for extra in project["optional-dependencies"].values() for name in extra]
    return {re.split(r"[^\w.-]", name)[0] for name in wanted}
