"""The steps of a build, in order: what a plain machine needs first, then the folder of each target."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from . import analysis, assemble, linuxpython, progress, site, targets, vendor, wine, winpython
from .progress import BuildError, BuildStep
from .targets import Target


def build(wanted: list[Target], beside: list[BuildStep] | None = None) -> None:
    """Make what is missing of `wanted`, and run the steps of `beside` at the same time.

    A step whose inputs are unchanged ends at once. Most of a first build is waiting for registries and for Wine, hence
    a lane for each target.
    """
    progress.run_lanes(setup(wanted), [*(_target(target) for target in wanted), beside or []])


def setup(wanted: list[Target]) -> list[BuildStep]:
    """What the machine needs before anything of ours is made."""
    steps = []
    windows = [target for target in wanted if target.windows]
    if windows and not targets.on_windows():
        for target in windows:
            steps.append(BuildStep(f"Wine for {target.name}", partial(wine.install, target.bits)))
        steps += [BuildStep("Chinese locale for Wine", wine.locale), BuildStep("Wine prefix", wine.prefix)]
    if len(windows) < len(wanted):
        steps.append(BuildStep("Shared libpython and objdump for linux", linuxpython.ensure))
    if not all(is_built(target) for target in wanted):
        steps.append(BuildStep("Documentation site", vendor.documentation))
    return steps


def _target(target: Target) -> list[BuildStep]:
    """The steps of one target, each skipped when the folder in dist/ is what the sources give."""
    steps = []
    if target.windows:
        steps.append(BuildStep(f"Python for {target.name}, from wheels", lambda: winpython.ensure(target)))
    steps.append(BuildStep(f"PyInstaller's analysis for {target.name}", lambda: analysis.ensure(target)))

    def unless_fresh(work: Callable[[Target], str]) -> Callable[[], str]:
        return lambda: "unchanged" if is_built(target) else work(target)

    for title, work in [
        ("Runtime", assemble.runtime),
        ("Native parts", assemble.native_parts),
        ("INI, guide, sums", assemble.write_documents),
        ("Folder and zip", assemble.finish),
    ]:
        steps.append(BuildStep(f"{title} of {target.name}", unless_fresh(work)))
    return steps


def is_built(target: Target) -> bool:
    """True when dist/<target> is complete and of the present sources."""
    # A folder made while the site could not be had lacks it: it is made anew once the site is there.
    has_documentation = (target.dist / "docs").is_dir() or not site.is_built()
    is_whole = (target.dist / "SHA256SUMS").is_file() and target.archive.is_file() and has_documentation
    return is_whole and assemble.stamp(target).fresh


def forget(wanted: list[Target]) -> None:
    """Have the folders made again even when nothing has changed."""
    for target in wanted:
        assemble.stamp(target).spoil()


def win32_or_else() -> Target:
    """The win32 target; where 32-bit Wine cannot be had, the win64 one, said loudly.

    For the demonstration and the tests alone: a build for hospitals stays what was asked for.
    """
    try:
        progress.run([BuildStep("Wine for 32-bit programs", lambda: wine.install(32))])
    except BuildError as error:
        progress.line(f"  {error}\n  32-bit Wine cannot be had here: the 64-bit build is used instead.")
        return targets.TABLE["win64"]
    return targets.TABLE["win32"]
