"""The words after `python3 build_dll.py`: each a row of COMMANDS, run inside the project's own .venv."""

from __future__ import annotations

import sys

from . import places, progress, venv
from .arguments import Parser, nearest
from .progress import BuildError, BuildStep

USAGE = """python3 build_dll.py <command>

  demo         build what is missing, then a 32-bit Windows program takes a patient through a whole visit
  test         build what is missing, then all tests; what follows goes to pytest (--soak: the long runs, too)
  build        fill dist/ (--target win32|win64|linux, more than once; win32 and linux when not given)
  prepare      format, lint, types, tests: before a commit (--quick: the tests that need no build, in a minute)
  screenshots  the pictures in docs/screenshots, taken by the tests of the pages
  bench        the figures of docs/performance.md
  sign         signatures over the Windows files with a certificate of yours (--pkcs12 FILE; docs/release.md)
  openssl      your own OpenSSL 3 in place of the Windows runtime's (FOLDER of two DLLs; docs/build.md)
  release      all of a version from a clean clone, tested, with sums and notes (docs/release.md)
  docs         the documentation as a site that works from a disk (dist/docs)
"""


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code (1: it failed, 2: no such command)."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        meant = nearest(arguments[0], COMMANDS)
        print(f"build_dll.py: there is no command {arguments[0]}{meant}; see build_dll.py --help", file=sys.stderr)
        return 2
    command, rest = arguments[0], arguments[1:]
    if command in WITHOUT_A_PARSER and {"-h", "--help"} & set(rest):
        print(USAGE, end="")
        return 0
    try:
        if not venv.stamp().fresh:
            progress.run([BuildStep("The project's .venv with pinned packages", venv.ensure)])
        venv.enter(str(places.ROOT / "build_dll.py"), arguments)
        return COMMANDS[command](rest)
    except BuildError as error:
        print(f"\nFAILED: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _build(arguments: list[str]) -> int:
    from . import steps, targets

    parser = Parser(prog="build_dll.py build", description="Fill dist/.")
    parser.add_argument(
        "--target", action="append", choices=list(targets.TABLE), help="more than once; default: win32, linux"
    )
    parser.add_argument("--again", action="store_true", help="even when nothing has changed")
    options = parser.parse_args(arguments)
    wanted = targets.pick(options.target or targets.default())
    if options.again:
        steps.forget(wanted)
    steps.build(wanted)
    for target in wanted:
        progress.line(f"{target.dist}  {target.archive}")
    return 0


def _demo(arguments: list[str]) -> int:
    from . import demo

    parser = Parser(prog="build_dll.py demo", description="A patient's whole visit through the DLL.")
    parser.add_argument("--target", choices=["win32", "win64", "linux"], help="default: win32")
    return demo.main(parser.parse_args(arguments).target)


def _test(arguments: list[str]) -> int:
    from . import testing

    return testing.main(arguments)


def _prepare(arguments: list[str]) -> int:
    from . import testing

    return testing.prepare(arguments)


def _screenshots(arguments: list[str]) -> int:
    from . import testing

    return testing.screenshots(arguments)


def _bench(arguments: list[str]) -> int:
    from . import testing

    return testing.bench(arguments)


def _docs(arguments: list[str]) -> int:
    from . import npm, site

    Parser(prog="build_dll.py docs", description="Fill dist/docs.").parse_args(arguments)
    progress.run([BuildStep("npm packages", npm.packages), BuildStep("Documentation site", site.build)])
    progress.line(f"{site.SITE / 'index.html'}")
    return 0


def _sign(arguments: list[str]) -> int:
    from . import signing

    return signing.main(arguments)


def _openssl(arguments: list[str]) -> int:
    from . import openssl

    return openssl.main(arguments)


def _release(arguments: list[str]) -> int:
    from . import release

    return release.main(arguments)


COMMANDS = {
    "demo": _demo,
    "test": _test,
    "build": _build,
    "prepare": _prepare,
    "screenshots": _screenshots,
    "bench": _bench,
    "docs": _docs,
    "sign": _sign,
    "openssl": _openssl,
    "release": _release,
}
WITHOUT_A_PARSER = frozenset({"test", "prepare", "screenshots", "bench", "docs"})
"""What follows these goes on to another program, after the work: asked for help they would build, format, delete."""
