# Every wheel is checked against requirements.lock in the first stage; the image takes only what notifier itself needs.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock ./
RUN pip wheel --no-cache-dir --quiet --require-hashes --wheel-dir /wheels -r requirements.lock
COPY . .
RUN pip wheel --no-cache-dir --quiet --no-deps --no-index --find-links /wheels --wheel-dir /wheels .

FROM python:3.11-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --quiet --no-index --find-links /wheels notifier \
    && useradd --system --uid 10001 --home-dir /var/lib/notifier --create-home notifier
ENV NOTIFIER_HOME=/var/lib/notifier \
    NOTIFIER_HOST=0.0.0.0 \
    NOTIFIER_PORT=8080 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/notifier
VOLUME /var/lib/notifier
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ['NOTIFIER_PORT']), timeout=3); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["notifier"]
CMD ["serve"]
