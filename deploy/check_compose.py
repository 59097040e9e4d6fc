"""Lets Docker Compose itself read the compose file, with every profile: the plugin, or Debian's docker-compose.

Neither needs a daemon for that. Debian's is of 2021: it does not know the top-level ``name``, which is left out for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
_PROFILES = ("--profile", "gpu", "--profile", "cpu", "--profile", "nightly")


def composer() -> tuple[str, ...]:
    """The command of a Compose that is installed; empty if there is none."""
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if plugin.returncode == 0:
            return ("docker", "compose")
    return ("docker-compose",) if shutil.which("docker-compose") else ()


def main() -> int:
    """0 when Compose accepts the file with all secrets set, and refuses it without them."""
    command = composer()
    if not command:
        sys.stderr.write("check_compose: neither docker compose nor docker-compose is installed\n")
        return 2
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+):\?", text), "x")
    env = {name: value for name, value in os.environ.items() if name not in secrets}
    text = text if len(command) == 2 else re.sub(r"^name:.*\n", "", text, flags=re.MULTILINE)
    whole = (*command, "-f", "-", "--project-directory", str(FOLDER), *_PROFILES, "config", "--quiet")
    good = subprocess.run(whole, input=text, text=True, env=env | secrets, check=False, capture_output=True)
    bad = subprocess.run(whole, input=text, text=True, env=env, check=False, capture_output=True)
    sys.stdout.write(good.stderr)
    passed = (good.returncode == 0) + (bad.returncode != 0)
    sys.stdout.write(f"{' '.join(command)} config: {passed} passed, {2 - passed} failed\n")
    return 0 if passed == 2 else 1


if __name__ == "__main__":
    sys.exit(main())
