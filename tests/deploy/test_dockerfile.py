"""The Dockerfile's reader, on small files and on ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.dockerfile import DockerfileError, Ignore, Image, configured, expanded, parse

ROOT = Path(__file__).parents[2]
SMALL = """
# a comment
FROM debian:bookworm-slim AS build
RUN apt-get update \\
 # a comment between
 && apt-get install -y make
ARG EXTRAS=embedded
COPY . .
RUN ["make", "install"]

FROM debian:bookworm-slim
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH A=1 B="two words"
WORKDIR /srv
WORKDIR data
USER 10:10
EXPOSE 1 2
HEALTHCHECK --interval=5s CMD ["true"]
CMD ["serve", "--config", "x"]
"""


def test_stages_and_steps() -> None:
    build, last = parse(SMALL)
    assert (build.base, build.name, last.name) == ("debian:bookworm-slim", "build", "")
    assert [step.name for step in build.steps] == ["RUN", "ARG", "COPY", "RUN"]
    assert build.steps[0].words == ("apt-get update && apt-get install -y make",)
    assert (build.steps[0].shell, build.steps[3].shell, build.steps[3].words) == (True, False, ("make", "install"))
    assert last.steps[0].options == {"from": "build"}
    assert build.steps[0].line == 4


def test_what_a_container_is_started_with() -> None:
    image = Image(env={"PATH": "/bin"})
    for step in parse(SMALL)[1].steps:
        image = configured(image, step)
    assert image.env == {"PATH": "/app/bin:/bin", "A": "1", "B": "two words"}
    assert (image.workdir, image.user, image.ports) == ("/srv/data", "10:10", (1, 2))
    assert (image.command, image.health) == (("serve", "--config", "x"), ("true",))
    assert expanded("${A}-$B-$C", {"A": "1", "B": "2"}) == "1-2-"


@pytest.mark.parametrize("text", [
    "", "RUN x", "FROM a\nONBUILD RUN x", "FROM a\nCOPY --link a b", "FROM a\nCMD serve", "FROM a AS", "FROM a b c d",
    "FROM a\nRUN x \\", 'FROM a\nCMD ["a", 1]', "FROM a\nHEALTHCHECK NONE", "FROM a\nRUN --mount=type=cache x",
])  # fmt: skip
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(DockerfileError):
        parse(text)


def test_the_rules_of_the_ignore_file() -> None:
    ignore = Ignore.parse("# no\n.git\n**/__pycache__\n*.db\ndocs/*\n!docs/a.md\ndeploy\n!deploy/wardgate.yaml\n")
    out = {path: ignore.leaves_out(path) for path in (
        ".git/config", "a/.git/config", "__pycache__/x", "a/b/__pycache__/x", "x.db", "a/x.db", "docs/a.md", "docs/b.md",
        "deploy/x", "deploy/wardgate.yaml", "gateway/app.py")}
    assert [path for path, left in out.items() if left] == [
        ".git/config", "__pycache__/x", "a/b/__pycache__/x", "x.db", "docs/b.md", "deploy/x"]


def test_the_context_of_ours_holds_the_product_and_nothing_else() -> None:
    ignore = Ignore.parse((ROOT / ".dockerignore").read_text("utf-8"))
    files = {path.as_posix() for path in ignore.context(ROOT)}
    tops = {path.split("/")[0] for path in files}
    assert {"gateway", "model_server", "policies", "pyproject.toml", "Makefile", "README.md"} <= tops
    assert {path for path in files if path.startswith("deploy/")} == {
        "deploy/__init__.py", "deploy/compiled.py", "deploy/wardgate.yaml"}
    assert not tops & {".git", ".venv", "tests", "docs", "dashboards", "benchmarks", ".wardgate"}
    assert not [path for path in files if path.endswith((".db", ".pyc", ".env", ".so"))]
    kept_out = (ROOT / ".gitignore").read_text("utf-8").split()
    made_here = [each.rstrip("/").replace("*", "x") for each in kept_out]
    assert [each for each in made_here if not ignore.leaves_out(each)] == [], "what no commit holds is in no image"


def test_our_image_is_small_in_rights() -> None:
    stages = parse((ROOT / "Dockerfile").read_text("utf-8"))
    image = Image()
    for step in stages[-1].steps:
        image = configured(image, step)
    assert image.user == "10001:10001"
    assert image.command[0] == "wardgate"
    assert image.health
    assert {stage.base for stage in stages} == {"debian:bookworm-slim"}, "the check must be able to make every base"
    assert any(step.name == "RUN" and "make install" in step.words[0] for step in stages[0].steps)
