"""What people install: the wheel, in an environment of its own, with the ten lines of the README and of the pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest
from frameworks.exchange import exchange
from frameworks.processes import AUDIENCE, ROOT, Latchstring, Person, application, latchstring

README = (ROOT / "python/README.md").read_text()
CONSTRAINTS = ROOT / "python/requirements-dev.txt"


def lines_of(page: str, at: int = 0) -> str:
    """One of the first blocks of a page, which the README has as well."""
    block: str = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)[at]
    assert block in README, f"The README and {page} differ."
    return block


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Latchstring, None, None]:
    with latchstring(tmp_path_factory.mktemp("latchstring")) as running:
        yield running


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment outside the tree, with the wheel and its extras."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT / "python")]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    found = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    wanted = [f"latchstring[flask,fastapi,django] @ {wheel.as_uri()}", "gunicorn", "uvicorn"]
    pip = [str(found), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    subprocess.run([*pip, "--constraint", str(CONSTRAINTS), *wanted], check=True, cwd=folder)
    return found


def files_of(framework: str) -> Mapping[str, str]:
    if framework == "Django":
        return {"project/urls.py": lines_of("django.md", 1), "project/settings.py": lines_of("django.md")}
    return {"app.py": lines_of(f"{framework.lower()}.md")}


GUNICORN = ("gunicorn", "--bind", "localhost:{port}", "--workers", "2")
SERVERS = {
    "Flask": (*GUNICORN, "app:app"),
    "FastAPI": ("uvicorn", "--host", "localhost", "--port", "{port}", "app:app"),
    "Django": (*GUNICORN, "project.wsgi"),
}


@pytest.mark.parametrize("framework", SERVERS)
def test_the_ten_lines_of_the_readme_work_with_the_wheel(
    framework: str, python: Path, service: Latchstring, tmp_path: Path
) -> None:
    if framework == "Django":
        start = [str(python), "-m", "django", "startproject", "project", str(tmp_path)]
        subprocess.run(start, check=True, cwd=tmp_path)
    for name, text in files_of(framework).items():
        path = tmp_path / name
        before = path.read_text() if name.endswith("settings.py") else ""
        filled = text.replace("https://auth.example.com", service.issuer).replace("https://api.example.com", AUDIENCE)
        path.write_text(before + filled)
    person = Person.register(service)
    environment = {"PYTHONPATH": str(tmp_path)}
    with application(SERVERS[framework], environment, tmp_path / "log", python=python, folder=tmp_path) as port:
        answer = exchange(port, "/me", person.headers)
        assert (answer.status, answer.json) == (200, {"id": person.subject})
        assert exchange(port).code == "credentials_missing"


def test_the_wheel_says_what_it_is(python: Path) -> None:
    """A type checker finds its types, and nothing of the tree's is in it."""
    script = "import importlib.metadata as m, json;print(json.dumps([str(f) for f in m.files('latchstring')]))"
    output = subprocess.run([str(python), "-c", script], check=True, capture_output=True, text=True).stdout
    files: list[str] = json.loads(output)
    assert {"latchstring/py.typed", "latchstring/flask.py", "latchstring/django/__init__.py"} <= set(files)
    assert all(name.startswith(("latchstring/", "latchstring-")) for name in files)
