"""What is installed from the wheel, as the image installs it, has what the developers' pages show."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[3]
# As .dockerignore lets them into the image's build.
SHIPPED = ("broker", "keys", "config", "examples/snippets", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "wsgi.py")
READ = (
    "from broker.developer_door import SNIPPETS; from broker.console.developers.snippets import read_snippets;"
    "print(SNIPPETS[0].is_dir(), *read_snippets(next(f for f in SNIPPETS if f.is_dir())))"
)


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=200, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_an_installed_release_brings_the_examples(tmp_path: Path) -> None:
    source, fresh = tmp_path / "source", tmp_path / "fresh"
    for name in SHIPPED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, source / name)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    alone = ("--no-deps", "--no-index")
    run(*pip, "wheel", *alone, "--no-build-isolation", "-w", str(tmp_path), ".", cwd=source)
    wheel = next(tmp_path.glob("*.whl"))
    run(sys.executable, "-m", "venv", "--without-pip", str(fresh), cwd=tmp_path)
    python = str(fresh / "bin" / "python")
    run(*pip, "--python", python, "install", *alone, str(wheel), cwd=tmp_path)
    # What the broker needs is lent; the broker itself is the installed one.
    lent = next((fresh / "lib").glob("python*")) / "site-packages" / "lent.pth"
    lent.write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")

    is_beside, *names = run(python, "-c", READ, cwd=tmp_path).split()

    there = {path.name for path in (ROOT / "examples" / "snippets").iterdir() if path.suffix != ".md"}
    assert ("False", there) == (is_beside, set(names))


def test_the_image_is_built_from_the_same_files() -> None:
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {f"!{name}" for name in SHIPPED} <= set(let_in)
