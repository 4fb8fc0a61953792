@echo off
rem setup.cmd FOLDER [options]: installs into FOLDER, or upgrades what is there. For group policies; see README.txt.
rem Signs of percent in a path are safe: cmd.exe looks for variables once, before it puts the path in.
rem Without shift, which would move the name of this file, too, and with it the folder that it stands in.
setlocal DisableDelayedExpansion
set "VCCHK_TO=%~1"
if not defined VCCHK_TO (
  "%~dp0vcchk.exe" setup --help
  exit /b 2
)
rem A \ before the quotation mark would make the mark a part of the name.
if "%VCCHK_TO:~-1%"=="\" set "VCCHK_TO=%VCCHK_TO%."
"%~dp0vcchk.exe" setup install --to "%VCCHK_TO%" %2 %3 %4 %5 %6 %7 %8 %9
exit /b %ERRORLEVEL%
