/* The core: starts Python its own way, once, and lets every call through to it.
 *
 * Python's own start may end the process (docs/hosts.md, fact 1), so cffi's is never used: an isolated PyConfig with
 * every path set reports its failures, and neither the environment, the registry, a pyvenv.cfg nor the host's folder
 * influence it (fact 11; PEP 587, "Isolated Configuration"). Python is never finalised (fact 10).
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>

#include "../shim/guard.h"
#include "core.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#include <unistd.h>
#endif

#if defined(__i386__)
#define ENTRY __attribute__((force_align_arg_pointer))
#else
#define ENTRY
#endif

#if defined(_WIN32)
#define SEPARATOR "\\"
#define EXPORT __declspec(dllexport)
#else
#define SEPARATOR "/"
#define EXPORT __attribute__((visibility("default")))
#endif

#define RUNTIME SEPARATOR VCCHK_RUNTIME

extern int vcchk_cffi_start(void);
extern const char vcchk_install_code[];
extern int vcchk_py_virtual_card_trans(const char *url, const char *indata, char *outdata, char *ret);
extern int vcchk_py_nation_ec_trans(const char *url, const char *indata, char *outdata, char *ret);
extern int vcchk_py_set_qrflow_mode(int mode);
extern int vcchk_py_ehealth_id_print(const char *ehealthid, const char *card_no, const char *name);
extern int vcchk_py_set_ec_qrcode(char *errmsg);
extern int vcchk_py_main(int argc, char **argv);

static char *home;
static char *start_cause;
static size_t start_cause_size;

static _Thread_local int busy;         /* this thread of the host's is in a call */
static _Thread_local int direct;       /* Python runs on it, not on a thread of ours */

/* ---- what Python calls ---- */

const char *vcchk_home(void)
{
    return home;
}

void vcchk_start_failed(const char *cause)
{
    if (start_cause)
        snprintf(start_cause, start_cause_size, "%s", cause);
}

int core_on_callers_thread(void)
{
    return direct;
}

/* ---- one call ---- */

enum function { VIRTUAL_CARD_TRANS, NATION_EC_TRANS, SET_QRFLOW_MODE, EHEALTH_ID_PRINT, SET_EC_QRCODE, MAIN };

struct call {
    enum function function;
    const char *text[3];
    char *out;
    char *ret;
    int number; /* in: mode or argc; out: the result */
    char **argv;
};

static void run_call(void *argument, int on_caller)
{
    struct call *call = argument;
    direct = on_caller;
    switch (call->function) {
    case VIRTUAL_CARD_TRANS:
        call->number = vcchk_py_virtual_card_trans(call->text[0], call->text[1], call->out, call->ret);
        break;
    case NATION_EC_TRANS:
        call->number = vcchk_py_nation_ec_trans(call->text[0], call->text[1], call->out, call->ret);
        break;
    case SET_QRFLOW_MODE:
        call->number = vcchk_py_set_qrflow_mode(call->number);
        break;
    case EHEALTH_ID_PRINT:
        call->number = vcchk_py_ehealth_id_print(call->text[0], call->text[1], call->text[2]);
        break;
    case SET_EC_QRCODE:
        call->number = vcchk_py_set_ec_qrcode(call->out);
        break;
    case MAIN:
        call->number = vcchk_py_main(call->number, call->argv);
        break;
    }
    direct = 0;
}

/* One call, on a stack that is large enough. A host that calls again while its window's messages are pumped (a button
 * pressed twice) gets VCCHK_BUSY: the first call has not returned yet. */
static int run_with_stack(struct call *call)
{
    int result;
    if (busy)
        return VCCHK_BUSY;
    busy = 1;
#if defined(_WIN32)
    vcchk_sockets_revive();
#endif
    result = stack_run(run_call, call) ? VCCHK_NO_MEMORY : call->number;
    busy = 0;
    return result;
}

static ENTRY int core_virtual_card_trans(const char *url, const char *indata, char *outdata, char *ret)
{
    struct call call = {VIRTUAL_CARD_TRANS, {url, indata, NULL}, outdata, ret, 0, NULL};
    return run_with_stack(&call);
}

static ENTRY int core_nation_ec_trans(const char *url, const char *indata, char *outdata, char *ret)
{
    struct call call = {NATION_EC_TRANS, {url, indata, NULL}, outdata, ret, 0, NULL};
    return run_with_stack(&call);
}

static ENTRY int core_set_qrflow_mode(int mode)
{
    struct call call = {SET_QRFLOW_MODE, {NULL, NULL, NULL}, NULL, NULL, mode, NULL};
    return run_with_stack(&call);
}

static ENTRY int core_ehealth_id_print(const char *ehealthid, const char *card_no, const char *name)
{
    struct call call = {EHEALTH_ID_PRINT, {ehealthid, card_no, name}, NULL, NULL, 0, NULL};
    return run_with_stack(&call);
}

static ENTRY int core_set_ec_qrcode(char *errmsg)
{
    struct call call = {SET_EC_QRCODE, {NULL, NULL, NULL}, errmsg, NULL, 0, NULL};
    return run_with_stack(&call);
}

static void flush(const char *name)
{
    PyObject *stream = PySys_GetObject(name);
    PyObject *result = stream && stream != Py_None ? PyObject_CallMethod(stream, "flush", NULL) : NULL;
    Py_XDECREF(result);
    PyErr_Clear();
}

/* The program ends without Py_Finalize, so what Python has buffered goes out here. */
static ENTRY int core_main(int argc, char **argv)
{
    struct call call = {MAIN, {NULL, NULL, NULL}, NULL, NULL, argc, argv};
    int result = run_with_stack(&call);
    PyGILState_STATE state = PyGILState_Ensure();
    flush("stdout");
    flush("stderr");
    PyGILState_Release(state);
    return result;
}

static struct vcchk_core table = {
    core_virtual_card_trans, core_nation_ec_trans, core_set_qrflow_mode, core_ehealth_id_print, core_set_ec_qrcode,
    core_main, NULL, fork_before, fork_parent, fork_child,
};

/* ---- the start ---- */

/* How far the start has come. A later try goes on from here; UNUSABLE is CPython's: it cannot be initialised twice. */
static enum { NOTHING, UNUSABLE, INITIALIZED, CONNECTED, STARTED } stage;

struct start {
    const struct vcchk_host *host;
    char *cause;
    size_t cause_size;
    int result; /* 0 or VCCHK_CORE_... */
};

static int fail(struct start *start, const char *what, const PyStatus *status)
{
    start->result = VCCHK_CORE_FAILED;
    if (status->err_msg && strstr(status->err_msg, "memory"))
        start->result = VCCHK_CORE_MEMORY;
    snprintf(start->cause, start->cause_size, "Python's start failed: %s: %s%s%s", what,
             status->func ? status->func : "", status->func ? ": " : "", status->err_msg ? status->err_msg : "");
    return -1;
}

/* The pending Python exception as the cause; the GIL is held. */
static int fail_exception(struct start *start, const char *what)
{
    PyObject *type, *value, *trace, *text;
    const char *message = NULL;
    start->result = PyErr_ExceptionMatches(PyExc_MemoryError) ? VCCHK_CORE_MEMORY : VCCHK_CORE_AGAIN;
    PyErr_Fetch(&type, &value, &trace);
    text = value ? PyObject_Str(value) : NULL;
    message = text ? PyUnicode_AsUTF8(text) : NULL;
    snprintf(start->cause, start->cause_size, "Python's start failed: %s: %s: %s", what,
             type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_name : "?", message ? message : "?");
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return -1;
}

/* home + tail, from UTF-8 (utf8_mode is on by then). */
static PyStatus set_path(PyConfig *config, wchar_t **field, const char *tail)
{
    size_t size = strlen(home) + strlen(tail) + 1;
    char *bytes = PyMem_RawMalloc(size);
    PyStatus status;
    if (!bytes)
        return PyStatus_NoMemory();
    snprintf(bytes, size, "%s%s", home, tail);
    status = PyConfig_SetBytesString(config, field, bytes);
    PyMem_RawFree(bytes);
    return status;
}

static PyStatus add_search_path(PyConfig *config, const char *tail)
{
    wchar_t *path = NULL;
    PyStatus status = set_path(config, &path, tail);
    if (!PyStatus_Exception(status))
        status = PyWideStringList_Append(&config->module_search_paths, path);
    PyMem_RawFree(path);
    return status;
}

static int initialize(struct start *start)
{
    PyPreConfig preconfig;
    PyConfig config;
    PyStatus status;
    wchar_t **paths[8];
    size_t n = 0, i;
    static const char *const search[] = {RUNTIME SEPARATOR "core.zip", RUNTIME, RUNTIME SEPARATOR "tools.zip"};

    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    preconfig.configure_locale = 0;
    preconfig.coerce_c_locale = 0;
    status = Py_PreInitialize(&preconfig);
    if (PyStatus_Exception(status))
        return fail(start, "Py_PreInitialize", &status);

    PyConfig_InitIsolatedConfig(&config);
    config.use_environment = 0;
    config.user_site_directory = 0;
    config.site_import = 0;
    config.configure_c_stdio = 0;
    config.parse_argv = 0;
    config.install_signal_handlers = 0;
    config.write_bytecode = 0;
    config.pathconfig_warnings = 0;
    config.use_frozen_modules = 1; /* os, io and the like are inside the library: core.zip does not carry them */
    config.module_search_paths_set = 1;

    paths[n++] = &config.home;
    paths[n++] = &config.prefix;
    paths[n++] = &config.base_prefix;
    paths[n++] = &config.exec_prefix;
    paths[n++] = &config.base_exec_prefix;
    for (i = 0; i < n; i++) {
        status = set_path(&config, paths[i], RUNTIME);
        if (PyStatus_Exception(status))
            goto done;
    }
    paths[n++] = &config.executable;
    paths[n++] = &config.base_executable;
    paths[n++] = &config.program_name;
    for (i = n - 3; i < n; i++) {
#if defined(_WIN32)
        status = set_path(&config, paths[i], SEPARATOR "vcchk.exe");
#else
        status = set_path(&config, paths[i], SEPARATOR "vcchk");
#endif
        if (PyStatus_Exception(status))
            goto done;
    }
    for (i = 0; i < sizeof search / sizeof *search; i++) {
        status = add_search_path(&config, search[i]);
        if (PyStatus_Exception(status))
            goto done;
    }
#if defined(_WIN32)
    modules_restrict_search();
    if (!start->host->streams)
        streams_hide();
#endif
    status = Py_InitializeFromConfig(&config);
#if defined(_WIN32)
    if (!start->host->streams)
        streams_show();
#endif
done:
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status) || PyStatus_IsExit(status))
        return fail(start, "Py_InitializeFromConfig", &status);
    return 0;
}

#if !defined(_WIN32)
/* Extension modules loaded from now on look into their own libraries before the host's (docs/hosts.md, fact 18): their
 * PyObject_... must be our libpython's also inside a Python program. */
static int set_dlopen_flags(void)
{
    PyObject *function = PySys_GetObject("setdlopenflags");
    int flags = RTLD_NOW | RTLD_LOCAL;
    PyObject *result;
#if !defined(VCCHK_NO_DEEPBIND)
    flags |= RTLD_DEEPBIND;
#endif
    result = function ? PyObject_CallFunction(function, "i", flags) : NULL;
    Py_XDECREF(result);
    return result ? 0 : -1;
}
#endif

/* The host's streams are not ours to write to; with None there every library keeps still. */
static int drop_streams(void)
{
    static const char *const names[] = {"stdin",     "stdout",     "stderr",
                                        "__stdin__", "__stdout__", "__stderr__"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (PySys_SetObject(names[i], Py_None))
            return -1;
    return 0;
}

static int prepare(struct start *start)
{
    PyObject *module;
#if !defined(_WIN32)
    if (set_dlopen_flags())
        return fail_exception(start, "sys.setdlopenflags");
#endif
    if (!start->host->streams && drop_streams())
        return fail_exception(start, "sys streams");
    /* cffi would report a missing or foreign backend to sys.stderr alone. */
    module = PyImport_ImportModule("_cffi_backend");
    if (!module)
        return fail_exception(start, "_cffi_backend");
    Py_DECREF(module);
    return 0;
}

/* Run embedding.py's code, which reports where it failed by vcchk_start_failed; the GIL is held. */
static int install(struct start *start)
{
    PyObject *globals = PyDict_New(), *result = NULL;
    start_cause = start->cause;
    start_cause_size = start->cause_size;
    if (globals && !PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()))
        result = PyRun_String(vcchk_install_code, Py_file_input, globals, globals);
    start_cause = NULL;
    if (!result) {
        char import_cause[200];
        snprintf(import_cause, sizeof import_cause, "%s", start->cause);
        fail_exception(start, "vcchk");
        if (import_cause[0])
            snprintf(start->cause, start->cause_size, "%s", import_cause);
    }
    Py_XDECREF(globals);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* core.zip is the one file that Python's own start reads. A failure there is final (CPython cannot be initialised
 * twice), so the file is looked at first: an antivirus program may hold it for a moment. */
static int library_is_readable(struct start *start)
{
    FILE *file = core_open(home, RUNTIME SEPARATOR "core.zip");
    char magic[2] = {0};
    size_t count = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file)
        fclose(file);
    if (count == sizeof magic && magic[0] == 'P' && magic[1] == 'K')
        return 1;
    start->result = VCCHK_CORE_AGAIN;
    snprintf(start->cause, start->cause_size, "core.zip: %s", file ? "is no archive" : strerror(errno));
    return 0;
}

static void run_start(void *argument, int on_caller)
{
    struct start *start = argument;
    PyGILState_STATE state;
    int failed;
    (void)on_caller;
    start->result = 0;
    if (stage == NOTHING) {
        if (!library_is_readable(start))
            return;
        stage = UNUSABLE;
        if (initialize(start))
            return;
        openssl_skip_cleanup(home);
        stage = INITIALIZED;
        PyEval_SaveThread();
    }
    if (stage == INITIALIZED) {
        state = PyGILState_Ensure();
        failed = prepare(start);
        PyGILState_Release(state);
        if (failed)
            return;
        if (vcchk_cffi_start()) { /* it has failed for good: cffi tries once */
            stage = UNUSABLE;
            start->result = VCCHK_CORE_FAILED;
            snprintf(start->cause, start->cause_size, "cffi's start failed");
            return;
        }
        stage = CONNECTED;
    }
    start->cause[0] = 0;
    state = PyGILState_Ensure();
    failed = install(start);
    PyGILState_Release(state);
    if (!failed)
        stage = STARTED;
}

static int copy_home(const struct vcchk_host *host)
{
    size_t size = strlen(host->home) + 1;
    char *copy = malloc(size);
    if (!copy)
        return -1;
    memcpy(copy, host->home, size);
    free(home);
    table.home = home = copy;
#if !defined(_WIN32)
    /* A program may hold libc's `environ` as a copy of its own; our Python sees libc's, which stays empty then. */
    environ = host->environment;
#endif
    return 0;
}

static int start_once(const struct vcchk_host *host, char *cause, size_t cause_size)
{
    struct start start = {host, cause, cause_size, 0};
    if (stage == STARTED)
        return 0;
    if (stage == UNUSABLE) {
        snprintf(cause, cause_size, "Python's start failed before; only a new process can try again");
        return VCCHK_CORE_FAILED;
    }
    if (stage == NOTHING) {
        if (Py_IsInitialized()) { /* two copies of the folder raced; the next try finds the other's core */
            snprintf(cause, cause_size, "another copy of the runtime has just started in this process");
            return VCCHK_CORE_AGAIN;
        }
        if (copy_home(host)) {
            snprintf(cause, cause_size, "no memory");
            return VCCHK_CORE_MEMORY;
        }
    }
    if (stack_run(run_start, &start)) {
        snprintf(cause, cause_size, "no thread for Python's start: no memory, or no address space");
        return VCCHK_CORE_MEMORY;
    }
    return start.result;
}

EXPORT ENTRY int vcchk_core_start(const struct vcchk_host *host, const struct vcchk_core **core, char *cause,
                                  size_t cause_size)
{
    int result;
    if (host->version != VCCHK_CORE_VERSION || strcmp(host->release, VCCHK_RELEASE)) {
        snprintf(cause, cause_size, "the core is of release %s, its caller of %s", VCCHK_RELEASE,
                 host->version == VCCHK_CORE_VERSION ? host->release : "another kind");
        return VCCHK_CORE_MIXED;
    }
    start_lock();
    result = start_once(host, cause, cause_size);
    start_unlock();
    if (!result)
        *core = &table;
    return result;
}
