"""Routes of the console: a module a page."""

from __future__ import annotations

from vcchk.sandbox.console import (
    applications,
    authorisations,
    clock,
    data,
    faults,
    magic,
    one_call,
    one_person,
    people,
    start,
    statistics,
    traffic,
)

URLS = (
    *start.URLS,
    *traffic.URLS,
    *one_call.URLS,
    *people.URLS,
    *one_person.URLS,
    *magic.URLS,
    *authorisations.URLS,
    *faults.URLS,
    *clock.URLS,
    *applications.URLS,
    *data.URLS,
    *statistics.URLS,
)
