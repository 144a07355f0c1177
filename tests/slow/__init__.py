"""Tests that kill workers and stop brokers of a real site.

    import pytest
    from tests.site import Backend, Site

    pytestmark = pytest.mark.slow

    def test_a_killed_worker_loses_no_import(backend: Backend) -> None:   # runs on both set-ups
        with Site(backend, LEASE_SECONDS="5") as site:
            ...
            site.kill_worker()
            site.start_worker()
            wait_for("the import", lambda: ..., seconds=90)
            assert site.manage("fsck").stdout ...

Run one alone with `.venv/bin/python -m pytest -m slow -k killed`; PostgreSQL starts by itself when
`bin/with-servers` is not around it. The `issuer` fixture is a local web server (tests/issuer.py).
"""
