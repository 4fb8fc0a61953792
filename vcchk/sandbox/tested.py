"""How many tests of tests/sandbox call each method of the documents; made by tools/make_coverage.py."""

TESTS: dict[str, int] = {
    "ehc.ehealthcard.querywithreg": 30,
    "ehc.ehealthcard.alterinfo": 5,
    "ehc.ehealthcode.verify": 27,
    "ehc.ehealthcard.authurl": 11,
    "ehc.ehealthcard.auth.query": 9,
    "ehc.ehealthcard.close": 4,
    "ehc.ehealthcard.register": 2,
    "ehc.ehealthcard.alterlink": 4,
    "ehc.ehealthcard.push": 5,
    "ehc.ehealthcard.regquery": 48,
}
