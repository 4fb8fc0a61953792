/* A fork of the host's process, done as os.fork does it (docs.python.org, C API, "PyOS_BeforeFork").
 *
 * The shim calls these where no call is in flight. Python's lock is held over the fork, so that no thread of ours (a
 * printer's, a screen's) is in the middle of something; the child has the forking thread alone.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core.h"

static _Thread_local PyGILState_STATE state;

void fork_before(void)
{
    state = PyGILState_Ensure();
    PyOS_BeforeFork();
}

void fork_parent(void)
{
    PyOS_AfterFork_Parent();
    PyGILState_Release(state);
}

void fork_child(void)
{
    stack_forget_workers();
    PyOS_AfterFork_Child();
    PyGILState_Release(state);
}
