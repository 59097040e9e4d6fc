# The gateway with its embedded model, installed by the same Makefile target as `make run` installs it.
# Checked without Docker, step by step, by deploy/check_dockerfile.py (make test-docker).
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
# embedded: the model that is in the box; "embedded,litellm" for servers of other APIs too (docs/upstreams.md).
ARG EXTRAS=embedded
RUN make install EXTRAS=$EXTRAS
# What every request goes through, compiled to C (docs/operations.md#compiled); COMPILED=0 leaves it as Python.
ARG COMPILED=1
RUN if [ "$COMPILED" = 1 ]; then \
      apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev python3-dev \
      && .venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[compile]' \
      && .venv/bin/python -m deploy.compiled --in-place \
      && .venv/bin/python -m pip uninstall --quiet --yes mypy types-PyYAML types-psutil \
      && rm -rf build /var/lib/apt/lists/*; \
    fi
RUN .venv/bin/python -m compileall -q gateway model_server evals

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/wardgate --create-home --shell /usr/sbin/nologin wardgate \
 && install -d -o wardgate -g wardgate /var/lib/wardgate/textfiles
COPY --from=build /app /app
COPY deploy/wardgate.yaml /etc/wardgate/wardgate.yaml
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 MODEL_SERVER_URL=http://vllm:8000/v1
WORKDIR /var/lib/wardgate
USER 10001:10001
EXPOSE 4000 4001 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/readyz', timeout=2)"]
CMD ["wardgate", "serve", "--config", "/etc/wardgate/wardgate.yaml"]
