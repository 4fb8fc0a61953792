/* A host that starts a bare embedded interpreter, the runtime's own Python, and does nothing with it: what the first
 * call is measured against. Everything it uses of Python is looked up by name, as the shim does with the core.
 *
 *     bare <vcchk_runtime folder> <file name of the Python library>
 *
 * Prints {"first_ms":...}: loading the library and Py_InitializeFromConfig, isolated, from the runtime's core.zip.
 */
#include <Python.h>

#include "clock.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

static void *module;

static void *name(const char *function)
{
#if defined(_WIN32)
    void *found = (void *)GetProcAddress((HMODULE)module, function);
#else
    void *found = dlsym(module, function);
#endif
    if (!found) {
        fprintf(stderr, "bare: no %s\n", function);
        exit(1);
    }
    return found;
}

#define USE(function) __typeof__(&function) p_##function = (__typeof__(&function))name(#function)

int main(int argc, char **argv)
{
    PyPreConfig preconfig;
    PyConfig config;
    PyStatus status;
    wchar_t *folder;
    char path[4096], zip[4096];
    double began = clock_ms();
    if (argc != 3)
        return 2;
    snprintf(path, sizeof path, "%s/%s", argv[1], argv[2]);
    snprintf(zip, sizeof zip, "%s/core.zip", argv[1]);
#if defined(_WIN32)
    module = LoadLibraryExA(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
#else
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
#endif
    if (!module) {
        fprintf(stderr, "bare: cannot load %s\n", path);
        return 1;
    }
    USE(PyPreConfig_InitIsolatedConfig);
    USE(Py_PreInitialize);
    USE(PyConfig_InitIsolatedConfig);
    USE(PyConfig_SetBytesString);
    USE(PyWideStringList_Append);
    USE(Py_InitializeFromConfig);
    USE(PyStatus_Exception);
    p_PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    preconfig.configure_locale = 0;
    p_Py_PreInitialize(&preconfig);
    p_PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.pathconfig_warnings = 0;
    config.use_frozen_modules = 1;
    config.install_signal_handlers = 0;
    config.module_search_paths_set = 1;
    p_PyConfig_SetBytesString(&config, &config.home, argv[1]);
    p_PyConfig_SetBytesString(&config, &config.program_name, path);
    folder = NULL;
    p_PyConfig_SetBytesString(&config, &folder, zip);
    p_PyWideStringList_Append(&config.module_search_paths, folder);
    folder = NULL;
    p_PyConfig_SetBytesString(&config, &folder, argv[1]);
    p_PyWideStringList_Append(&config.module_search_paths, folder);
    status = p_Py_InitializeFromConfig(&config);
    if (p_PyStatus_Exception(status)) {
        fprintf(stderr, "bare: %s\n", status.err_msg ? status.err_msg : "?");
        return 1;
    }
    printf("{\"first_ms\":%.3f}\n", clock_ms() - began);
    fflush(stdout);
    _exit(0);
}
