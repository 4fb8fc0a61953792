@echo off
rem setup.cmd FOLDER [options]: installs into FOLDER, or upgrades what is there. For group policies; see README.txt.
rem Without shift, which would move %0, too: then %~dp0 were FOLDER's.
setlocal DisableDelayedExpansion
set "VCCHK_TO=%~1"
if not defined VCCHK_TO (
  "%~dp0vcchk.exe" setup --help
  exit /b 2
)
rem A \ before the quotation mark would make the mark a part of the name.
if "%VCCHK_TO:~-1%"=="\" set "VCCHK_TO=%VCCHK_TO%."
"%~dp0vcchk.exe" setup install --to "%VCCHK_TO%" %2 %3 %4 %5 %6
exit /b %ERRORLEVEL%
