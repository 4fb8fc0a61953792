"""`build_dll.py sign`: Authenticode signatures over every PE file of a built folder, with a certificate of your own.

For a hospital (or a vendor) with a CA of its own: antivirus products and Windows' policies can then trust the
publisher. The built folder stays as it is, so that it can still be compared with a second build; the signed one stands
beside it. Debian's osslsigncode makes the signatures.
"""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
import time
from pathlib import Path

from vcchk.doctor import signature

from . import apt, packing, places, progress, sbom, shell, steps, targets
from .arguments import Parser
from .progress import BuildError, BuildStep
from .targets import Target

PASSWORD = "VCCHK_PKCS12_PASSWORD"
"""Environment variable with the password of the .p12 file; without it the command asks."""
_PE = {".dll", ".exe", ".pyd"}


def signed_folder(target: Target) -> Path:
    """Return where the signed copy of a built folder stands."""
    return places.DIST / f"{target.name}-signed"


def signed_archive(target: Target) -> Path:
    """Return the zip of that copy."""
    return places.DIST / f"vcchk-{places.version()}-{target.name}-signed.zip"


def pe_files(folder: Path) -> list[Path]:
    """Return the folder's programs and libraries."""
    return [path for path in packing.files(folder) if path.suffix.lower() in _PE]


def sign(target: Target, pkcs12: Path, password: str, timestamp: str) -> str:
    """Copy dist/<target>, sign its PE files, write sums and zip anew; return a note.

    ``timestamp``: URL of an RFC 3161 time stamping service, "" for none (the signature then ends with the certificate).
    Raises BuildError when a file cannot be signed: what was signed before stays as it was then.
    """
    folder, archive = signed_folder(target), signed_archive(target)
    with tempfile.TemporaryDirectory(dir=folder.parent) as hidden:
        # Not on the command line, where every process of the machine could read it.
        secret = Path(hidden) / "password"
        secret.touch(mode=0o600)
        secret.write_text(password, "utf-8")
        options = ["-pkcs12", str(pkcs12), "-readpass", str(secret), "-h", "sha256", "-n", "vcchk"]
        options += ["-ts", timestamp] if timestamp else []
        made = Path(hidden) / folder.name
        shutil.copytree(target.dist, made)
        for path in pe_files(made):
            _sign_one(path, options)
        sbom.renew(made)
        packing.write_sums(made)
        packing.write_zip(made, made.with_suffix(".zip"), f"vcchk-{target.name}")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
        made.with_suffix(".zip").replace(archive)
    return f"{len(pe_files(folder))} files signed"


def _sign_one(path: Path, options: list[str]) -> None:
    signed = path.with_name(path.name + ".signed")
    command = ["osslsigncode", "sign", *options, "-in", str(path), "-out", str(signed)]
    shell.run(command, log="sign", what=f"Signing {path.name} (is the .p12 file's password right?)")
    found = signature.read(signed.read_bytes())
    if found is not None and (fault := _fault(found.certificate)):
        raise BuildError(f"The certificate {fault}: Windows takes nothing that is signed with it now.")
    signed.replace(path)


def _fault(certificate: signature.Certificate) -> str:
    """Return why Windows would not take what is signed with this one today, "" where nothing is known."""
    now = time.time()
    if certificate.until < now:
        return f"ended on {_day(certificate.until)}"
    if certificate.since > now:
        return f"begins on {_day(certificate.since)}"
    return "" if certificate.is_for_code else "is not for code signing (its extended key usage)"


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    parser = Parser(prog="build_dll.py sign", description=f"Sign dist/. The password: {PASSWORD}, or asked for.")
    parser.add_argument("--pkcs12", required=True, type=Path, help="certificate and key (.p12, .pfx)")
    parser.add_argument("--timestamp", default="", help="URL of an RFC 3161 time stamping service")
    parser.add_argument("--target", action="append", choices=["win32", "win64"], help="default: win32")
    options = parser.parse_args(arguments)
    if not options.pkcs12.is_file():
        raise BuildError(f"There is no file {options.pkcs12}.")
    wanted = targets.pick(options.target or ["win32"])
    password = os.environ.get(PASSWORD)
    if password is None:
        try:
            password = getpass.getpass("Password of the .p12 file: ")
        except EOFError:
            raise BuildError(f"There is nobody to ask for the .p12 file's password: set {PASSWORD}.") from None
    steps.build(wanted)
    if not shutil.which("osslsigncode"):
        progress.run([BuildStep("osslsigncode", lambda: apt.install(["osslsigncode"], "it makes the signatures"))])

    def work(target: Target) -> BuildStep:
        return BuildStep(
            f"Signatures of {target.name}", lambda: sign(target, options.pkcs12, password, options.timestamp)
        )

    progress.run([work(target) for target in wanted])
    return 0
