@echo off
rem setup.cmd FOLDER [options]: installs into FOLDER, or upgrades what is there. For group policies; see README.txt.
if "%~1"=="" (
  "%~dp0vcchk.exe" setup --help
  exit /b 2
)
set "VCCHK_TO=%~1"
shift
"%~dp0vcchk.exe" setup install --to "%VCCHK_TO%" %1 %2 %3 %4
exit /b %ERRORLEVEL%
