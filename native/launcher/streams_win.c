/* Standard handles that Python's start refuses, replaced by pipes.
 *
 * Python asks each stream's file for its facts. A file that was opened for writing alone does not tell them under Wine
 * ("Invalid handle"), and the whole start fails. Writing to it works, so a thread carries the bytes there.
 */
#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "streams_win.h"

struct stream {
    HANDLE from;
    HANDLE to;
    HANDLE thread;
    int descriptor;
};

static struct stream streams[2];

static __attribute__((force_align_arg_pointer)) DWORD WINAPI carry(void *argument)
{
    struct stream *stream = argument;
    char bytes[4096];
    DWORD read, written, done;
    while (ReadFile(stream->from, bytes, sizeof bytes, &read, NULL) && read)
        for (done = 0; done < read; done += written)
            if (!WriteFile(stream->to, bytes + done, read - done, &written, NULL))
                return 0;
    return 0;
}

static void replace(struct stream *stream, int descriptor)
{
    HANDLE handle = (HANDLE)_get_osfhandle(descriptor), copy, write;
    BY_HANDLE_FILE_INFORMATION facts;
    int opened;
    if (handle == INVALID_HANDLE_VALUE || GetFileType(handle) != FILE_TYPE_DISK || GetFileInformationByHandle(handle, &facts))
        return;
    if (!DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return;
    if (!CreatePipe(&stream->from, &write, NULL, 0)) {
        CloseHandle(copy);
        return;
    }
    opened = _open_osfhandle((intptr_t)write, _O_BINARY);
    _dup2(opened, descriptor);
    _close(opened);
    stream->to = copy;
    stream->descriptor = descriptor;
    stream->thread = CreateThread(NULL, 0, carry, stream, 0, NULL);
}

void streams_open(void)
{
    replace(&streams[0], 1);
    replace(&streams[1], 2);
}

void streams_close(void)
{
    int i;
    for (i = 0; i < 2; i++) {
        if (!streams[i].thread)
            continue;
        _close(streams[i].descriptor); /* the pipe's one writing end: the thread comes to its end */
        WaitForSingleObject(streams[i].thread, 5000);
    }
}
