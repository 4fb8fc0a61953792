"""What is committed: nothing of the machine it was written on, no registry's address, nothing big, binary or secret."""

from __future__ import annotations

import re
import subprocess

import pytest

from native.buildkit import places

MIB = 2**20
FORBIDDEN = {
    "a path of somebody's machine": re.compile(rb"(?:^|[^\w.])/(?:work|root|home|Users)/", re.MULTILINE),
    "a package registry's host": re.compile(
        rb"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|nuget\.org|deb\.debian\.org|proxy\.golang\.org|crates\.io"
    ),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a token": re.compile(rb"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|xox[abprs]-\w{10,})"),
}
BINARY = re.compile(r"\.(?:pem|key|p12|pfx|db|sqlite3?|log|zip|whl|exe|dll|pyd|so|pyc|o|a|lib)$")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=places.ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode:
        pytest.skip("LOUD SKIP: this is no git checkout")
    return [name for name in done.stdout.split("\0") if name and (places.ROOT / name).is_file()]


def test_no_text_names_a_machine_a_registry_or_a_secret(tracked: list[str]) -> None:
    found = []
    for name in tracked:
        data = (places.ROOT / name).read_bytes()
        found += [f"{name}: {what}: {hit[0]!r}" for what, rule in FORBIDDEN.items() if (hit := rule.search(data))]
    assert found == []


def test_the_rules_find_what_they_forbid() -> None:
    samples = [
        "see /ro" + "ot/x",
        "https://py" + "pi.org/simple",
        "-----BEGIN RSA PRIVATE" + " KEY-----",
        "gh" + "p_" + "a" * 36,
    ]
    for (what, rule), sample in zip(FORBIDDEN.items(), samples, strict=True):
        assert rule.search(sample.encode()), what


def test_nothing_is_big_or_made_by_a_build(tracked: list[str]) -> None:
    assert [name for name in tracked if (places.ROOT / name).stat().st_size > MIB] == []
    assert [name for name in tracked if BINARY.search(name)] == []


def test_the_licence_is_there() -> None:
    assert "MIT License" in (places.ROOT / "LICENSE").read_text("utf-8")
