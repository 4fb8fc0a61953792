/* PathCchCombineEx, PathCchFindExtension and PathCchSkipRoot for Windows 7, which has no
 * api-ms-win-core-path-l1-1-0.dll (docs/hosts.md, fact 15). CPython 3.11 imports these three.
 *
 * Written after the functions' pages in Microsoft's documentation of pathcch.h. Not supported: pszMore with its own
 * drive but no root ("d:file"), which the documentation calls legacy; it is treated as absolute.
 */
#include <windows.h>

#define ALLOW_LONG 0x01u      /* PATHCCH_ALLOW_LONG_PATHS */
#define LONGEST 32768u        /* PATHCCH_MAX_CCH */
#define FILENAME_TOO_LONG ((HRESULT)0x800700CE)
#define INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)

static int is_slash(WCHAR c)
{
    return c == L'\\';
}

static int is_drive(const WCHAR *p)
{
    return ((p[0] >= L'a' && p[0] <= L'z') || (p[0] >= L'A' && p[0] <= L'Z')) && p[1] == L':';
}

static size_t length_of(const WCHAR *p)
{
    size_t n = 0;
    while (p[n])
        n++;
    return n;
}

static int starts(const WCHAR *p, const WCHAR *with)
{
    for (; *with; p++, with++) {
        WCHAR c = *p >= L'a' && *p <= L'z' ? (WCHAR)(*p - 32) : *p;
        if (c != *with)
            return 0;
    }
    return 1;
}

/* Past "server\share\" */
static const WCHAR *skip_share(const WCHAR *p)
{
    while (*p && !is_slash(*p))
        p++;
    if (*p)
        p++;
    while (*p && !is_slash(*p))
        p++;
    return *p ? p + 1 : p;
}

/* The first character behind the root, or NULL when the path has none. */
static const WCHAR *behind_root(const WCHAR *p)
{
    if (starts(p, L"\\\\?\\UNC\\"))
        return skip_share(p + 8);
    if (starts(p, L"\\\\?\\VOLUME{")) {
        while (*p && *p != L'}')
            p++;
        if (*p)
            p++;
        return is_slash(*p) ? p + 1 : p;
    }
    if (starts(p, L"\\\\?\\"))
        p += 4;
    else if (is_slash(p[0]) && is_slash(p[1]))
        return skip_share(p + 2);
    else if (is_slash(p[0]))
        return p + 1;
    if (!is_drive(p))
        return NULL;
    p += 2;
    return is_slash(*p) ? p + 1 : p;
}

HRESULT WINAPI PathCchSkipRoot(const WCHAR *path, const WCHAR **end)
{
    const WCHAR *found;
    if (!path || !end || !*path || !(found = behind_root(path)))
        return E_INVALIDARG;
    *end = found;
    return S_OK;
}

HRESULT WINAPI PathCchFindExtension(const WCHAR *path, SIZE_T size, const WCHAR **extension)
{
    const WCHAR *dot = NULL, *p;
    SIZE_T n = 0;
    if (!extension)
        return E_INVALIDARG;
    *extension = NULL;
    if (!path || !size || size > LONGEST)
        return E_INVALIDARG;
    for (p = path; *p; p++) {
        if (++n >= size)
            return E_INVALIDARG;
        if (is_slash(*p) || *p == L' ')
            dot = NULL;
        else if (*p == L'.')
            dot = p;
    }
    *extension = dot ? dot : p;
    return S_OK;
}

/* "." and ".." resolved in place behind the root; returns the new length. */
static size_t canonicalize(WCHAR *path)
{
    const WCHAR *root_end = behind_root(path);
    size_t root = root_end ? (size_t)(root_end - path) : 0, from = root, to = root;
    while (path[from]) {
        size_t part = from;
        while (path[from] && !is_slash(path[from]))
            from++;
        if (from - part == 1 && path[part] == L'.') {
            /* nothing */
        } else if (from - part == 2 && path[part] == L'.' && path[part + 1] == L'.') {
            if (to > root) {
                to--; /* the separator behind the last part */
                while (to > root && !is_slash(path[to - 1]))
                    to--;
            }
        } else {
            while (part < from)
                path[to++] = path[part++];
            if (path[from])
                path[to++] = L'\\';
        }
        if (path[from])
            from++;
    }
    /* a separator left at the end by a resolved ".." goes, the root's stays */
    if (to > root && is_slash(path[to - 1]) && !is_slash(path[from - 1]))
        to--;
    path[to] = 0;
    return to;
}

HRESULT WINAPI PathCchCombineEx(WCHAR *out, SIZE_T size, const WCHAR *first, const WCHAR *more, ULONG flags)
{
    SIZE_T limit = flags & ALLOW_LONG ? LONGEST : MAX_PATH, head = 0, tail, i;
    HRESULT result = S_OK;
    WCHAR *path;

    if (!out || !size || (!first && !more))
        return E_INVALIDARG;
    out[0] = 0;
    if (!first)
        first = L"";
    if (!more)
        more = L"";
    if (more[0] && behind_root(more)) {
        if (is_slash(more[0]) && !is_slash(more[1])) {
            /* rooted on the first path's drive */
            const WCHAR *end = behind_root(first);
            head = end ? (size_t)(end - first) : 0;
            while (head && is_slash(first[head - 1]))
                head--;
        }
    } else {
        head = length_of(first);
    }
    tail = length_of(more);
    if (head + tail + 2 > LONGEST)
        return FILENAME_TOO_LONG;
    path = HeapAlloc(GetProcessHeap(), 0, (head + tail + 2) * sizeof *path);
    if (!path)
        return E_OUTOFMEMORY;
    for (i = 0; i < head; i++)
        path[i] = first[i];
    if (head && tail && !is_slash(path[head - 1]) && !is_slash(more[0]))
        path[head++] = L'\\';
    for (i = 0; i < tail; i++)
        path[head + i] = more[i];
    path[head + tail] = 0;
    tail = canonicalize(path);
    if (tail + 1 > limit) {
        result = FILENAME_TOO_LONG;
    } else if (tail + 1 > size) {
        result = INSUFFICIENT_BUFFER;
    } else {
        for (i = 0; i <= tail; i++)
            out[i] = path[i];
    }
    HeapFree(GetProcessHeap(), 0, path);
    return result;
}
