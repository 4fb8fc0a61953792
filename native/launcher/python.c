/* python.exe for a Python DLL that comes without one: PyInstaller under Wine, and tests with ctypes. */
#include <stddef.h>

#if defined(_WIN32)
extern __declspec(dllimport) int Py_Main(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    return Py_Main(argc, argv);
}
#else
extern int Py_BytesMain(int argc, char **argv);

int main(int argc, char **argv)
{
    return Py_BytesMain(argc, argv);
}
#endif
