# One image for the three processes; compose.yaml says which one a container runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements/setup.txt requirements/run.txt requirements/
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/setup.txt \
    && /venv/bin/uv pip install --no-cache --compile-bytecode --python /venv/bin/python --require-hashes -r requirements/run.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libmagic1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 nt24 \
    && mkdir /data && chown nt24 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=nt24 . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
# Static files are collected as production serves them, which asks for production's settings; none of them is kept.
RUN env DEBUG=false SECRET_KEY=only-for-this-step VIES_PROVIDER=live IDENFY_PROVIDER=live SIGNING_PKCS12=none EMAIL_URL=smtp://none \
    DATA_DIR=/build python manage.py collectstatic --noinput --verbosity 0 && rm -rf /build
USER nt24
EXPOSE 8000
CMD ["gunicorn", "--config", "python:nt24.serving", "--bind", "0.0.0.0:8000", "nt24.wsgi:application"]
