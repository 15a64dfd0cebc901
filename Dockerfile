# syntax=docker/dockerfile:1
# Two stages: the first builds, the second holds Python, the locked packages and the broker, and nothing that builds or tests.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/broker
COPY requirements/runtime.lock requirements/build.lock requirements/
# Wheels only: no compiler in the image, and nothing of a package runs while it is installed.
RUN /opt/broker/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/runtime.lock
RUN python -m venv /build/tools && /build/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/build.lock
COPY . .
# The wheel is built outside of what is shipped, and installed without its dependencies: the lock has brought them.
RUN /build/tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index --wheel-dir /build/wheels . \
    && /opt/broker/bin/pip install --no-cache-dir --no-deps --no-index /build/wheels/*.whl \
    && /opt/broker/bin/pip uninstall -y pip setuptools

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/broker --create-home --shell /usr/sbin/nologin broker \
    && install -d -o broker -g broker -m 0700 /run/broker-metrics
COPY --from=build /opt/broker /opt/broker
# No .pyc at run time and no buffering: the file system may be read-only and logs must not wait.
ENV PATH=/opt/broker/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PROMETHEUS_MULTIPROC_DIR=/run/broker-metrics \
    BROKER_METRICS__DIRECTORY=/run/broker-metrics
USER broker
WORKDIR /var/lib/broker
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4).close()"]
# `docker run ... broker db upgrade` brings the database up to date first; see docs/operator.md.
CMD ["gunicorn", "-c", "python:broker.serve", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]
